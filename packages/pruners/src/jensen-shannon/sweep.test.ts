import type { PruneInput } from '@refrain/core';
import { plainKernel, type SyntheticPruning, syntheticPruneInput } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JensenShannonPruner } from './jensenShannonPruner.ts';
import type { JensenShannonOptions } from './options.ts';

const prune = (input: PruneInput, options: JensenShannonOptions) =>
  new JensenShannonPruner(options, plainKernel()).prune(input);

const synthetic: fc.Arbitrary<SyntheticPruning> = fc.record({
  clusters: fc.integer({ min: 1, max: 3 }),
  tracks: fc.integer({ min: 1, max: 5 }),
  clips: fc.integer({ min: 1, max: 7 }),
  copies: fc.integer({ min: 0, max: 4 }),
  dim: fc.constantFrom(8, 24),
  seed: fc.nat({ max: 1e6 }),
});
const rule = fc.record<JensenShannonOptions>(
  {
    theta: fc.constantFrom('s-norm', 'reliability'),
    threshold: fc.constantFrom(0.5, 0.9),
    noise: fc.constantFrom('prune', 'keep'),
    scope: fc.constantFrom('set', 'cluster'),
  },
  { requiredKeys: ['noise', 'scope'] },
);
const share = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));

describe('what jensen-shannon says of other t', () => {
  it('is what it does at them, whichever it was asked at, clip by clip', async () => {
    let removals = 0;
    await fc.assert(
      fc.asyncProperty(synthetic, rule, share, fc.array(share, { maxLength: 3 }), async (made, options, t, values) => {
        const input = syntheticPruneInput(made);
        const { sweep } = await prune(input, { ...options, t });
        const points = [...sweep!(values)];
        expect(points.map((point) => point.t)).toEqual(values);
        for (const { t: other, keep, removed, divergenceAfter, divergenceBefore } of points) {
          const real = await prune(input, { ...options, t: other });
          expect([keep, removed]).toEqual([real.keep, real.removed]);
          const pruned = real.clusters.filter(({ label }) => label >= 0 || options.noise === 'prune');
          const clips = pruned.reduce((sum, { size }) => sum + size, 0);
          const mean = (of: (cluster: (typeof pruned)[number]) => number) =>
            pruned.reduce((sum, cluster) => sum + cluster.size * of(cluster), 0) / clips;
          expect(divergenceAfter).toBeCloseTo(
            mean((one) => one.divergenceAfter),
            12,
          );
          expect(divergenceBefore).toBeCloseTo(
            mean((one) => one.divergenceBefore),
            12,
          );
          removals += removed.length;
        }
      }),
    );
    expect(removals).toBeGreaterThan(100);
  });

  it('keeps to the groups of a lower strength, where a wanted size needs one', async () => {
    const input = { ...syntheticPruneInput({ seed: 3 }), keepFraction: 0.4 };
    const { sweep, keep, decisions } = await prune(input, {});
    const [all, few] = [...sweep!([0, 1])];
    expect(all!.keep).toHaveLength(input.ids.length);
    expect(few!.keep.length).toBe(decisions.groups);
    expect(few!.keep.length).toBeLessThanOrEqual(keep.length);
  });
});
