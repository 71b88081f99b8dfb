import { seededRandom } from '@refrain/core';
import { isSameRecording, type RecordingRule, SAME_RECORDING, SHARED_AUDIO } from '@refrain/pruned-dataset';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameRecordings } from './recordings.ts';

// What Chromaprint gives for digital silence.
const SILENCE = 627_964_279;

const noise = (frames: number, seed: string) => {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: frames }, () => random.uniform() * 2 ** 32);
};
const join = (...parts: (Uint32Array | number[])[]) => Uint32Array.from(parts.flatMap((part) => Array.from(part)));
const standing = (frames: number, value = SILENCE) => new Uint32Array(frames).fill(value);
/** `values` with each bit turned at `rate`. */
const damaged = (values: Uint32Array, rate: number, seed: string) => {
  const random = seededRandom(seed);
  return values.map((value) => {
    let turned = value;
    for (let bit = 0; bit < 32; bit++) if (random.uniform() < rate) turned ^= 1 << bit;
    return turned;
  });
};

/** Share of bits that differ, 0…1. */
function meanBits(pairs: readonly (readonly [number, number])[]): number {
  const bits = pairs.map(([x, y]) => ((x ^ y) >>> 0).toString(2).replaceAll('0', '').length);
  return bits.length === 0 ? 0 : bits.reduce((sum, count) => sum + count, 0) / (32 * bits.length);
}

/** The rule again, from texts of bits, with no early end and no counting ahead. */
function oracle(a: Uint32Array, b: Uint32Array, rule: RecordingRule) {
  const changes = (values: Uint32Array, k: number) => k === 0 || values[k] !== values[k - 1];
  const frames = (values: Uint32Array) => Array.from(values.keys());
  const all = [a, b].map((values) => frames(values).filter((k) => changes(values, k)).length);
  const needed = Math.max(rule.minFrames, Math.min(...all, 2 * (rule.sufficientFrames ?? 1000)) / 2);
  const rates: { errorRate: number; overlap: number; offset: number }[] = [];
  for (let offset = -b.length; offset <= a.length; offset++) {
    const beside = frames(a).filter((k) => k - offset >= 0 && k - offset < b.length);
    const ofA = beside.filter((k) => changes(a, k)).length;
    const ofB = beside.filter((k) => changes(b, k - offset)).length;
    const counted = beside.filter((k) => changes(a, k) || changes(b, k - offset));
    if (ofA < needed || ofB < needed || counted.length === 0) continue;
    const errorRate = meanBits(counted.map((k) => [a[k]!, b[k - offset]!]));
    const lag = Math.min(8, Math.floor(beside.length / 2));
    const change = [beside, beside.map((k) => k - offset)].map((part, of) =>
      meanBits(part.slice(lag).map((k) => [[a, b][of]![k]!, [a, b][of]![k - lag]!])),
    );
    const limit = counted.length < rule.longOverlap ? rule.maxShareOfChange * Math.min(...change) : 1;
    if (errorRate <= Math.min(rule.maxErrorRate, limit)) rates.push({ errorRate, overlap: counted.length, offset });
  }
  return rates.sort(
    (x, y) =>
      x.errorRate - y.errorRate ||
      y.overlap - x.overlap ||
      Math.abs(x.offset) - Math.abs(y.offset) ||
      y.offset - x.offset,
  )[0];
}

describe('one pair', () => {
  const clip = noise(200, 'clip');

  it('of equal fingerprints has no errors at offset 0', () => {
    expect(isSameRecording(clip, clip.slice())).toEqual({ offset: 0, overlap: 200, errorRate: 0 });
  });

  it('with one of 32 bits turned in every frame has an error rate of 1/32', () => {
    const turned = clip.map((value, k) => value ^ (1 << (k % 32)));
    expect(isSameRecording(clip, turned)).toEqual({ offset: 0, overlap: 200, errorRate: 1 / 32 });
  });

  it('is accepted at the limit and not above it', () => {
    const turned = (bits: number) => clip.map((value) => value ^ (2 ** bits - 1));
    const rule = { ...SAME_RECORDING, maxErrorRate: 4 / 32 };
    expect(isSameRecording(clip, turned(4), rule)?.errorRate).toBe(4 / 32);
    expect(isSameRecording(clip, turned(5), rule)).toBeUndefined();
  });

  it('is found where the second begins later, and swapped with the opposite offset', () => {
    const later = join(clip.subarray(60), noise(60, 'what follows'));
    expect(isSameRecording(clip, later)).toEqual({ offset: 60, overlap: 140, errorRate: 0 });
    expect(isSameRecording(later, clip)).toEqual({ offset: -60, overlap: 140, errorRate: 0 });
  });

  it('must overlap by half of the shorter clip', () => {
    const shifted = (by: number) => join(clip.subarray(by), noise(by, 'what follows'));
    expect(isSameRecording(clip, shifted(100))?.offset).toBe(100);
    expect(isSameRecording(clip, shifted(101))).toBeUndefined();
    expect(isSameRecording(clip, clip.subarray(30, 90))?.offset).toBe(30);
  });

  it('shares audio by forty frames, however long the clips are', () => {
    const shifted = (by: number) => join(clip.subarray(by), noise(by, 'what follows'));
    expect(isSameRecording(clip, shifted(160), SHARED_AUDIO)?.offset).toBe(160);
    expect(isSameRecording(clip, shifted(161), SHARED_AUDIO)).toBeUndefined();
    // Of a short clip half is enough still.
    expect(isSameRecording(clip, clip.subarray(0, 12), SHARED_AUDIO)?.overlap).toBe(12);
  });

  it('must overlap by twelve frames', () => {
    expect(isSameRecording(clip, clip.subarray(0, 12))?.overlap).toBe(12);
    expect(isSameRecording(clip, clip.subarray(0, 11))).toBeUndefined();
    expect(isSameRecording(new Uint32Array(0), new Uint32Array(0))).toBeUndefined();
  });

  it('of less than forty frames must be far nearer than a second makes either unlike itself', () => {
    // One bit of the frame's own in the first half of the bits, or in the second: 2 of 32 differ, of both and of frames a second apart.
    const chord = (frames: number, from: number) =>
      Uint32Array.from({ length: frames }, (_, k) => SILENCE ^ (1 << (from + (k % 13))));
    expect(isSameRecording(chord(39, 0), chord(39, 16))).toBeUndefined();
    expect(isSameRecording(chord(40, 0), chord(40, 16))).toEqual({ offset: 0, overlap: 40, errorRate: 2 / 32 });
    expect(isSameRecording(chord(39, 0), chord(39, 0))).toEqual({ offset: 0, overlap: 39, errorRate: 0 });
    // Noise differs by half of its bits from what was a second before, so up to an eighth may be wrong; the error rate alone allows a tenth.
    const wrong = (bits: number) => clip.subarray(0, 30).map((value) => value ^ (2 ** bits - 1));
    expect(isSameRecording(clip, wrong(3))?.errorRate).toBe(3 / 32);
    expect(isSameRecording(clip, wrong(4))).toBeUndefined();
  });

  it('is not told by silence or a standing tone', () => {
    expect(isSameRecording(standing(200), standing(200))).toBeUndefined();
    const [one, other] = ['one', 'other'].map((name) => join(standing(160), noise(50, name)));
    expect(isSameRecording(one!, other!)).toBeUndefined();
    expect(isSameRecording(one!, one!)).toEqual({ offset: 0, overlap: 51, errorRate: 0 });
    const flicker = Uint32Array.from({ length: 200 }, (_, k) => SILENCE ^ (k % 2));
    expect(isSameRecording(standing(200), flicker)).toBeUndefined();
  });

  it('agrees with all offsets tried naively, and swapped', () => {
    // Few different values, so that runs, repeats and near misses occur.
    const value = fc.constantFrom(0, 1, 3, 0xff, 0xffff, 0xffffffff, 0xf0f0f0f0);
    const fingerprint = fc.array(value, { maxLength: 24 }).map((values) => Uint32Array.from(values));
    const rule = fc.record({
      maxErrorRate: fc.constantFrom(0.1, 0.25, 0.4),
      minFrames: fc.integer({ min: 1, max: 8 }),
      sufficientFrames: fc.constantFrom(4, 8, 1000),
      longOverlap: fc.constantFrom(0, 8, 16),
      maxShareOfChange: fc.constantFrom(0.25, 0.5, 1),
    });
    fc.assert(
      fc.property(fingerprint, fingerprint, rule, (a, b, limits) => {
        const found = isSameRecording(a, b, limits);
        expect(found).toEqual(oracle(a, b, limits));
        const swapped = isSameRecording(b, a, limits);
        expect(swapped?.errorRate).toBe(found?.errorRate);
        expect(swapped?.overlap).toBe(found?.overlap);
        expect(Math.abs(swapped?.offset ?? 0)).toBe(Math.abs(found?.offset ?? 0));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('all pairs', () => {
  it('are those that hold one by one, whatever else is there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1000 }),
        fc.array(fc.record({ of: fc.nat(3), from: fc.integer({ min: 0, max: 60 }), errors: fc.nat(8) }), {
          minLength: 2,
          maxLength: 10,
        }),
        async (seed, cuts) => {
          const sources = [0, 1, 2, 3].map((n) => noise(220, `${seed}/${n}`));
          const clips = cuts.map(({ of, from, errors }, n) =>
            damaged(sources[of]!.subarray(from, from + 160), errors / 200, `${seed}/${n}`),
          );
          const expected = clips.flatMap((a, i) =>
            clips.flatMap((b, j) => {
              const alignment = i < j ? isSameRecording(a, b) : undefined;
              return alignment ? [{ i, j, ...alignment }] : [];
            }),
          );
          expect(await sameRecordings(clips)).toEqual(expected);
          const ofOneSource = cuts.flatMap((a, i) => cuts.flatMap((b, j) => (i < j && a.of === b.of ? [[i, j]] : [])));
          expect(expected.map(({ i, j }) => [i, j])).toEqual(ofOneSource);
        },
      ),
      { seed: 11, numRuns: 30 },
    );
  });

  it('are not made by silence, before thousands of clips or beside none', async () => {
    const clips = Array.from({ length: 1500 }, (_, n) => join(standing(20), noise(40, `clip ${n}`)));
    expect(await sameRecordings([...clips, standing(60), new Uint32Array(0)])).toEqual([]);
    expect(await sameRecordings([...clips, clips[700]!])).toEqual([
      { i: 700, j: 1500, offset: 0, overlap: 41, errorRate: 0 },
    ]);
    expect(await sameRecordings([])).toEqual([]);
  });

  it('stop when asked to', async () => {
    const clip = noise(100, 'clip');
    await expect(sameRecordings([clip, clip], SAME_RECORDING, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });
});
