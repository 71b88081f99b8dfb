import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { lowestRareOfCounts, lowestRareScore, normalTail } from './falseDiscovery.ts';

const BINS = { bins: 640, from: 0, to: 10 };

function counted(scores: readonly number[]): Float64Array {
  const counts = new Float64Array(BINS.bins);
  for (const score of scores) counts[Math.min(BINS.bins - 1, Math.max(0, Math.floor(score * 64)))]!++;
  return counts;
}

describe('the lowest rare score', () => {
  it('is the lowest at which chance brings at most a share of what is found', () => {
    // Of 1000 pairs 1.35 reach 3 by chance and 0.0317 reach 4: six found at 3 are rare from q = 0.225 on, four found at 4 from 0.0079 on.
    const falling = Float64Array.of(5, 4.5, 4.2, 4, 3, 3);
    expect(1000 * normalTail(4)).toBeCloseTo(0.0317, 4);
    expect(lowestRareScore(falling, 1000, 0.01)).toBe(4);
    expect(lowestRareScore(falling, 1000, 0.007)).toBe(4.2);
    expect(lowestRareScore(falling, 1000, 0.23)).toBe(3);
    expect(lowestRareScore(falling.subarray(4), 1000, 0.01)).toBe(Infinity);
  });

  it('lies where its counts say, though each score may have been counted a bin off', () => {
    for (let draw = 0; draw < 200; draw++) {
      const random = seededRandom(`rare ${draw}`);
      const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
      const scores = Array.from({ length: 2000 }, normal);
      for (let i = 0; i < draw % 40; i++) scores.push(3 + 4 * random.uniform());
      const exact = lowestRareScore(Float64Array.from(scores).sort().reverse(), scores.length, 0.01);
      const seen = scores.map((score) => score + (random.uniform() - 0.5) / 64);
      const { earliest, atEarliest, latest, top } = lowestRareOfCounts(counted(seen), BINS, scores.length, 0.01);
      expect(earliest).toBeLessThanOrEqual(exact);
      expect(top).toBeGreaterThan(Math.max(...seen));
      if (earliest < Infinity) expect(atEarliest).toBe(seen.filter((score) => score >= earliest).length);
      // By the counts alone it is found to about a bin, where pairs are not few.
      expect(latest).toBeGreaterThanOrEqual(earliest);
    }
  });

  it('is nowhere without pairs', () => {
    expect(lowestRareOfCounts(new Float64Array(640), BINS, 0, 0.01)).toMatchObject({
      earliest: Infinity,
      latest: Infinity,
      top: 0,
    });
  });
});
