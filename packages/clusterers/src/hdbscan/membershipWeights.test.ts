import { describe, expect, it } from 'vitest';
import { membershipWeights } from './membershipWeights.ts';

const NAN = Number.NaN;

function weigh(distances: number[], heights: number[], deaths: number[], lambda: number, lambdaMax: number): number[] {
  const weights = new Float64Array(distances.length);
  const [d, h, e] = [distances, heights, deaths].map((values) => Float64Array.from(values));
  membershipWeights(weights, d!, h!, e!, { lambda, lambdaMax });
  return Array.from(weights);
}

describe('membership weights', () => {
  it('are products of closeness and the softmax of heights, times the probability of any cluster', () => {
    // Scores 4 / (4 − 2) = 2 and 4 / (4 − 1) = 4/3; closeness 1 and 1/2; the point stays until 2 of 4.
    const [own, other] = [Math.exp(2) * 1, Math.exp(4 / 3) * 0.5];
    const [a, b] = weigh([1, 2], [NAN, 1], [4, 9], 2, 4);
    expect(a).toBeCloseTo(((own / (own + other)) * 2) / 4, 12);
    expect(b).toBeCloseTo(((other / (own + other)) * 2) / 4, 12);
  });

  it('go to the exemplar at distance 0, and to the height of λ_max', () => {
    expect(weigh([0, 1], [1, NAN], [4, 4], 2, 4)).toEqual([0.5, 0]);
    expect(weigh([5, 1], [NAN, 1], [4, 4], 4, 4)).toEqual([1, 0]);
    expect(weigh([5, 5, 1], [NAN, NAN, 1], [4, 4, 4], 4, 4)).toEqual([0.5, 0.5, 0]);
    // Distance and height name different clusters.
    expect(weigh([5, 0], [NAN, 1], [4, 4], 4, 4)).toEqual([0, 1]);
  });

  it('have limits at infinite λ, and none at λ = 0', () => {
    expect(weigh([5, 1], [NAN, 1], [Infinity, 4], Infinity, Infinity)).toEqual([1, 0]);
    // Next to duplicates all finite heights are alike, and such a point is in no cluster.
    expect(weigh([1, 1], [NAN, 1], [Infinity, 4], 2, Infinity)).toEqual([0, 0]);
    expect(weigh([1, 1], [0, 0], [4, 4], 0, 4)).toEqual([0, 0]);
    expect(weigh([1], [NAN], [0], 0, 0)).toEqual([0]);
  });

  it('do not overflow where a height is nearly λ_max', () => {
    const [a, b] = weigh([1, 1], [NAN, 1], [4, 4], 4 - 1e-12, 4);
    expect(a).toBeCloseTo(1, 9);
    expect(b).toBe(0);
  });
});
