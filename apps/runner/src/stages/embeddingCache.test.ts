import { mkdtemp, readdir, truncate, writeFile } from 'node:fs/promises';
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
  sampleRate: 8000 * number,
  clipping: 1 / (1 + number),
  silent: number % 2 === 0,
  segments: {
    data: Float32Array.from({ length: 2 * (1 + (number % 3)) }, (_, i) => number + i / 8),
    rows: 1 + (number % 3),
    cols: 2,
  },
});

const silent = () => {};

const means = (encoderFingerprint: string, decoderFingerprint = 'd') => ({
  decoder: { fingerprint: decoderFingerprint },
  encoder: encoder(encoderFingerprint),
});

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-cache-'));

describe('embedding cache', () => {
  it('gives back what was flushed, and only to the same encoder and decoder', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 150; i++) await cache.add(clip(i));
    await cache.flush();
    const again = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 150; i++) expect(await again.find(`content-${i}`)).toEqual(clip(i));
    expect(await again.find('content-150')).toBeUndefined();
    for (const other of [means('b'), means('a', 'e')]) {
      expect(await (await EmbeddingCache.open(folder, other, silent)).find('content-1')).toBeUndefined();
    }
  });

  it('loses at most the unfinished part', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 100; i++) await cache.add(clip(i));
    const again = await EmbeddingCache.open(folder, means('a'), silent);
    expect(await again.find('content-0')).toEqual(clip(0));
    expect(await again.find('content-99')).toBeUndefined();
  });

  it('does not count a part whose index is missing', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    await cache.add(clip(1));
    await cache.flush();
    const [space] = await readdir(join(folder, 'embeddings'));
    await writeFile(join(folder, 'embeddings', space!, 'half.npy'), 'not a whole file');
    expect(await (await EmbeddingCache.open(folder, means('a'), silent)).find('content-1')).toEqual(clip(1));
  });

  it('leaves a damaged part out and says so', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 70; i++) await cache.add(clip(i));
    await cache.flush();
    const [space] = await readdir(join(folder, 'embeddings'));
    const parts = (await readdir(join(folder, 'embeddings', space!))).filter((name) => name.endsWith('.npy'));
    expect(parts).toHaveLength(2);
    await truncate(join(folder, 'embeddings', space!, parts[0]!), 200);
    const told: string[] = [];
    const again = await EmbeddingCache.open(folder, means('a'), (message) => told.push(message));
    expect(told).toEqual([expect.stringMatching(/damaged.*is cut/)]);
    const found = await Promise.all(Array.from({ length: 70 }, (_, i) => again.find(`content-${i}`)));
    expect([6, 64]).toContain(found.filter((one) => one !== undefined).length);
  });
});
