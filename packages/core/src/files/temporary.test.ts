import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic.ts';
import { isAlive, markOf, type Owner, ownerOf, ownOwner } from './owner.ts';
import { readTemporaryName, sweep, temporaryName } from './temporary.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-temporary-'));
const ended: Owner = { ...ownOwner(), pid: spawnSync(process.execPath, ['-e', '']).pid };
const elsewhere: Owner = { ...ownOwner(), machine: '000000' };
const nameOf = (owner: Owner, ending = '.part') => `.refrain-${markOf(owner)}-abcdef${ending}`;

describe('owners', () => {
  it('are told by their mark', () => {
    expect(ownerOf(markOf(ownOwner()))).toEqual(ownOwner());
    expect(ownerOf('12-a-b')).toBeUndefined();
  });

  it('are alive, ended, or not to be known', () => {
    const own = ownOwner();
    expect(isAlive(own)).toBe(true);
    expect(isAlive(ended)).toBe(false);
    // The machine was started anew since.
    expect(isAlive({ ...own, boot: '000000' })).toBe(false);
    expect(isAlive(elsewhere)).toBeUndefined();
    expect(isAlive({ ...own, pids: 'other' })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('are not those who got their pid later', () => {
    expect(isAlive({ ...ownOwner(), start: '1' })).toBe(false);
  });
});

describe('temporary files', () => {
  it('tell whose they are', () => {
    expect(readTemporaryName(temporaryName('.mp3'))).toEqual({ owner: ownOwner(), ending: '.mp3' });
    for (const other of ['.refrain-', '.refrain-1-2-3-4-5.part', 'a.part', '.hidden'])
      expect(readTemporaryName(other)).toBeUndefined();
    expect(temporaryName()).not.toBe(temporaryName());
  });

  it('are removed when their owner has ended, or is elsewhere and has not touched them for a day', async () => {
    const folder = await newFolder();
    const now = Date.now();
    await mkdir(join(folder, nameOf(ended, '-1234.lock')));
    await writeFile(join(folder, nameOf(ended, '-1234.lock'), 'file'), '');
    const kept = [temporaryName(), nameOf(elsewhere, '.b'), '.refrain-mine', 'file.part'];
    for (const name of [nameOf(ended), nameOf(elsewhere, '.a'), ...kept]) await writeFile(join(folder, name), '');
    await utimes(join(folder, nameOf(elsewhere, '.a')), now / 1000, now / 1000 - 25 * 3600);
    await utimes(join(folder, nameOf(elsewhere, '.b')), now / 1000, now / 1000 - 23 * 3600);
    await sweep(folder, now);
    expect((await readdir(folder)).sort()).toEqual(kept.sort());
  });

  it('are removed where a file is written next', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, nameOf(ended)), 'half');
    await writeFileAtomic(join(folder, 'a', 'whole'), 'x');
    await writeFileAtomic(join(folder, 'whole'), 'x');
    expect((await readdir(folder)).sort()).toEqual(['a', 'whole']);
  });

  it('do not stay when writing fails, and the error names the file that was wanted', async () => {
    const folder = await newFolder();
    const path = join(folder, 'file');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    const failing = writeFileAtomic(path, async (file) => {
      await file.writeFile('half');
      throw full;
    });
    await expect(failing).rejects.toMatchObject({ message: `Cannot write ${path}: ${full.message}`, code: 'ENOSPC' });
    expect(await readdir(folder)).toEqual([]);
  });
});
