import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, DataError, type Dataset, type Encoder, quietHost } from '@refrain/core';
import { expect, it } from 'vitest';
import { EmbeddingCache } from '../cache/embeddingCache.ts';
import { embedClips } from './embed.ts';

it('names of two broken files of the same content each in its own reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-embed-'));
  const clips = await Promise.all(
    ['broken', 'broken too', 'good'].map(async (id): Promise<Clip> => {
      const path = join(folder, `${id}.wav`);
      await writeFile(path, id.slice(0, 6));
      return { id, path, split: 'train', labels: [] };
    }),
  );
  const dataset: Dataset = {
    name: 'made-up',
    task: 'unlabelled',
    classes: [],
    clips,
    readAudio: async ({ path }) => {
      if (path.includes('broken')) throw new DataError(path, `${path}: is no audio; what is ${path}?`);
      return { samples: Float32Array.of(1), sampleRate: 1 };
    },
  };
  const encoder: Encoder = {
    name: 'made-up',
    sampleRate: 1,
    dim: 1,
    fingerprint: 'f',
    encode: async () => ({ data: Float32Array.of(1), rows: 1, cols: 1 }),
  };
  const decoder = { name: 'none', fingerprint: 'd', decode: () => Promise.reject(new Error('not asked')) };
  const cache = await EmbeddingCache.open(folder, { decoder, encoder }, () => {});
  const limits = { maxBad: 1, clipTimeLimit: 10 };
  const { bad } = await embedClips(clips, {
    decoder,
    dataset,
    encoder,
    cache,
    ...limits,
    host: quietHost(),
  });
  expect(bad.map(({ reason }) => reason)).toEqual(
    [0, 1].map((i) => `${clips[i]!.path}: is no audio; what is ${clips[i]!.path}?`),
  );
});
