import { expect, it } from 'vitest';
import { crossing, recordCost, stageCosts } from './sizes.ts';

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

it('tells what a clip takes besides the pairs', () => {
  // 3 half passes of 200² · 50 at 1e6 a second are 6 s, of 8: 2 s for 200 clips.
  expect(recordCost(8, 200, 50, 1e6, 3)).toBeCloseTo(0.01, 12);
});
