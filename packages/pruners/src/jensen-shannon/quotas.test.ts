import { divergencesOf, jensenShannonDivergence } from '@refrain/core/pruning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotasForBudget, quotasForTarget, type SizeClass } from './quotas.ts';

/** The classes of clusters whose groups have the given sizes. */
function classesOf(clusters: readonly (readonly number[])[]): SizeClass[] {
  return clusters.flatMap((sizes, cluster) =>
    [...new Set(sizes)]
      .sort((a, b) => a - b)
      .map((size) => ({
        cluster,
        size,
        groups: [...sizes.keys()].filter((group) => sizes[group] === size),
        clips: sum(sizes),
        groupCount: sizes.length,
      })),
  );
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 25 });
const share = fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));

describe('quotas of size classes', () => {
  it('are what one gets by hand', () => {
    // Four pairs and two single clips: n = 10, G = 6, R = 5/3, a(½) = ½/(½ + 5/6) = 3/8; the pairs keep 4·(1 + 3/8) = 5.5, rounded up.
    expect(Array.from(quotasForTarget(0.5, classesOf([[2, 1, 2, 2, 1, 2]])).kept)).toEqual([2, 6]);
    // One clip of the four goes where a passes 7/8: (1 − t)/((1 − t) + t·5/3) = 7/8, so t = 3/38.
    expect(Array.from(quotasForTarget(3 / 38 - 1e-9, classesOf([[2, 1, 2, 2, 1, 2]])).kept)).toEqual([2, 8]);
    expect(Array.from(quotasForTarget(3 / 38 + 1e-9, classesOf([[2, 1, 2, 2, 1, 2]])).kept)).toEqual([2, 7]);
  });

  it('keep all at t = 0, one of each group at t = 1, and never more at a larger t', () => {
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 3 }), share, share, (clusters, one, other) => {
        const classes = classesOf(clusters);
        expect(Array.from(quotasForTarget(0, classes).kept)).toEqual(
          classes.map(({ size, groups }) => size * groups.length),
        );
        expect(Array.from(quotasForTarget(1, classes).kept)).toEqual(classes.map(({ groups }) => groups.length));
        const fewer = quotasForTarget(Math.max(one, other), classes).kept;
        const more = quotasForTarget(Math.min(one, other), classes).kept;
        for (const [position, kept] of fewer.entries()) expect(kept).toBeLessThanOrEqual(more[position]!);
      }),
    );
  });

  it('leave no more divergence than there was, but for what one clip of each class can do', () => {
    fc.assert(
      fc.property(sizes, share, (groupSizes, t) => {
        const classes = classesOf([groupSizes]);
        const { kept } = quotasForTarget(t, classes);
        const target = classes.map(
          ({ size, groups }) =>
            ((1 - t) * size * groups.length) / sum(groupSizes) + (t * groups.length) / groupSizes.length,
        );
        const before = jensenShannonDivergence(
          classes.map(({ size, groups }) => size * groups.length),
          target,
        );
        const after = jensenShannonDivergence(kept, target);
        expect(after).toBeLessThanOrEqual(before + whatOneClipCanDo(target, sum(kept)));
      }),
      { numRuns: 2000 },
    );
  });

  it('meet any number to the clip, nested, at the t that they name', () => {
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 3 }), (clusters) => {
        const classes = classesOf(clusters);
        let before: Uint32Array = Uint32Array.from(classes, ({ size, groups }) => size * groups.length);
        for (let wanted = sum(clusters.flat()); wanted >= clusters.flat().length; wanted--) {
          const { t, kept, tied } = quotasForBudget(wanted, classes);
          expect(sum(kept) - (tied?.go ?? 0)).toBe(wanted);
          for (const [position, count] of kept.entries()) expect(count).toBeLessThanOrEqual(before[position]!);
          // Where no choice is left, that t gives the same quotas.
          if (tied === undefined) expect(quotasForTarget(t, classes).kept).toEqual(kept);
          before = kept;
        }
        const removable = sum(clusters.flat()) > clusters.flat().length;
        expect(quotasForBudget(clusters.flat().length, classes).t).toBe(removable ? 1 : 0);
      }),
    );
  });

  it('say where a choice between classes is left: two clusters alike', () => {
    const { kept, tied } = quotasForBudget(
      7,
      classesOf([
        [2, 2],
        [2, 2],
      ]),
    );
    expect(Array.from(kept)).toEqual([4, 4]);
    expect(tied).toEqual({ classes: [0, 1], go: 1 });
  });
});

/** The divergence from the target when each class is one clip more or less off its share of K clips, the worse of the two everywhere. */
function whatOneClipCanDo(target: readonly number[], K: number): number {
  const bits = (p: number, q: number) => {
    const m = (p + q) / 2;
    return ((p > 0 ? p * Math.log2(p / m) : 0) + (q > 0 ? q * Math.log2(q / m) : 0)) / 2;
  };
  return sum(target.map((q) => Math.max(bits(q + 1 / K, q), bits(Math.max(0, q - 1 / K), q)))) + 1e-12;
}

describe('divergencesOf', () => {
  it('is measured over classes and over groups: of pairs, half reduced meets the target of one and not of the other', () => {
    const { divergenceBefore, divergenceAfter, groupDivergenceBefore, groupDivergenceAfter } = divergencesOf(
      0.5,
      [2, 2, 2, 2],
      [1, 2, 1, 2],
    );
    expect([divergenceBefore, divergenceAfter, groupDivergenceBefore]).toEqual([0, 0, 0]);
    // P = (1, 2, 1, 2)/6 against ¼ each.
    const p = [1 / 6, 1 / 3, 1 / 6, 1 / 3];
    const expected = p.reduce((total, one) => {
      const m = (one + 0.25) / 2;
      return total + (one * Math.log2(one / m) + 0.25 * Math.log2(0.25 / m)) / 2;
    }, 0);
    expect(groupDivergenceAfter).toBeCloseTo(expected, 12);
  });

  it('is, for a single clip and a group of three at t = 1, what one gets by hand', () => {
    // Classes (1, 3): P₀ = (¼, ¾), U = (½, ½); with one of each kept P = (½, ½).
    const { divergenceBefore, divergenceAfter } = divergencesOf(1, [1, 3], [1, 1]);
    const half = (p: number, q: number) => (p * Math.log2((2 * p) / (p + q)) + q * Math.log2((2 * q) / (p + q))) / 2;
    expect(divergenceBefore).toBeCloseTo(half(0.25, 0.5) + half(0.75, 0.5), 12);
    expect(divergenceAfter).toBe(0);
    expect(divergencesOf(1, [1, 3], [0, 0]).divergenceAfter).toBe(1);
  });
});
