import { type EvaluationSplit, quietHost, seededRandom, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { EvaluationTask, SetResult } from '../evaluate/evaluate.ts';
import { againstRandom } from './againstRandom.ts';

/** Twenty clips of ten tracks, every other track of the one class. */
const TEST: EvaluationSplit = {
  ids: Array.from({ length: 20 }, (_, clip) => `clip ${clip}`),
  labels: Array.from({ length: 20 }, (_, clip) => ((clip >> 1) % 2 === 0 ? [0] : [])),
  groups: Array.from({ length: 20 }, (_, clip) => ({ track: `track ${clip >> 1}` })),
  embeddings: zeros(20, 1),
  segments: zeros(20, 1),
  segmentStart: Uint32Array.from({ length: 21 }, (_, clip) => clip),
};
const TASK: EvaluationTask = { task: 'multi-label', classes: ['one'], train: TEST, valid: TEST, test: TEST };

/** A set whose predictions are the truth with so much noise, one for each seed. */
function setOf(name: SetResult['name'], noise: number, seeds: number): SetResult {
  const predictions = Array.from({ length: seeds }, (_, seed) => {
    const random = seededRandom(`${name} ${noise} ${seed}`);
    const data = Float64Array.from(TEST.labels, (own) => own.length + noise * (random.uniform() - 0.5));
    return { data, rows: 20, cols: 1 };
  });
  return { name, clips: 9, metrics: {}, positives: [9], first: {}, predictions };
}

const found = (sets: readonly SetResult[]) =>
  againstRandom(TASK, sets, undefined, seededRandom('resamples'), quietHost());

describe('what pruning costs against random sets', () => {
  it('is told with an interval, metric by metric', () => {
    const differences = found([setOf('whole', 0, 10), setOf('pruned', 0.5, 10), setOf('random', 20, 10)])!;
    expect(Object.keys(differences)).toEqual(['PR-AUC', 'ROC-AUC']);
    for (const { difference, interval, verdict } of Object.values(differences)) {
      // Every clip of the class is above every other one, and by chance half of the pairs are.
      expect(difference).toBeGreaterThan(0.2);
      expect(interval[0]).toBeGreaterThan(0);
      expect(interval[1]).toBeGreaterThan(difference);
      expect(verdict).toBe('better');
    }
  });

  it('is no difference where both predict the same', () => {
    const { predictions } = setOf('random', 20, 10);
    const differences = found([{ ...setOf('pruned', 20, 10), predictions: predictions! }, setOf('random', 20, 10)])!;
    expect(differences['ROC-AUC']).toMatchObject({ difference: 0, verdict: 'no difference' });
  });

  it('is not told of one seed, nor where nothing was predicted', () => {
    expect(found([setOf('pruned', 0, 1), setOf('random', 1, 1)])).toBeUndefined();
    const { predictions: _, ...silent } = setOf('pruned', 0, 10);
    expect(found([silent, setOf('random', 1, 10)])).toBeUndefined();
  });
});
