import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNpy } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { readEmbeddings, readPrunedDataset } from './read.ts';
import { METADATA } from './testing/metadata.ts';
import { type FolderContent, writeFolder } from './write.ts';

describe('a pruned dataset folder that is written', () => {
  // By id, as everything works on them; the dataset lists them as c, b, d, a.
  const clip = (id: string) => ({ id, position: 'cbda'.indexOf(id), labels: [], group: 0 });
  const removal = (id: string) => ({
    id,
    cluster: 0,
    group: 0,
    level: 'redundant' as const,
    partner_id: 'a',
    similarity: 1,
  });
  const CONTENT = {
    clips: ['a', 'b', 'c', 'd'].map(clip),
    embeddings: { data: Float32Array.of(1, 2, 3, 4), rows: 4, cols: 1 },
    labels: [10, 11, 12, 13],
    probabilities: [0, 1, 1, 1],
    keep: [0, 2],
    removed: [removal('d'), removal('b')],
    bad: [],
    metadata: { ...METADATA, original_size: 4, pruned_size: 2 },
  } satisfies FolderContent;

  it('has everything in the order of the dataset, each clip at its position', async () => {
    const path = await writeFolder(join(await mkdtemp(join(tmpdir(), 'refrain-write-')), 'pruned'), CONTENT);
    const folder = await readPrunedDataset(path);
    const { clips, kept, keep, labels, removed } = folder;
    expect(clips.map(({ id }) => id)).toEqual(['c', 'b', 'd', 'a']);
    expect(clips.map(({ position }) => position)).toEqual([0, 1, 2, 3]);
    expect(keep).toEqual([0, 3]);
    expect(kept.map(({ id }) => id)).toEqual(['c', 'a']);
    expect(labels).toEqual([12, 11, 13, 10]);
    expect(removed.map(({ id }) => id)).toEqual(['b', 'd']);
    expect((await readEmbeddings(folder)).data).toEqual(Float32Array.of(3, 2, 4, 1));
    const indices = await readNpy(join(path, 'indices_to_keep.npy'));
    expect([indices.dtype, [...(indices.data as BigInt64Array)]]).toEqual(['int64', [0n, 3n]]);
  });

  it('has the table of other thresholds where it is asked for', async () => {
    const work = await mkdtemp(join(tmpdir(), 'refrain-write-'));
    const content = { ...CONTENT, thresholds: 'kappa\n' };
    expect(await readdir(await writeFolder(join(work, 'without'), content))).not.toContain('thresholds.tsv');
    const path = await writeFolder(join(work, 'with'), content, { thresholds: true });
    expect(await readFile(join(path, 'thresholds.tsv'), 'utf8')).toBe('kappa\n');
    expect((await readPrunedDataset(path)).metadata.files).toHaveProperty(['thresholds.tsv']);
  });

  it('is not written where it could not be read again', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'refrain-write-')), 'pruned');
    const metadata = { ...METADATA, noise_share: Number.NaN };
    await expect(writeFolder(path, { ...CONTENT, metadata })).rejects.toThrow(/metadata\.json: "noise_share": .*NaN/);
    const clips = CONTENT.clips.map((one) => ({ ...one, mood: 'sad' }));
    await expect(writeFolder(path, { ...CONTENT, clips })).rejects.toThrow(/clips\.jsonl, clip .: .*"mood"/);
    await expect(readdir(path)).rejects.toThrow('ENOENT');
  });
});
