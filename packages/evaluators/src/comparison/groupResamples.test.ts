import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { drawGroupResamples, fillClipWeights } from './resamples.ts';

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

describe('drawGroupResamples', () => {
  it('keeps the clips of a group together, and takes a clip without one alone', () => {
    const resamples = drawGroupResamples(['x', undefined, 'y', 'x', undefined], 50, seededRandom(1));
    expect(Array.from(resamples.groupOfClip)).toEqual([0, 1, 2, 0, 3]);
    expect(resamples.groupCount).toBe(4);
    const weights = new Uint16Array(5);
    for (let row = 0; row < resamples.count; row++) {
      fillClipWeights(resamples, row, weights);
      expect(weights[0]).toBe(weights[3]);
      expect(sum(weights) - weights[3]!).toBe(4);
    }
  });

  it('draws every group once a resample on average', () => {
    const { draws, groupCount } = drawGroupResamples(['a', 'b', 'c'], 3000, seededRandom(2));
    for (let group = 0; group < groupCount; group++) {
      const drawn = sum(draws.slice(0, 9000).filter((_, i) => i % groupCount === group));
      // Binomial: 3000 ± 45, and four of those deviations.
      expect(Math.abs(drawn - 3000)).toBeLessThan(180);
    }
  });

  it.each([7, 450])('leaves each of %d groups out of exactly one block', (groups) => {
    const names = Array.from({ length: groups }, (_, i) => String(i));
    const { draws, blockCount, groupCount } = drawGroupResamples(names, 2, seededRandom(3));
    expect(blockCount).toBe(Math.min(groups, 200));
    const blocks = Array.from({ length: blockCount }, (_, block) => {
      return draws.subarray((2 + block) * groupCount, (3 + block) * groupCount);
    });
    for (let group = 0; group < groupCount; group++) {
      expect(sum(blocks.map((block) => block[group]!))).toBe(blockCount - 1);
    }
    const sizes = blocks.map((block) => groupCount - sum(block));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it('is the same for the same seed', () => {
    const draw = (seed: number) => drawGroupResamples(['a', 'b', 'c', 'd'], 20, seededRandom(seed)).draws;
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  it('wants two groups', () => {
    expect(() => drawGroupResamples(['a', 'a'], 10, seededRandom(6))).toThrow(
      /groups of test clips to resample, got 1/,
    );
  });
});
