import { dot, type Matrix, type PruneInput, quietHost, type SimilarityKernel } from '@refrain/core';
import { type TileSize, withReductions } from '@refrain/core/reductions';
import { plainKernel, syntheticPruneInput } from '@refrain/core/testing';
import { CpuKernel, ReferenceKernel } from '@refrain/kernels';
import { type JensenShannonOptions, JensenShannonPruner } from '@refrain/pruners';
import { describe, expect, it } from 'vitest';

// Packages of different kinds do not know each other, so the pair that users run, jensen-shannon on the cpu kernel, meets here.
const SETTINGS: readonly (JensenShannonOptions & Pick<PruneInput, 'keepFraction'>)[] = [
  { t: 0.6 },
  { t: 0.4, theta: 'fdr' },
  { t: 0.5, theta: 'tracks' },
  { t: 1, threshold: 0.75 },
  { keepFraction: 0.15 },
];

/** A kernel as a third party would write it, with tiles of its own size. */
function tiledKernel(tile: TileSize): SimilarityKernel {
  return {
    name: 'tiled',
    load: (points: Matrix, measure = 'inner-product') =>
      withReductions(
        points,
        measure,
        async (some) => ({
          innerProducts: async (rows, cols, into) => {
            let at = 0;
            for (let i = rows.start; i < rows.end; i++) {
              for (let j = cols.start; j < cols.end; j++) into[at++] = dot(some, i, some, j);
            }
          },
          close: async () => {},
        }),
        { tile },
      ),
  };
}

const onThreads = (workers: number) => new CpuKernel({ threadsFrom: 1 }, quietHost({ workers }));

const KERNELS: Readonly<Record<string, SimilarityKernel>> = {
  'cpu on 1 thread': onThreads(1),
  'cpu on 2 threads': onThreads(2),
  'cpu on 7 threads': onThreads(7),
  'cpu in the calling thread': new CpuKernel(),
  'tiles of 7 × 64': tiledKernel({ rows: 7, cols: 64 }),
  'tiles of 513 × 29': tiledKernel({ rows: 513, cols: 29 }),
  'one tile': tiledKernel({ rows: 4000, cols: 4000 }),
  'the reference kernel': new ReferenceKernel(),
};

describe('jensen-shannon, on any number of threads and with tiles of any size', () => {
  // 602 clips, so that the tiles of the cpu kernel, 512 × 512, are several.
  const input = syntheticPruneInput({ clusters: 3, tracks: 42, clips: 6, copies: 14, dim: 32 });
  const pruneOn = (kernel: SimilarityKernel) =>
    Promise.all(
      SETTINGS.map(async ({ keepFraction, ...options }) => {
        const asked = { ...input, ...(keepFraction !== undefined && { keepFraction }) };
        const { keep, removed, group, decisions } = await new JensenShannonPruner(options, kernel).prune(asked);
        return { keep, removed, group, decisions };
      }),
    );
  const expected = pruneOn(plainKernel());

  it('removes much in each setting', async () => {
    for (const { removed } of await expected) expect(removed.length).toBeGreaterThan(input.ids.length / 10);
  });

  it.each(Object.entries(KERNELS))('is the same on %s', async (_, kernel) => {
    expect(await pruneOn(kernel)).toEqual(await expected);
    await kernel.close?.();
  });
});
