import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleIndices, seededRandom, shuffled } from './random.ts';

describe('seeded random numbers', () => {
  it('repeat with the seed and differ without it', () => {
    const draw = (seed: number | string) => Array.from({ length: 8 }, seededRandom(seed).uniform);
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).toEqual(draw('42'));
    expect(draw(42)).not.toEqual(draw(43));
  });

  it('are uniform: mean, spread and share below a quarter, within five standard errors', () => {
    const random = seededRandom('uniformity');
    const n = 20_000;
    const values = Array.from({ length: n }, () => random.uniform());
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(values.filter((value) => value < 0.25).length / n - 0.25)).toBeLessThan(
      5 * Math.sqrt((0.25 * 0.75) / n),
    );
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('fork by name, whatever was drawn before', () => {
    const [a, b] = [seededRandom(1), seededRandom(1)];
    b.uniform();
    expect(a.fork('clip').uniform()).toBe(b.fork('clip').uniform());
    expect(a.fork('clip').uniform()).not.toBe(a.fork('other').uniform());
  });
});

describe('sampling', () => {
  it('shuffles every index exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (count, seed) => {
        const order = shuffled(seededRandom(seed), count);
        expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it('draws each index equally often', () => {
    const hits = new Array<number>(6).fill(0);
    const repeats = 6000;
    for (let i = 0; i < repeats; i++) for (const index of sampleIndices(seededRandom(i), 6, 2)) hits[index]!++;
    for (const count of hits)
      expect(Math.abs(count - repeats / 3)).toBeLessThan(5 * Math.sqrt(repeats * (1 / 3) * (2 / 3)));
  });

  it('gives ascending indices', () => {
    const drawn = Array.from(sampleIndices(seededRandom(3), 100, 30));
    expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
    expect(drawn).toHaveLength(30);
  });
});
