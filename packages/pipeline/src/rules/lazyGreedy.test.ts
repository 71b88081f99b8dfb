import { compareKeys } from '@refrain/core/pruning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lazyGreedy } from './lazyGreedy.ts';

describe('lazyGreedy', () => {
  it('always visits the smallest key of all, while keys grow', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 30 }), fc.nat(5), async (start, growth) => {
        const costs = start.slice();
        const open = new Set(costs.keys());
        await lazyGreedy(
          costs.keys(),
          async (clip) => [costs[clip]!, clip],
          async (clip) => {
            for (const other of open)
              expect(compareKeys([costs[clip]!, clip], [costs[other]!, other])).toBeLessThanOrEqual(0);
            open.delete(clip);
            for (const other of open) if ((other + clip) % 3 === 0) costs[other]! += growth;
            return 'next';
          },
        );
        expect(open.size).toBe(0);
      }),
    ));

  it('leaves out clips without a key, asks anew after a restart, and stops', async () => {
    const costs: (number | undefined)[] = [5, undefined, 3, 4];
    const visited: number[] = [];
    await lazyGreedy(
      costs.keys(),
      async (clip) => (costs[clip] === undefined || visited.includes(clip) ? undefined : [costs[clip], clip]),
      async (clip) => {
        visited.push(clip);
        // Smaller than before: only a restart can see it.
        costs[0] = 1;
        return visited.length === 1 ? 'restart' : visited.length === 3 ? 'stop' : 'next';
      },
    );
    expect(visited).toEqual([2, 0, 3]);
  });

  it('compares keys from the first number on', () => {
    expect(compareKeys([1, 2], [1, 2])).toBe(0);
    expect(compareKeys([1, 3], [1, 2])).toBe(1);
    expect(compareKeys([0, 3], [1, 2])).toBe(-1);
    expect(compareKeys([-Infinity, 1], [-Infinity, 2])).toBe(-1);
  });
});
