import { seededRandom } from '@refrain/core';
import type { SimilarPairs } from '@refrain/core/pruning';
import { describe, expect, it } from 'vitest';
import { groupParts, hashParts, lossOf, pairsOf, randomParts, removalsOf } from './partitions.ts';

const pairs = (...list: readonly (readonly [number, number])[]): SimilarPairs => ({
  i: Uint32Array.from(list, ([i]) => i),
  j: Uint32Array.from(list, ([, j]) => j),
  similarity: new Float64Array(list.length).fill(0.9),
});

describe('parts', () => {
  it('at random are of equal size, and others for another seed', () => {
    const part = randomParts(11, 4, seededRandom(1));
    const sizes = [0, 1, 2, 3].map((one) => part.filter((other) => other === one).length);
    expect(sizes.sort()).toEqual([2, 3, 3, 3]);
    expect(randomParts(11, 4, seededRandom(2))).not.toEqual(part);
  });

  it('by hash depend on the id alone', () => {
    const ids = Array.from({ length: 1000 }, (_, clip) => `clip ${clip}`);
    const part = hashParts(ids, 4);
    expect(hashParts([...ids].reverse(), 4).reverse()).toEqual(part);
    // The first four bytes of SHA-256 of "abc" are ba 78 16 bf (FIPS 180-2, appendix B.1): 0xbf1678ba mod 7.
    expect(hashParts(['abc'], 7)).toEqual(Int32Array.of(0xbf1678ba % 7));
    // Binomial: 250 with a standard deviation of 13.7.
    for (const one of [0, 1, 2, 3]) expect(part.filter((other) => other === one).length).toBeCloseTo(250, -2);
  });

  it('keep groups whole, and are filled evenly', () => {
    // Five, three and two clips: the largest alone, the other two together.
    const groups = [...'aaaaabbbcc'];
    expect(groupParts(groups, 2)).toEqual(Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1));
  });
});

describe('what parts lose', () => {
  // A star of 1 with 0, 2 and 3, and a pair: of six clips one in each of two groups stays, four go.
  const whole = pairs([0, 1], [1, 2], [1, 3], [4, 5]);

  it('is nothing in one part', () => {
    expect(removalsOf(whole, 6)).toBe(4);
    expect(lossOf(whole, new Int32Array(6))).toEqual({ pairs: 0, removals: 0, largest: 1 });
  });

  it('are the pairs between them, and the removals that have no partner any more', () => {
    // Clips 3 and 5 lie apart: pairs 1–3 and 4–5 are cut, and 3 and one of 4 and 5 stay.
    const loss = lossOf(whole, Int32Array.of(0, 0, 0, 1, 0, 1));
    expect(loss).toEqual({ pairs: 0.5, removals: 0.5, largest: 4 / 6 });
  });

  it('at random is 1 − 1/k of the pairs in the mean', () => {
    const many = pairs(...Array.from({ length: 3000 }, (_, pair) => [2 * pair, 2 * pair + 1] as const));
    // Binomial: of 3,000 pairs a share of 3/4 with a standard deviation of 0.008.
    expect(Math.abs(lossOf(many, randomParts(6000, 4, seededRandom(5))).pairs - 0.75)).toBeLessThan(0.035);
  });
});

it('finds the pairs that reach a rule', () => {
  const embeddings = { data: Float32Array.of(1, 0, 0.8, 0.6, 0, 1), rows: 3, cols: 2 };
  const { i, j, similarity } = pairsOf(embeddings, { kind: 'constant', theta: 0.7 });
  expect([[...i], [...j], [...similarity]]).toEqual([[0], [1], [0.8]]);
});
