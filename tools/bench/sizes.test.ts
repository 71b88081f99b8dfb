import { expect, it } from 'vitest';
import { crossing, linearAndPairs, stageCosts } from './sizes.ts';

const unit = { clip: 0.5, segment: 0.001, rate: 1e9, halfPasses: 4, record: 0.01 };

it('adds what grows with the clips and what grows with their pairs', () => {
  // 1,000 clips of 10 segments: 10,000 segments; 4 half passes of 1000² · 100 = 1e8 operations at 1e9 a second.
  expect(stageCosts({ clips: 1000, segmentsPerClip: 10, dim: 100 }, unit)).toEqual({
    embed: 500,
    space: 10,
    pairs: 0.4,
    records: 10,
    cacheBytes: 4_000_000,
    rowBytes: 400_000,
  });
});

it('finds where pairs cost as much as embedding', () => {
  const clips = crossing(100, unit);
  const { embed, pairs } = stageCosts({ clips, segmentsPerClip: 10, dim: 100 }, unit);
  expect(pairs).toBeCloseTo(embed, 6);
  // 0.5 · 1e9 / (4 · 100)
  expect(clips).toBe(1_250_000);
});

it('tells what grows with the clips from what grows with the pairs by two sizes', () => {
  // 0.01 s a clip and 3 half passes of n² · 50 at 1e6 a second: 1.5e-4 n².
  const seconds = (clips: number) => 0.01 * clips + 1.5e-4 * clips * clips;
  const two = [
    { clips: 100, seconds: seconds(100) },
    { clips: 300, seconds: seconds(300) },
  ] as const;
  const { record, halfPasses } = linearAndPairs(two, 50, 1e6);
  expect(record).toBeCloseTo(0.01, 12);
  expect(halfPasses).toBeCloseTo(3, 10);
});
