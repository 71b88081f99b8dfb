import { describeWithData, testDataJson } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { normalTail } from './falseDiscovery.ts';

describe('normalTail', () => {
  it('is one half in the middle, 1 and 0 at the ends', () => {
    expect(normalTail(0)).toBe(0.5);
    expect(normalTail(-Infinity)).toBe(1);
    expect(normalTail(Infinity)).toBe(0);
    expect(normalTail(Number.NaN)).toBeNaN();
  });

  it('falls without a step where one formula takes over from the other', () => {
    const [before, after] = [normalTail(2 - 1e-9), normalTail(2)];
    const density = Math.exp(-2) / Math.sqrt(2 * Math.PI);
    expect(Math.abs((before - after) / (density * 1e-9) - 1)).toBeLessThan(1e-5);
  });

  it('keeps its relative accuracy far out: above z it is density/z·(1 − 1/z² + 3/z⁴ − 15/z⁶ …)', () => {
    const z = 30;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const asymptotic = (density / z) * (1 - z ** -2 + 3 * z ** -4 - 15 * z ** -6 + 105 * z ** -8);
    expect(Math.abs(normalTail(z) / asymptotic - 1)).toBeLessThan(1e-11);
  });
});

describeWithData('golden/stats', 'normalTail against reference values', () => {
  const { z, sf } = testDataJson<{ z: number[]; sf: number[] }>('golden', 'stats', 'normal_tail.json');
  it.each(z.map((value, i) => [value, sf[i]!] as const))('at %f', (value, expected) => {
    expect(Math.abs(normalTail(value) - expected)).toBeLessThanOrEqual(1e-12 * expected);
  });
});
