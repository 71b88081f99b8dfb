import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { locateAudio } from './clips.ts';

describe('the path of a table means', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'refrain-paths-'));
    await mkdir(join(root, 'sub'));
    for (const name of ['sub/a b.wav', ' both.wav', 'both.wav', 'back\\slash.wav', 'cafe\u0301.wav', 'é.wav', 'u.wav'])
      await writeFile(join(root, name), '');
  });

  it.each([
    ['a file as it stands', './sub/a b.wav', './sub/a b.wav', 'sub/a b.wav'],
    ['one with blanks that belong to it', ' both.wav', ' both.wav', ' both.wav'],
    ['one with blanks that do not', ' sub/a b.wav\t', 'sub/a b.wav', 'sub/a b.wav'],
    ['one in a folder of Windows', '.\\sub\\a b.wav', '.\\sub\\a b.wav', 'sub/a b.wav'],
    ['one with a backslash in its name', 'back\\slash.wav', 'back\\slash.wav', 'back\\slash.wav'],
    ['one that is decomposed on the disk', 'caf\u00e9.wav', 'caf\u00e9.wav', 'cafe\u0301.wav'],
    ['one that is composed on the disk', 'e\u0301.wav', 'e\u0301.wav', '\u00e9.wav'],
    ['none', ' x\\y.wav ', ' x\\y.wav ', ' x\\y.wav '],
  ])('%s', (_, written, name, path) => {
    expect(locateAudio(written, root)).toEqual({ name, path: join(root, path) });
  });

  it('a file by its address', () => {
    const path = join(root, 'sub/a b.wav');
    for (const address of [pathToFileURL(path).href, `file://${path}`, `file:${path}`, `file://localhost${path}`])
      expect(locateAudio(address, '/elsewhere')).toEqual({ name: address, path });
  });
});
