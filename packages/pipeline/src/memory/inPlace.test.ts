import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Matrix, rowOf, seededRandom, shuffled, zeros } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRun } from '../calls/inRun.ts';
import type { PipelineOptions } from '../calls/options.ts';
import { prune } from '../calls/prune.ts';
import { sweepTable } from '../page/sweeps.ts';
import { prunedSource } from '../prune/prunedSource.ts';
import { Stopwatch } from '../run.ts';

// As much as other tests of this process may have taken before, and more.
const AMPLE = 1e12;

/** Tracks of five clips around random directions, some clips twice, and strangers. */
function clips(): Matrix {
  const random = seededRandom(3);
  const matrix = zeros(360, 24);
  for (let i = 0; i < matrix.rows; i++) {
    const row = rowOf(matrix, i);
    const like = i % 5 > 0 && i < 240 ? rowOf(matrix, i - (i % 5)) : undefined;
    for (let k = 0; k < row.length; k++)
      row[k] = like ? like[k]! + 0.2 * (random.uniform() - 0.5) : random.uniform() - 0.5;
  }
  for (let i = 0; i < 60; i++) rowOf(matrix, 300 + i).set(rowOf(matrix, 4 * i));
  return matrix;
}

describe('pruning within a limit of memory', () => {
  let cacheDir: string;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'refrain-in-place-'));
  });
  afterAll(() => rm(cacheDir, { recursive: true }));

  // Ids in another order than the rows, so that nothing lies where it is needed.
  const order = shuffled(seededRandom(1), 360);
  const options = () => ({
    embeddings: clips(),
    ids: Array.from(order, (number) => `clip-${String(number).padStart(3, '0')}`),
    ...{ cacheDir, workers: 2 },
  });

  const CASES: readonly PipelineOptions[] = [
    { t: 1 },
    { t: 1, duplicates: 'keep' },
    { t: 1, duplicates: 'quota' },
    { t: 1, noise: 'recluster' },
    { keep: 0.5 },
  ];

  it.each(CASES)('finds what it finds without one, with %o, also at other t', async (more) => {
    const found = async (maxMemory: number | undefined) =>
      inRun({ ...options(), ...more, maxMemory }, async (run) => {
        const pruned = await prunedSource(run, ['train'], new Stopwatch());
        const { space } = pruned.source;
        expect(space.embeddings.data.buffer).toBeInstanceOf(SharedArrayBuffer);
        expect(space.inPlace === true).toBe(maxMemory !== undefined);
        const { sweep: _, ...outcome } = pruned.outcome;
        return { outcome, swept: sweepTable(pruned), rows: [...space.embeddings.data] };
      });
    const free = await found(undefined);
    expect(free.outcome.removed.length).toBeGreaterThan(30);
    expect(await found(AMPLE)).toEqual(free);
  });

  it('goes for results that are asked again, two at a time', async () => {
    const [free, limited] = [
      await prune({ ...options(), t: 1 }),
      await prune({ ...options(), t: 1, maxMemory: AMPLE }),
    ];
    const changes = [{ t: 0.5 }, { duplicates: 'keep' }, { keep: 0.4 }] as const;
    const kept = async (result: typeof free) =>
      (await Promise.all(changes.map((change) => result.reprune(change)))).map((again) => again.kept);
    expect(await kept(limited)).toEqual(await kept(free));
  });

  it('is refused before anything is read where it cannot be', async () => {
    const early = prune({ embeddings: clips(), maxMemory: 5e7, cacheDir });
    await expect(early).rejects.toThrow(/`maxMemory` is 50 MB, but 360 clips of 24 numbers need at least \d+ MB/);
  });
});
