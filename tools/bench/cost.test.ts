import { expect, it } from 'vitest';
import { costOf, seconds } from './cost.ts';

it('counts user and system time in seconds', () => {
  expect(seconds({ user: 1_500_000, system: 250_000 })).toBe(1.75);
});

it('reports the work, its result, and bytes', async () => {
  const { result, cost } = await costOf(async () => {
    let sum = 0;
    for (let i = 0; i < 5e6; i++) sum += Math.sqrt(i);
    return sum > 0;
  });
  expect(result).toBe(true);
  expect(cost.cpuSeconds).toBeGreaterThan(0);
  expect(cost.wallSeconds).toBeGreaterThan(0);
  expect(cost.processCpuSeconds).toBeGreaterThanOrEqual(cost.cpuSeconds);
  // A Node process has tens of megabytes: neither thousands of bytes nor terabytes.
  expect(cost.peakBytes).toBeGreaterThan(20e6);
  expect(cost.peakBytes).toBeLessThan(100e9);
  // Linux counts the two apart, and not to the page.
  expect(cost.baselineBytes).toBeLessThanOrEqual(1.1 * cost.peakBytes);
});
