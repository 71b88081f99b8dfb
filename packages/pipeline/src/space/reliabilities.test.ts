import { type Matrix, type Random, seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { SelfSimilarity } from './reliabilities.ts';

const clipsOf = (cols: number, clips: readonly (readonly number[])[]): Matrix[] =>
  clips.map((values) => ({ data: Float32Array.from(values), rows: values.length / cols, cols }));

function reliabilities(clips: readonly Matrix[], random: Random) {
  const selves = new SelfSimilarity(random);
  for (const clip of clips) selves.add(clip);
  return selves.finish();
}

const seed = seededRandom(7);
const reliabilityOf = (cols: number, clip: readonly number[]) => reliabilities(clipsOf(cols, [clip]), seed)!.r[0];

describe('the reliability of a clip', () => {
  it('is 1 where all segments point one way', () => {
    expect(reliabilityOf(2, [1, 2, 2, 4, 0.5, 1, 3, 6])).toBeCloseTo(1, 12);
    expect(reliabilityOf(2, [1, 2, 2, 4, 0.5, 1, 3, 6, 4, 8])).toBeCloseTo(1, 12);
  });

  it('is the Spearman-Brown lift of the cosine of its halves', () => {
    // Any two of (1,1,0,0), (1,0,1,0), (1,0,0,1), (1,0,0,0) have sums whose cosine is 4 / √(6·5), whichever they are.
    const segments = [1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0];
    const h = 4 / Math.sqrt(6 * 5);
    expect(reliabilityOf(4, segments)).toBeCloseTo((2 * h) / (1 + h), 12);
  });

  it('is 0 where the halves have nothing in common or oppose each other', () => {
    expect(reliabilityOf(4, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBe(0);
    // Two and two cancel or oppose: cosine 0 or −1.
    expect(reliabilityOf(1, [1, 1, -1, -1])).toBe(0);
  });

  it('is the median of the measured for a short or silent clip', () => {
    const same = [1, 0, 1, 0, 1, 0, 1, 0];
    const different = [1, 0, 0, 1, -1, 0, 0, -1];
    const clips = [same, [1, 0], different, [0, 0, 0, 0, 0, 0, 0, 0]];
    const { r, measured } = reliabilities(clipsOf(2, clips), seed)!;
    expect(measured).toBe(2);
    expect(r[0]).toBe(1);
    expect(r[1]).toBe((r[0]! + r[2]!) / 2);
    expect(r[3]).toBe(r[1]);
    const three = [same, same, different, [1, 1]];
    expect(reliabilities(clipsOf(2, three), seed)!.r[3]).toBe(1);
  });

  it('cannot be had where no clip has four segments', () => {
    expect(reliabilities(clipsOf(1, [[1, 2, 3], [1]]), seed)).toBeUndefined();
    expect(reliabilities(clipsOf(1, []), seed)).toBeUndefined();
  });

  it('depends on its own segments only: equal clips have the same', () => {
    const random = seededRandom(3);
    const clips = Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 3 * (4 + i) }, () => random.uniform() - 0.3),
    );
    const { r } = reliabilities(clipsOf(3, clips), seed)!;
    expect(reliabilities(clipsOf(3, clips.toReversed()), seed)!.r.toReversed()).toEqual(r);
    expect(reliabilities(clipsOf(3, clips), seed)!.r).toEqual(r);
    expect(reliabilities(clipsOf(3, [clips[2]!, clips[2]!]), seed)!.r).toEqual(Float64Array.of(r[2]!, r[2]!));
    expect(r.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(new Set(r).size).toBeGreaterThan(1);
  });
});
