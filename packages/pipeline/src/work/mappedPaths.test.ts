import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MappedPaths } from './mappedPaths.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'refrain-map-')));
  for (const name of ['music', 'more', 'secret']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'secret', 'key'), '');
  await writeFile(join(folder, 'music', 'one.wav'), '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds what others call otherwise by the longest name that fits', async () => {
  const paths = new MappedPaths([`/data=${folder}/music`, `/data/more/=${folder}/more`, `${folder}/music`]);
  expect(await paths.here('/data/one.wav')).toBe(join(folder, 'music', 'one.wav'));
  expect(await paths.here('/data/more/two.wav')).toBe(join(folder, 'more', 'two.wav'));
  expect(await paths.here('/data/moreover.wav')).toBe(join(folder, 'music', 'moreover.wav'));
  expect(await paths.here(`${folder}/music/one.wav`)).toBe(join(folder, 'music', 'one.wav'));
  // As the audio in an archive is named.
  expect(await paths.here('/data/one.wav/inside/3.mp3')).toBe(join(folder, 'music', 'one.wav', 'inside', '3.mp3'));
  expect(
    await paths.options({ dir: '/data', classes: 'none', few: [1], mfcc: { checkpointPath: '/data/m.pt' } }),
  ).toEqual({
    dir: join(folder, 'music'),
    classes: 'none',
    few: [1],
    mfcc: { checkpointPath: join(folder, 'music', 'm.pt') },
  });
});

it('opens nothing outside the folders that its user named, and names both', async () => {
  const paths = new MappedPaths([`/data=${folder}/music`]);
  await symlink(join(folder, 'secret'), join(folder, 'music', 'link'));
  for (const path of [
    '/etc/passwd',
    '/database',
    '/data/../etc/passwd',
    '/data/./one.wav',
    'data/one.wav',
    `${folder}/music/one.wav`,
    '/data/link/key',
    '/data/link/new',
    '/data/one.wav\0.mp3',
  ])
    await expect(paths.here(path), path).rejects.toMatchObject({
      code: 'REFRAIN_CONFIG',
      message: expect.stringContaining(`opens what is below /data (${folder}/music here)`),
    });
  await expect(paths.here('/data/link/key')).rejects.toThrow(`leads to ${folder}/secret/key`);
  await expect(paths.options({ deep: { path: '/etc/passwd' } })).rejects.toThrow('/etc/passwd');
  await expect(new MappedPaths([]).here('/data/one.wav')).rejects.toThrow('none is named');
});

it('follows links where they lead into another folder that is open', async () => {
  await symlink(join(folder, 'more'), join(folder, 'music', 'link'));
  const paths = new MappedPaths([`/data=${folder}/music`, `${folder}/more`]);
  expect(await paths.here('/data/link/two.wav')).toBe(join(folder, 'music', 'link', 'two.wav'));
});

it.each(['data=/mnt', '/data=mnt', '/data/../x=/mnt', '', '/data='])('refuses %j as a mapping', (rule) => {
  expect(() => new MappedPaths([rule])).toThrow('as /data=/mnt/data');
});
