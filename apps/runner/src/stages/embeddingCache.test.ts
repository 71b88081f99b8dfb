import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoder } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type CachedClip, EmbeddingCache } from './embeddingCache.ts';

const encoder = (fingerprint: string): Encoder => ({
  name: 'fixture',
  sampleRate: 8000,
  dim: 2,
  fingerprint,
  encode: async () => ({ data: new Float32Array(2), rows: 1, cols: 2 }),
});

const clip = (number: number): CachedClip => ({
  contentHash: `content-${number}`,
  audioHash: `audio-${number}`,
  seconds: number,
  silent: number % 2 === 0,
  segments: {
    data: Float32Array.from({ length: 2 * (1 + (number % 3)) }, (_, i) => number + i / 8),
    rows: 1 + (number % 3),
    cols: 2,
  },
});

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-cache-'));

describe('embedding cache', () => {
  it('gives back what was flushed, and only to the same encoder', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, encoder('a'));
    for (let i = 0; i < 150; i++) await cache.add(clip(i));
    await cache.flush();
    const again = await EmbeddingCache.open(folder, encoder('a'));
    for (let i = 0; i < 150; i++) expect(again.find(`content-${i}`)).toEqual(clip(i));
    expect(again.find('content-150')).toBeUndefined();
    expect((await EmbeddingCache.open(folder, encoder('b'))).find('content-1')).toBeUndefined();
  });

  it('loses at most the unfinished part', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, encoder('a'));
    for (let i = 0; i < 100; i++) await cache.add(clip(i));
    const again = await EmbeddingCache.open(folder, encoder('a'));
    expect(again.find('content-0')).toEqual(clip(0));
    expect(again.find('content-99')).toBeUndefined();
  });

  it('does not count a part whose index is missing', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, encoder('a'));
    await cache.add(clip(1));
    await cache.flush();
    const [space] = await readdir(join(folder, 'embeddings'));
    await writeFile(join(folder, 'embeddings', space!, 'half.npy'), 'not a whole file');
    expect((await EmbeddingCache.open(folder, encoder('a'))).find('content-1')).toEqual(clip(1));
  });
});
