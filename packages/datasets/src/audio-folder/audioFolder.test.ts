import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError } from '@refrain/core';
import { testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { openAudioFolder } from './audioFolder.ts';

const beep = encodeWav({
  samples: Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 5) / 2),
  sampleRate: 8000,
});

/** A folder with audio at several depths, under honest, wrong and no extensions, and with things that are no audio. */
async function sampleTree(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-folder-'));
  await mkdir(join(root, 'rock', 'live'), { recursive: true });
  await mkdir(join(root, 'jazz'));
  await mkdir(join(root, '.hidden'));
  for (const path of [
    'rock/b.wav',
    'rock/live/a.wav',
    'jazz/named.mp3',
    'jazz/no-extension',
    '.hidden/c.wav',
    'rock/._d.wav',
  ])
    await writeFile(join(root, path), beep);
  await writeFile(join(root, 'jazz', 'notes.txt'), 'no audio');
  await writeFile(join(root, 'jazz', 'broken.mp3'), 'no audio either');
  await symlink(root, join(root, 'jazz', 'loop'));
  return root;
}

describe('audio folder', () => {
  it('lists audio by content or extension, sorted, at every depth, once', async () => {
    const { clips, task } = await openAudioFolder(await sampleTree());
    expect(clips.map((clip) => clip.id)).toEqual([
      'jazz/broken.mp3',
      'jazz/named.mp3',
      'jazz/no-extension',
      'rock/b.wav',
      'rock/live/a.wav',
    ]);
    expect(new Set(clips.map((clip) => clip.split))).toEqual(new Set(['train']));
    expect(task).toBe('unlabelled');
  });

  it('lists what says that it is audio of a kind that is not read, and what begins with a tag', async () => {
    const root = await mkdtemp(join(tmpdir(), 'refrain-kinds-'));
    for (const name of ['a.w64', 'b.aifc', 'c.mp2', 'd.txt']) await writeFile(join(root, name), 'no audio');
    // An ID3v2 tag of 16,384 bytes: more than is looked at.
    await writeFile(
      join(root, 'tagged'),
      Buffer.concat([Buffer.from('ID3\x04\0\0\0\x01\0\0', 'latin1'), Buffer.alloc(20_000, 't')]),
    );
    const { clips } = await openAudioFolder(root);
    expect(clips.map((clip) => clip.id)).toEqual(['a.w64', 'b.aifc', 'c.mp2', 'tagged']);
  });

  it('lists names of any bytes, with blanks at their ends, in either form of Unicode', async () => {
    const root = await mkdtemp(join(tmpdir(), 'refrain-names-'));
    const bytes = (...names: string[]) =>
      Buffer.concat([Buffer.from(`${root}/`), Buffer.from(names.join('/'), 'latin1')]);
    await mkdir(bytes('f\xfc'));
    for (const name of ['caf\xe9.wav', 'f\xfc/a.wav', ' a.wav ', 'none\xff']) await writeFile(bytes(name), beep);
    await writeFile(bytes('broken.wav '), 'no audio');
    await writeFile(bytes('caf\xe9.txt'), 'no audio');
    for (const name of ['\u00e9.wav', 'e\u0301.wav']) await writeFile(join(root, name), beep);
    const { clips, readAudio } = await openAudioFolder(root);
    expect(clips.map(({ id }) => id)).toEqual([
      ' a.wav ',
      'broken.wav ',
      'caf\\xe9.wav',
      'e\u0301.wav',
      'f\\xfc/a.wav',
      'none\\xff',
      '\u00e9.wav',
    ]);
    const read = await Promise.all(
      clips.map((clip) =>
        readAudio(clip).then(
          () => 'read',
          (error: Error) => error.message,
        ),
      ),
    );
    const refused = expect.stringMatching(/\\x[ef].*: its name is not UTF-8/);
    expect(read).toEqual(['read', expect.stringMatching(/text/), refused, 'read', refused, refused, 'read']);
  });

  it('lists what can not be opened, and waits for no pipe', async () => {
    const root = await mkdtemp(join(tmpdir(), 'refrain-unreadable-'));
    await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
    await symlink(join(root, 'pipe'), join(root, 'link'));
    await symlink('nowhere', join(root, 'dangling'));
    await symlink('loop', join(root, 'loop'));
    await symlink('pipe', join(root, 'pipe.wav'));
    const { clips, readAudio } = await openAudioFolder(root);
    expect(clips.map(({ id }) => id)).toEqual(['dangling', 'loop', 'pipe.wav']);
    for (const clip of clips) await expect(readAudio(clip)).rejects.toThrow(DataError);
  });

  it('takes classes from the first folder level if asked', async () => {
    const { clips, classes } = await openAudioFolder(await sampleTree(), 'folder');
    expect(classes).toEqual(['jazz', 'rock']);
    expect(clips.map((clip) => clip.labels)).toEqual([[0], [0], [0], [1], [1]]);
  });

  it('refuses what is no folder, an empty one, and a clip without a class', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'refrain-empty-'));
    await expect(openAudioFolder(join(empty, 'nowhere'))).rejects.toThrow(ConfigError);
    await expect(openAudioFolder(empty)).rejects.toThrow(DataError);
    await expect(openAudioFolder(empty)).rejects.toThrow(/No audio under/);
    await writeFile(join(empty, 'top.wav'), beep);
    await expect(openAudioFolder(join(empty, 'top.wav'))).rejects.toThrow(/is a file/);
    await expect(openAudioFolder(empty, 'folder')).rejects.toThrow(/no class folder/);
  });

  describe('as a dataset', () => {
    const clean = mkdtemp(join(tmpdir(), 'refrain-clean-')).then(async (root) => {
      for (const name of ['b.wav', 'a.wav', 'c.au']) await writeFile(join(root, name), beep);
      return root;
    });
    testDataset(async () => openAudioFolder(await clean));
  });
});
