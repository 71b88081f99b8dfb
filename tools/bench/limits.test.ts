import { expect, it } from 'vitest';
import { limitSentence, limitsFor } from './limits.ts';

const cost = { cpuSeconds: 21.04, wallSeconds: 11, processCpuSeconds: 22, baselineBytes: 1e8, peakBytes: 500e6 };

it('limits time and memory at the size of MagnaTagATune, memory alone beyond it', () => {
  expect(limitsFor(25_863)).toEqual({ cpuSeconds: 20, peakBytes: 500e6 });
  expect(limitsFor(241_904)).toEqual({ peakBytes: 4e9 });
});

it('says of each limit whether it is held; a limit that is just reached is', () => {
  expect(limitSentence('a', cost, limitsFor(25_863))).toBe(
    'a: 21.0 **above the limit of** 20 CPU s, 500 of at most 500 MB of peak memory.',
  );
  expect(limitSentence('b', { ...cost, peakBytes: 4.001e9 }, limitsFor(241_904))).toBe(
    'b: 4,001 **above the limit of** 4,000 MB of peak memory.',
  );
});
