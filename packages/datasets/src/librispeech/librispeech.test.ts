import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError } from '@refrain/core';
import { testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { openLibriSpeech } from './librispeech.ts';

const beep = encodeWav({
  samples: Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 5) / 2),
  sampleRate: 16_000,
});

const FILES = [
  'LibriSpeech/train-clean-100/103/1240/103-1240-0001.flac',
  'LibriSpeech/train-clean-100/103/1240/103-1240-0000.flac',
  'LibriSpeech/train-clean-100/103/1240/103-1240.trans.txt',
  'LibriSpeech/train-clean-100/19/198/19-198-0000.flac',
  'LibriSpeech/train-other-500/20/205/20-205-0000.flac',
  'LibriSpeech/dev-clean/84/121123/84-121123-0000.flac',
  'LibriSpeech/test-other/1089/134686/1089-134686-0000.flac',
  'LibriSpeech/intro/1/1/1-1-0000.flac',
  'LibriSpeech/SPEAKERS.TXT',
];

async function tree(files: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-libri-'));
  for (const name of files) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), beep);
  }
  return root;
}

describe('LibriSpeech', () => {
  const root = tree(FILES);
  testDataset(async () => openLibriSpeech(await root));

  it('has utterances by subset, with the speaker as class and artist', async () => {
    const { task, classes, clips, filteredFiles } = await openLibriSpeech(await root);
    expect([task, classes]).toEqual(['single-label', ['19', '20', '84', '103', '1089']]);
    expect(clips.map(({ id, split, labels }) => [id, split, ...labels])).toEqual([
      ['84-121123-0000', 'valid', 2],
      ['1089-134686-0000', 'test', 4],
      ['19-198-0000', 'train', 0],
      ['103-1240-0000', 'train', 3],
      ['103-1240-0001', 'train', 3],
      ['20-205-0000', 'train', 1],
    ]);
    expect(clips[4]!.groups).toEqual({ artist: '103', album: '1240' });
    expect(clips[4]!.path).toBe(join(await root, FILES[0]!));
    expect(filteredFiles).toBeUndefined();
    expect((await openLibriSpeech(join(await root, 'LibriSpeech'))).clips).toEqual(clips);
  });

  it('is refused without subsets, with an empty one, and with an utterance twice', async () => {
    await expect(openLibriSpeech(join(await root, 'nowhere'))).rejects.toThrow(ConfigError);
    await expect(openLibriSpeech(await tree(['LibriSpeech/books/1/1/1-1-0000.flac']))).rejects.toThrow(
      /no folder train-clean-100/,
    );
    await expect(openLibriSpeech(await tree(['dev-clean/84/84-121123-0000.flac']))).rejects.toThrow(
      /dev-clean: no utterances/,
    );
    const twice = await tree(['dev-clean/84/121123/84-121123-0000.flac', 'test-clean/84/121123/84-121123-0000.flac']);
    await expect(openLibriSpeech(twice)).rejects.toThrow(DataError);
    await expect(openLibriSpeech(twice)).rejects.toThrow(/the same utterance is also .*dev-clean/);
  });
});
