import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryName } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { Places } from './places.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-places-'));

describe('places', () => {
  it('are taken by one run at a time, whoever comes first, and free again when it ends', async () => {
    const output = join(await newFolder(), 'out');
    const runs = Array.from({ length: 8 }, () => new Places());
    const takings = await Promise.allSettled(runs.map((run) => run.takeNew(output)));
    expect(takings.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = takings.flatMap((taking) => (taking.status === 'rejected' ? [taking.reason] : []));
    for (const refusal of refusals)
      expect(refusal).toMatchObject({
        option: 'output',
        message: expect.stringMatching(/out is taken: another run \(.*\) is writing it/),
      });
    await expect(new Places().takeNew(output)).rejects.toThrow(`process ${process.pid} on `);
    const next = new Places();
    expect(await next.takeFree(output, 'outputDir')).toBe(`${output}-2`);
    for (const run of [...runs, next]) await run.release();
    await new Places().takeNew(output);
  });

  it('are not held by a run that was killed', async () => {
    const folder = await newFolder();
    const output = join(folder, 'out');
    await new Places().takeNew(output);
    const [claim] = await readdir(folder);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await rename(join(folder, claim!), join(folder, claim!.replace(`-${process.pid}-`, `-${pid}-`)));
    await new Places().takeNew(output);
    const [left, ...others] = await readdir(folder);
    expect([left, others]).toEqual([expect.stringContaining(`-${process.pid}-`), []]);
  });

  it('are cleared of what a killed run left when they are tried', async () => {
    const folder = await newFolder();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(join(folder, temporaryName().replace(`-${process.pid}-`, `-${pid}-`)), '');
    await new Places().try(folder, 'cacheDir');
    expect(await readdir(folder)).toEqual([]);
  });

  it('are held by a run of another machine for as long as that touches its claim', async () => {
    const folder = await newFolder();
    const output = join(folder, 'out');
    await new Places().takeNew(output);
    const [claim] = await readdir(folder);
    const parts = claim!.split('-');
    parts[3] = '000000';
    await rename(join(folder, claim!), join(folder, parts.join('-')));
    await expect(new Places().takeNew(output)).rejects.toThrow(/If that run has ended, delete .*\.lock\.$/);
  });

  it('leave nothing where a run made nothing', async () => {
    const folder = await newFolder();
    const places = new Places();
    await places.takeNew(join(folder, 'a', 'b', 'out'));
    await places.try(join(folder, 'c', 'd'), 'outputDir');
    await writeFile(join(folder, 'c', 'file'), '');
    await places.release();
    expect([await readdir(folder), await readdir(join(folder, 'c'))]).toEqual([['c'], ['file']]);
  });

  it('are refused with the reason where nothing can be written', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(new Places().takeNew(join(folder, 'file', 'a', 'b'))).rejects.toMatchObject({ option: 'output' });
    await expect(new Places().make(join(folder, 'file', 'cache'), 'cacheDir')).rejects.toMatchObject({
      option: 'cacheDir',
      message: expect.stringMatching(/`cacheDir` .*ENOTDIR: not a directory/),
    });
  });

  it.skipIf(!existsSync('/proc/self'))('are refused in system folders', async () => {
    await expect(new Places().takeNew('/proc/x/y')).rejects.toThrow(
      /`output` \/proc\/x\/y: nothing can be written there \(ENOENT/,
    );
    await expect(new Places().takeNew('/proc/y')).rejects.toThrow(
      /`output` \/proc\/y: nothing can be written there \(ENOENT[^)]*'\/proc\/y'/,
    );
  });
});
