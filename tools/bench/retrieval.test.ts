import { describe, expect, it } from 'vitest';
import { purityOfRemovals, retrieval, sNorm } from './retrieval.ts';

/** Four clips: a, a, b, b. Pairs from the most similar on: 01 (hit), 02, 23 (hit), 13, 03, 12. */
const TRACKS = ['a', 'a', 'b', 'b'];
const similarities = Float64Array.of(1, 0.9, 0.8, 0.4, 0.9, 1, 0.3, 0.6, 0.8, 0.3, 1, 0.7, 0.4, 0.6, 0.7, 1);

describe('retrieval', () => {
  it('is measured over pairs', () => {
    const { nearest, auc, averagePrecision, recallAt90 } = retrieval(similarities, TRACKS);
    // 0 and 1 find each other, 2 finds 0, 3 finds 2.
    expect(nearest).toBe(3 / 4);
    expect(averagePrecision).toBeCloseTo((1 / 1 + 2 / 3) / 2, 12);
    expect(recallAt90).toBe(1 / 2);
    // 01 is above all four misses, 23 above three.
    expect(auc).toBe(7 / 8);
  });

  it('does not know an order among pairs that are equally alike', () => {
    const equal = new Float64Array(16).fill(0.5);
    expect(retrieval(equal, TRACKS)).toMatchObject({ auc: 0.5, averagePrecision: 1 / 3, recallAt90: 0 });
  });

  it('leaves clips out that are alone on their track', () => {
    expect(retrieval(similarities, ['a', 'a', 'b', 'c']).nearest).toBe(1);
  });
});

describe('removals', () => {
  it('go with the most similar kept partner', () => {
    // 1 goes for 0, then 2 for 0, which is of another track; then 3 could go for none but 0.
    expect(purityOfRemovals(similarities, TRACKS, 1)).toBe(1);
    expect(purityOfRemovals(similarities, TRACKS, 2)).toBe(1 / 2);
    expect(purityOfRemovals(similarities, TRACKS, 3)).toBe(1 / 3);
  });
});

describe('the S-norm', () => {
  it('is the distance from the mean of all cosines of each clip, in their standard deviations', () => {
    // Row 0 of two clips: 1 and 0, mean 1/2, deviation 1/2; row 1 the same.
    expect(Array.from(sNorm(Float64Array.of(1, 0, 0, 1), 2))).toEqual([1, -1, -1, 1]);
  });
});
