import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Matrix, readNpyMatrix, seededRandom, takeRows, zeros } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { manifest } from '@refrain/datasets';
import { readPrunedDataset, verifyFolder } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { duplicates, leaks, type PipelineOptions, prune } from '../index.ts';

describeWithData('embeddings', "ESC-10's own embeddings with its labels", () => {
  let embeddings: Matrix;
  let ids: string[];
  let work: string;
  let list: { id: string; path: string; split: string; label: string; track: string }[];
  let usual: PipelineOptions;
  const told: string[] = [];

  const dataset = async (name: string, rows: readonly object[]) => {
    const dir = join(work, `${name}.jsonl`);
    await writeFile(dir, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return manifest({ dir });
  };
  const named = (clips: readonly { readonly id: string }[]) => clips.map(({ id }) => id);

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-own-'));
    embeddings = await readNpyMatrix(testDataPath('embeddings', 'esc10.oww.npy'));
    ids = (await readFile(testDataPath('embeddings', 'esc10.rows.txt'), 'utf8')).trimEnd().split('\n');
    const [, ...lines] = (await readFile(testDataPath('esc10-dev', 'clips.csv'), 'utf8')).trimEnd().split('\n');
    list = lines.map((line) => {
      const [id, label, fold, track] = line.split(',') as [string, string, string, string];
      const split = fold === '5' ? 'test' : fold === '4' ? 'valid' : 'train';
      return { id, path: testDataPath('esc10-dev', 'audio', id), split, label, track };
    });
    usual = {
      ...{ dataset: await dataset('esc10', list), embeddings, ids, cacheDir: join(work, 'cache'), workers: 1 },
      onNotice: (message) => told.push(message),
    };
  });

  it('keeps of the train clips what the same embeddings alone keep', async () => {
    const train = Uint32Array.from(ids.keys()).filter((row) =>
      list.some((c) => c.id === ids[row] && c.split === 'train'),
    );
    const alone = { embeddings: takeRows(embeddings, train), ids: Array.from(train, (row) => ids[row]!) };
    expect(train.length).toBe(240);
    for (const how of [{ keep: 0.5 }, { t: 1, threshold: 0.4 }]) {
      const { kept, removed } = await prune({ ...usual, ...how });
      const { dataset: _, ...without } = usual;
      const other = await prune({ ...without, ...alone, ...how });
      expect(named(kept)).toEqual(named(other.kept));
      expect(removed.map(({ partner, similarity }) => [partner.id, similarity])).toEqual(
        other.removed.map(({ partner, similarity }) => [partner.id, similarity]),
      );
      expect(removed.length).toBeGreaterThan(20);
      expect(kept[0]!.labels).toEqual([kept[0]!.id.split('/')[0]]);
      expect(other.kept[0]!.labels).toEqual([]);
    }
  });

  it('can be evaluated, and obeys rules of labels and tracks', async () => {
    const few = { ...usual, finetunerMaxEpochs: 12, draws: 2, coverageDraws: 2, keep: 0.4 };
    const countsOf = (groups: readonly string[]) => {
      const counts = new Map<string, number>();
      for (const one of groups) counts.set(one, (counts.get(one) ?? 0) + 1);
      return [...counts.values()].sort((a, b) => a - b);
    };
    const tracks = countsOf((await prune({ ...few, maxPerTrack: 1 })).kept.map(({ groups }) => groups!.track!));
    expect(tracks).toEqual(Array.from({ length: 96 }, () => 1));
    const result = await prune({ ...few, minPerLabel: 9 });
    const labels = countsOf(result.kept.map((clip) => clip.labels[0]!));
    expect([labels.length, labels[0]]).toEqual([10, 9]);
    const sets = await result.evaluate();
    expect(sets.map(({ name, clips }) => [name, clips])).toEqual([
      ['whole', 240],
      ['pruned', result.kept.length],
      ['random', result.kept.length],
    ]);
    expect(sets[0]!.metrics.Accuracy!.mean).toBeGreaterThan(0.4);
  });

  it('finds leaks and duplicates by them, and by the groups of the dataset', async () => {
    const found = await leaks({ ...usual, fingerprints: false });
    expect(found.kinds).toEqual(['near-identical', 'track']);
    expect(found.bad).toEqual([]);
    expect(found.sharing.find(({ kind, shared }) => kind === 'track' && shared > 0)).toBeUndefined();
    const { clips, notLookedFor } = await duplicates({ ...usual, fingerprints: false });
    expect(clips).toHaveLength(400);
    expect(notLookedFor[0]).toMatch(/^equal audio/);
  });

  it('names missing, surplus and wrong ids', async () => {
    const few = {
      ...usual,
      embeddings: takeRows(embeddings, Uint32Array.from(ids.keys()).slice(4)),
      ids: ids.slice(4),
    };
    const missing = prune(few);
    await expect(missing).rejects.toThrow('4 of 240 clips cannot be used. `maxBad` accepts 3');
    await expect(missing).rejects.toThrow(`${ids[0]}: embeddings: no row has its id.`);
    const { bad } = await prune({ ...few, maxBad: 0.05 });
    expect(named(bad)).toEqual(ids.slice(0, 4));
    told.length = 0;
    const part = { ...usual, dataset: await dataset('part', list.slice(3)) };
    await prune(part);
    expect(told).toContain(
      `embeddings: 3 of its 400 ids are of no clip of manifest and left out: ${ids.slice(0, 3).join(', ')}.`,
    );
    const { ids: _, ...unnamed } = usual;
    await expect(prune(unnamed)).rejects.toThrow(
      /none of its 400 ids is one of dataset \S+: the first is "row-000" there, and "baby_cry\/1-187207-A.ogg" in the dataset/,
    );
  });

  it('takes segments, of which each clip has its reliability', async () => {
    const { uniform } = seededRandom('segments');
    const count = (row: number) => 4 + (row % 2);
    const starts = [0];
    for (const row of ids.keys()) starts.push(starts[row]! + count(row));
    const segments = zeros(starts.at(-1)!, embeddings.cols);
    for (const row of ids.keys())
      for (let at = starts[row]!; at < starts[row + 1]!; at++)
        for (let c = 0; c < embeddings.cols; c++)
          segments.data[at * embeddings.cols + c] = embeddings.data[row * embeddings.cols + c]! + (uniform() - 0.5) * 4;
    const { embeddings: _, ...others } = usual;
    const options = { ...others, segments, segmentStarts: starts };
    const result = await prune(options);
    const folder = await readPrunedDataset(await result.write(join(work, 'segments')));
    expect((await verifyFolder(folder)).failure).toBeUndefined();
    const { clips, metadata } = folder;
    expect(clips.every(({ reliability = 0 }) => reliability > 0.3 && reliability < 1)).toBe(true);
    expect(metadata).toMatchObject({ encoder_fingerprint: null, settings: { segments: 'in memory' } });
    const first = await prune({ ...options, segmentStarts: starts.slice(0, -1) });
    expect(named(first.kept)).toEqual(named(result.kept));
  });
});
