import { readFile } from 'node:fs/promises';
import { dot, type Matrix, quietHost, readNpyMatrix, rowOf, seededRandom, shuffled } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { JensenShannonPruner } from '@refrain/pruners';
import { beforeAll, expect, it } from 'vitest';
import { trainSpace } from './space.ts';

describeWithData('embeddings', 'embeddings of whole clips, by the rule of scores alone', () => {
  let esc10: Matrix;
  beforeAll(async () => {
    esc10 = await readNpyMatrix(testDataPath('embeddings', 'esc10.mtat-musicnn.npy'));
  });

  type Space = 'whitened' | 'standardized';

  function spaceOf(own: Matrix, space: Space) {
    const clips = Array.from({ length: own.rows }, (_, i) => ({
      clip: { id: `clip ${1000 + i}` },
      segments: { rows: 1, cols: own.cols, read: () => ({ data: rowOf(own, i), rows: 1, cols: own.cols }) },
    }));
    return trainSpace(clips, { pooling: 'mean', space }, seededRandom(0));
  }

  /** How many clips go at t = 1. */
  async function removedOf(own: Matrix, space: Space = 'whitened'): Promise<number> {
    const { ids, embeddings } = await spaceOf(own, space);
    const labels = new Int32Array(own.rows);
    const clustering = { labels, clusterCount: 1, probabilities: new Float32Array(own.rows).fill(1) };
    const input = { ids, embeddings, clustering, random: seededRandom(1) };
    const { rule, removed } = await new JensenShannonPruner({ t: 1 }, new CpuKernel(), quietHost()).prune(input);
    expect(rule.kind).toBe('s-norm');
    return removed.length;
  }

  /** Average precision of the pairs of one track among all pairs, by their cosines. */
  function averagePrecision(rows: Matrix, tracks: readonly string[]): number {
    const pairs = tracks.flatMap((track, i) =>
      tracks.slice(0, i).map((other, j) => ({ cosine: dot(rows, i, rows, j), isOne: track === other })),
    );
    pairs.sort((a, b) => b.cosine - a.cosine);
    let [found, sum] = [0, 0];
    for (const [place, { isOne }] of pairs.entries()) if (isOne) sum += ++found / (place + 1);
    return sum / found;
  }

  /** Every column in an order of its own: nothing that clips have in common is left, but what single numbers are like is. */
  function withoutStructure({ data, rows, cols }: Matrix, set: number): Matrix {
    const random = seededRandom(`set ${set}`);
    const mixed = new Float32Array(data.length);
    for (let column = 0; column < cols; column++) {
      for (const [row, from] of shuffled(random, rows).entries())
        mixed[row * cols + column] = data[from * cols + column]!;
    }
    return { data: mixed, rows, cols };
  }

  // The figures are of numpy and of the labels in clips.csv.
  it.each([
    ['esc10.mtat-musicnn', 0.087, 0.151],
    ['esc10.oww', 0.031, 0.056],
    ['music-dev.mtat-musicnn', 0.229, 0.301],
    ['music-dev.oww', 0.074, 0.19],
    ['music-dev.mtat-fcn', 0.142, 0.185],
  ])(
    'has pairs of one track or recording nearer together than the standardised space has them: %s',
    async (name, before, after) => {
      const own = await readNpyMatrix(testDataPath('embeddings', `${name}.npy`));
      const rows = await readFile(testDataPath('embeddings', `${name.split('.')[0]}.rows.txt`), 'utf8');
      // "class/fold-recording-take.ogg" and "folder/track-start-end.mp3".
      const tracks = rows
        .trimEnd()
        .split('\n')
        .map((id) => id.replace(/^.*\/(\d-)?|-[A-Z]\.ogg$|-\d+-\d+\.mp3$/g, ''));
      for (const [space, expected] of [
        ['standardized', before],
        ['whitened', after],
      ] as const)
        expect(averagePrecision((await spaceOf(own, space)).embeddings, tracks)).toBeCloseTo(expected, 3);
    },
  );

  it('finds groups that it does not find in the standardised space', async () => {
    expect(await removedOf(esc10)).toBeGreaterThan(100);
    expect(await removedOf(esc10, 'standardized')).toBe(0);
  });

  it('finds one in at most 1 of 100 sets without structure', async () => {
    const found: number[] = [];
    for (let set = 0; set < 100; set++) if ((await removedOf(withoutStructure(esc10, set))) > 0) found.push(set);
    expect(found.length).toBeLessThanOrEqual(1);
  });
});
