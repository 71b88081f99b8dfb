import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Dataset } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { refuseOutsideAudio } from './outsideAudio.ts';

describe('audio outside the folder of a dataset', () => {
  let work: string;
  let dir: string;
  beforeAll(async () => {
    work = await realpath(await mkdtemp(join(tmpdir(), 'refrain-outside-')));
    dir = join(work, 'data');
    await mkdir(join(dir, 'audio'), { recursive: true });
    await mkdir(join(work, 'data2'));
    for (const file of ['data/audio/a.wav', 'data/clips.jsonl', 'data2/secret.wav'])
      await writeFile(join(work, file), '');
    await symlink(join(work, 'data2', 'secret.wav'), join(dir, 'audio', 'link.wav'));
    await symlink(join(work, 'data2'), join(dir, 'linked'));
    await symlink(join(dir, 'audio', 'a.wav'), join(dir, 'inner.wav'));
    await symlink(dir, join(work, 'other-name'));
  });

  const of = (path: string): Dataset => ({
    name: 'x',
    task: 'unlabelled',
    classes: [],
    clips: [{ id: 'c', path, split: 'train', labels: [] }],
    readAudio: () => Promise.reject(new Error('not read here')),
  });

  it.each([
    ['by its name', '../data2/secret.wav', 'data2/secret.wav'],
    ['by a linked file', 'audio/link.wav', 'data2/secret.wav'],
    ['by a linked folder', 'linked/secret.wav', 'data2/secret.wav'],
    ['by .. behind a linked folder', 'linked/../data2/secret.wav', 'data2/secret.wav'],
  ])('is refused: %s', (_, path, real) => {
    for (const place of [dir, join(dir, 'clips.jsonl')]) {
      const attempt = () => refuseOutsideAudio(of(`${dir}/${path}`), place);
      expect(attempt).toThrow(ConfigError);
      expect(attempt).toThrow(join(work, real));
      expect(attempt).toThrow('`outsideAudio` on');
    }
  });

  it.each(['audio/a.wav', 'inner.wav', '../data/audio/a.wav', 'audio/missing.wav'])('is not %s', (path) => {
    refuseOutsideAudio(of(join(dir, path)), dir);
    refuseOutsideAudio(of(join(dir, path)), join(dir, 'clips.jsonl'));
    // The user's own way to the folder may be a link.
    refuseOutsideAudio(of(join(work, 'other-name', path)), join(work, 'other-name'));
  });

  it('is not what lies in an archive', () => {
    refuseOutsideAudio({ ...of('/elsewhere/a.mp3'), readBytes: async () => new Uint8Array() }, dir);
  });
});
