import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOrder, keepingOrder } from './choice.ts';

/** Cosines of directions in the plane, given by angle. */
const cosines = (degrees: readonly number[]) => (i: number, j: number) =>
  Math.cos(((degrees[i]! - degrees[j]!) * Math.PI) / 180);
const clipsOf = (order: Iterable<{ readonly clip: number }>) => Array.from(order, ({ clip }) => clip);

describe('keepingOrder', () => {
  const certainty = cosines([0, 10, 40, 25, 10]);
  const members = Uint32Array.of(0, 1, 2, 3, 4);

  it('starts with the first, then takes whoever is least like all before it; of equals the lower index', () => {
    // 2 is 30° from 1; then 3 is 15° from both, 0 is 10° from 1; 4 is where 1 is.
    expect(clipsOf(keepingOrder(members, 1, certainty))).toEqual([1, 2, 3, 0, 4]);
    expect(clipsOf(keepingOrder(members, 2, certainty))).toEqual([2, 0, 3, 1, 4]);
    const angles = Array.from(keepingOrder(members, 1, certainty), (one) => Math.acos(Math.min(1, one.certainty)));
    expect(angles.slice(1).map((angle) => Math.round((angle * 180) / Math.PI))).toEqual([30, 15, 10, 0]);
  });

  it('takes the more preferred first', () => {
    expect(clipsOf(keepingOrder(members, 1, certainty, Float64Array.of(2, 0, 0, 1, 0)))).toEqual([1, 0, 3, 2, 4]);
  });
});

describe('classOrder', () => {
  const matrix = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 144, maxLength: 144 });
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

  it('lets nothing go while a clip stays that is more surely redundant', () => {
    fc.assert(
      fc.property(matrix, sizes, fc.nat(12), (values, groupSizes, extra) => {
        const certainty = (i: number, j: number) => values[12 * Math.min(i, j) + Math.max(i, j)]!;
        const groups = groupSizes.map((size, group) => Uint32Array.from({ length: size }, (_, k) => 4 * group + k));
        const count = Math.min(
          groups.length + extra,
          groups.reduce((sum, { length }) => sum + length, 0),
        );
        const orders = groups.map((clips) => keepingOrder(clips, clips[0]!, certainty));
        const kept = new Set(classOrder(orders, count).clips);
        expect(kept.size).toBe(count);
        // How surely each may go: its greatest certainty with a kept clip of its group other than itself.
        const nearestKept = (clips: Uint32Array, clip: number) =>
          Math.max(
            ...Array.from(clips)
              .filter((other) => other !== clip && kept.has(other))
              .map((other) => certainty(clip, other)),
          );
        const all = groups.flatMap((clips) =>
          Array.from(clips, (clip) => ({ clip, nearest: nearestKept(clips, clip) })),
        );
        const gone = all.filter(({ clip }) => !kept.has(clip)).map(({ nearest }) => nearest);
        const stay = all
          .filter(({ clip, nearest }) => kept.has(clip) && nearest > -Infinity)
          .map(({ nearest }) => nearest);
        expect(Math.min(...gone)).toBeGreaterThanOrEqual(Math.max(...stay));
        for (const clips of groups) expect(kept).toContain(clips[0]);
      }),
    );
  });

  it('is nested: a larger count only adds', () => {
    fc.assert(
      fc.property(matrix, sizes, (values, groupSizes) => {
        const certainty = (i: number, j: number) => values[12 * Math.min(i, j) + Math.max(i, j)]!;
        const groups = groupSizes.map((size, group) => Uint32Array.from({ length: size }, (_, k) => 4 * group + k));
        const orders = () => groups.map((clips) => keepingOrder(clips, clips[0]!, certainty));
        const most = groups.reduce((sum, { length }) => sum + length, 0);
        const whole = classOrder(orders(), most).clips;
        for (let count = groups.length; count < most; count++)
          expect(new Set(classOrder(orders(), count).clips)).toEqual(new Set(whole.slice(0, count)));
      }),
    );
  });
});
