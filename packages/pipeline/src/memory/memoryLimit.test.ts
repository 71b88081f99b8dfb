import { ConfigError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../calls/options.ts';
import { estimate } from './estimate.ts';
import { MemoryLimit } from './memoryLimit.ts';

const shape = { clips: 100_000, cols: 256, givenBytes: 0, copies: 0, copiesPerThread: 0, page: false };

/** The most that any step takes. */
const needed = (threads: number, more: Partial<typeof shape> = {}) =>
  Math.max(...estimate({ ...shape, ...more }, threads).map(({ bytes }) => bytes));

describe('the memory of a run', () => {
  it('is estimated with the embeddings once, and what comes besides', () => {
    const points = 4 * shape.clips * shape.cols;
    expect(needed(1)).toBeGreaterThan(points);
    expect(needed(1)).toBeLessThan(points + 400e6);
    expect(needed(3) - needed(2)).toBeGreaterThan(75e6);
    expect(needed(1, { copies: 1 }) - needed(1)).toBe(points);
    expect(needed(3, { copiesPerThread: 1 }) - needed(3)).toBe(3 * points);
    expect(needed(1, { givenBytes: 1e9 })).toBeGreaterThan(1e9 + points);
    // A map holds 40 kB of each clip, and there is none of more than 50,000.
    expect(needed(1, { clips: 50_000, page: true })).toBeGreaterThan(2e9);
    expect(needed(1, { clips: 50_001, page: true })).toBeLessThan(1e9);
  });

  it('says how many threads work: as many as have room', () => {
    const limit = new MemoryLimit(needed(2), 4);
    expect(limit.threads).toBe(4);
    limit.plan(shape);
    expect(limit.threads).toBe(2);
    limit.plan({ ...shape, clips: 10 });
    expect(limit.threads).toBe(4);
  });

  it('is refused where not one has, with what is needed and what lowers it', () => {
    const refusal = (more: Partial<typeof shape>) => {
      try {
        new MemoryLimit(300e6, 4).plan({ ...shape, ...more });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(error).toMatchObject({ option: 'maxMemory' });
        return (error as Error).message;
      }
      throw new Error('It was not refused.');
    };
    const least = Math.ceil(needed(1) / 1e6);
    expect(refusal({})).toMatch(
      new RegExp(
        `^\`maxMemory\` is 300 MB, but 100000 clips of 256 numbers need at least ${least} MB, for [a-z ]+; their embeddings alone are 103 MB\\.`,
      ),
    );
    expect(refusal({ clips: 20_000, page: true })).toMatch(/for the page; .* With `report` off it is \d+ MB\.$/);
  });

  it('is given as a size', () => {
    const bytes = (maxMemory: unknown) => settingsOf({ maxMemory: maxMemory as number }).maxMemory;
    expect(['1GB', '500MB', '8GiB', '1.5 gb', '2000000', 7e8].map(bytes)).toEqual([
      1e9,
      5e8,
      8 * 2 ** 30,
      1.5e9,
      2e6,
      7e8,
    ]);
    expect(bytes(undefined)).toBeUndefined();
    for (const wrong of ['much', '1 XB', '-1GB', '', 0])
      expect(() => bytes(wrong)).toThrow(expect.objectContaining({ option: 'maxMemory' }));
    expect(() => bytes('much')).toThrow(/size such as 1GB, 500MB or 8GiB/);
  });
});
