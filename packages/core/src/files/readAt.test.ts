import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFile, readAt, versionOf } from './readAt.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-read-at-'));

it('readAt gives the bytes from a place on, fewer at the end of the file and none behind it', async () => {
  const path = join(await newFolder(), 'file');
  await writeFile(path, 'abcdef');
  const file = await open(path);
  const read = async (position: number, length: number) => Buffer.from(await readAt(file, position, length)).toString();
  try {
    expect([await read(0, 6), await read(2, 3), await read(4, 9), await read(6, 1), await read(9, 1)]).toEqual([
      ...['abcdef', 'cde', 'ef', '', ''],
    ]);
  } finally {
    await file.close();
  }
});

it('openFile opens files alone, and tells them from what they become', async () => {
  const folder = await newFolder();
  const path = join(folder, 'file');
  await writeFile(path, 'abcdef');
  const { file, size, version } = (await openFile(path))!;
  await file.close();
  expect([size, await versionOf(path)]).toEqual([6, version]);
  await utimes(path, 1, 1);
  expect(await versionOf(path)).not.toBe(version);
  await mkdir(join(folder, 'folder'));
  expect(await openFile(join(folder, 'folder'))).toBeUndefined();
  await expect(openFile(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it.skipIf(process.platform === 'win32')(
  'openFile waits for no pipe (there are none by a name on Windows)',
  async () => {
    const pipe = join(await newFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await openFile(pipe)).toBeUndefined();
  },
);
