import type { EvaluationInput, Matrix, SimilarityKernel } from '@refrain/core';
import { plainKernel, syntheticEvaluationInput, testEvaluator } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.ts';

const NEAREST = ['nearest kept similarity, mean', 'nearest kept similarity, worst'];

describe.each(['multi-label', 'single-label', 'unlabelled'] as const)('coverage of a %s input', (task) => {
  testEvaluator(() => new Coverage(plainKernel()), {
    makeInput: () => syntheticEvaluationInput(task),
    undefinedWhenAllKept: ['safe-removal rate', ...NEAREST],
  });
});

// Clips at 0°, 0°, 60°, 90°, 180° and 180° of the unit circle; the last one's track is not known.
function byHand(
  keep: number[],
  tracks: (string | undefined)[] = ['a', 'a', 'b', 'b', 'c', undefined],
): EvaluationInput {
  const input = syntheticEvaluationInput('unlabelled', { tracks: 2, dim: 2 });
  const angles = [0, 0, 60, 90, 180, 180].map((degrees) => (degrees * Math.PI) / 180);
  const data = Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
  return {
    ...input,
    train: {
      ...input.train,
      embeddings: { data, rows: 6, cols: 2 },
      groups: tracks.map((track) => (track === undefined ? undefined : { track })),
    },
    keep: Uint32Array.from(keep),
  };
}

describe('coverage', () => {
  it('of a case worked out by hand', async () => {
    const { metrics, details } = await new Coverage(plainKernel()).evaluate(byHand([0, 1, 2]));
    expect(metrics['track coverage']).toBe(2 / 3);
    expect(metrics['safe-removal rate']).toBe(1 / 2); // clips 3 (track b is kept) and 4 (c is gone)
    expect(metrics['redundancy left']).toBeCloseTo(1 / 3, 12);
    // Nearest kept: clip 3 to clip 2 at 30°, clips 4 and 5 to clip 2 at 120°.
    expect(metrics[NEAREST[0]!]).toBeCloseTo((Math.sqrt(3) / 2 - 1) / 3, 6);
    expect(metrics[NEAREST[1]!]).toBeCloseTo(-1 / 2, 6);
    expect(details).toEqual({ trainClips: 6, kept: 3, removed: 3, tracks: 3 });
  });

  it('of nothing kept and of everything kept', async () => {
    const none = await new Coverage(plainKernel()).evaluate(byHand([]));
    expect(none.metrics).toMatchObject({
      'track coverage': 0,
      'safe-removal rate': 0,
      'redundancy left': Number.NaN,
      [NEAREST[0]!]: Number.NaN,
      [NEAREST[1]!]: Number.NaN,
    });
    const all = await new Coverage(plainKernel()).evaluate(byHand([0, 1, 2, 3, 4, 5]));
    expect(all.metrics).toMatchObject({
      'track coverage': 1,
      'safe-removal rate': Number.NaN,
      'redundancy left': 2 / 5,
    });
  });

  it('leaves the tracks out where none is known', async () => {
    const { metrics } = await new Coverage(plainKernel()).evaluate(byHand([0], Array(6).fill(undefined)));
    expect(Object.keys(metrics)).toEqual(NEAREST);
  });

  it('brings the embeddings to the device once, however often and however parallel it is asked', async () => {
    const { kernel, log } = loggingKernel();
    const coverage = new Coverage(kernel);
    const first = byHand([0]);
    await Promise.all([[0], [1], [2, 3]].map((keep) => coverage.evaluate({ ...first, keep: Uint32Array.from(keep) })));
    expect(log).toEqual(['load']);
    await Promise.all([coverage.evaluate(byHand([0])), coverage.evaluate(first)]);
    expect(log).toEqual(['load', 'close', 'load', 'close', 'load']);
    await coverage.close();
    await coverage.close();
    expect(log).toEqual(['load', 'close', 'load', 'close', 'load', 'close']);
    await coverage.evaluate(first);
    expect(log.at(-1)).toBe('load');
  });

  it('goes on after a failed evaluation', async () => {
    const coverage = new Coverage(plainKernel());
    const bad = byHand([0]);
    bad.train.embeddings.data[5] = Number.NaN;
    await expect(coverage.evaluate(bad)).rejects.toThrow(/clip "train-2" holds NaN/);
    expect((await coverage.evaluate(byHand([0]))).metrics['track coverage']).toBe(1 / 3);
  });

  it('says what does not fit', async () => {
    const coverage = new Coverage(plainKernel());
    await expect(coverage.evaluate(byHand([6]))).rejects.toThrow(
      'keep names clip 6, but the train split has clips 0 to 5.',
    );
    await expect(coverage.evaluate(byHand([1, 1]))).rejects.toThrow('keep names clip 1 ("train-1") twice.');
    await expect(coverage.evaluate(byHand([1], []))).rejects.toThrow(
      'Expected 6 entries of groups in the train split, one a clip, got 0.',
    );
    const input = byHand([1]);
    const train = { ...input.train, embeddings: { ...input.train.embeddings, rows: 5 } };
    await expect(coverage.evaluate({ ...input, train })).rejects.toThrow(/Expected 6 embeddings of the train split/);
  });
});

function loggingKernel(): { kernel: SimilarityKernel; log: string[] } {
  const plain = plainKernel();
  const log: string[] = [];
  const load = async (points: Matrix) => {
    log.push('load');
    const loaded = await plain.load(points);
    return {
      count: loaded.count,
      tolerance: loaded.tolerance,
      tile: loaded.tile.bind(loaded),
      nearest: loaded.nearest.bind(loaded),
      histogram: loaded.histogram.bind(loaded),
      scores: loaded.scores.bind(loaded),
      pairsAbove: loaded.pairsAbove.bind(loaded),
      pairsAlong: loaded.pairsAlong.bind(loaded),
      async close() {
        log.push('close');
        await loaded.close();
      },
    };
  };
  return { kernel: { name: 'logging', load }, log };
}
