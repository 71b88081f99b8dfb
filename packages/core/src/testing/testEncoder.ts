import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Waveform } from '../dataset.ts';
import type { Encoder } from '../encoder.ts';
import { type Matrix, rowOf } from '../matrix.ts';
import { seededRandom } from '../random.ts';
import { closing } from './closing.ts';

const SECONDS_AT_MOST = 64;

/**
 * The conformance suite of the Encoder contract: call it inside a `describe`, with a function that opens the encoder. Every call must give
 * a fresh one; those that can be closed are closed. Most tests share one, used as it is in a run; what a fresh one does is tested by itself.
 */
export function testEncoder(create: () => Encoder | Promise<Encoder>): void {
  const openAnew = (use: (encoder: Encoder) => Promise<void>) => closing(create, use);

  describe('keeps the Encoder contract', () => {
    // One for most of the tests: to open a large model takes longer than they do.
    let shared: Encoder;
    beforeAll(async () => {
      shared = await create();
    });
    afterAll(() => shared?.close?.());
    const open = (use: (encoder: Encoder) => Promise<void>) => use(shared);

    it('has a name, a sample rate, a width, and a fingerprint that stays', () =>
      open(async (encoder) => {
        expect(encoder.name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(Number.isInteger(encoder.sampleRate) && encoder.sampleRate > 0).toBe(true);
        expect(Number.isInteger(encoder.dim) && encoder.dim > 0).toBe(true);
        expect(encoder.fingerprint).not.toBe('');
        await openAnew(async (again) => expect(again.fingerprint).toBe(encoder.fingerprint));
      }));

    it('gives segments × dim finite numbers', () =>
      open(async (encoder) => {
        for (const seconds of [1, 7]) expectEmbeddings(await encoder.encode(noise(encoder, seconds)), encoder);
      }));

    it('gives finite numbers for silence', () =>
      open(async (encoder) => {
        const samples = new Float32Array(4 * encoder.sampleRate);
        expectEmbeddings(await encoder.encode({ samples, sampleRate: encoder.sampleRate }), encoder);
      }));

    it('makes one segment of a very short clip', () =>
      open(async (encoder) => {
        for (const seconds of [0.01, 1 / encoder.sampleRate]) {
          const embeddings = await encoder.encode(noise(encoder, seconds));
          expectEmbeddings(embeddings, encoder);
          expect(embeddings.rows).toBe(1);
        }
      }));

    it('gives the same numbers again, after other audio and beside it, and leaves its input alone', () =>
      open(async (encoder) => {
        const [clip, other] = [noise(encoder, 5), noise(encoder, 3)];
        const before = clip.samples.slice();
        const first = await encoder.encode(clip);
        expect(clip.samples.every((sample, i) => sample === before[i])).toBe(true);
        await encoder.encode(other);
        expect(await encoder.encode(clip)).toEqual(first);
        const [beside] = await Promise.all([encoder.encode(clip), encoder.encode(other)]);
        expect(beside).toEqual(first);
        await openAnew(async (again) => expect(await again.encode(clip)).toEqual(first));
      }));

    it('hears a difference', () =>
      open(async (encoder) => {
        const loud = await encoder.encode(noise(encoder, 5));
        const silent = await encoder.encode({
          samples: new Float32Array(5 * encoder.sampleRate),
          sampleRate: encoder.sampleRate,
        });
        expect(loud).not.toEqual(silent);
      }));

    it('embeds a segment whatever follows it', () =>
      open(async (encoder) => {
        const short = await clipOfSeveralSegments(encoder);
        if (short === undefined) return;
        const twiceAsLong = noise(encoder, (2 * short.samples.length) / encoder.sampleRate);
        const few = await encoder.encode(short);
        const many = await encoder.encode(twiceAsLong);
        expect(many.rows).toBeGreaterThan(few.rows);
        for (let row = 0; row < few.rows; row++) expectClose(rowOf(many, row), rowOf(few, row));
      }));

    it('refuses another sample rate, no samples, and samples that are no numbers', () =>
      open(async (encoder) => {
        const { sampleRate } = encoder;
        const { samples } = noise(encoder, 1);
        const refuses = (waveform: Waveform) =>
          expect(encoder.encode(waveform)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
        await refuses({ samples, sampleRate: sampleRate + 1 });
        await refuses({ samples: new Float32Array(0), sampleRate });
        await refuses({ samples: samples.with(samples.length - 1, Number.NaN), sampleRate });
        await refuses({ samples: samples.with(0, Number.POSITIVE_INFINITY), sampleRate });
      }));

    it('gives the same rows for audio in pieces, where it takes them', () =>
      open(async (encoder) => {
        if (encoder.encodeStream === undefined) return;
        for (const seconds of [0.01, 1, 7, 25]) {
          const { samples } = noise(encoder, seconds);
          const whole = await encoder.encode({ samples, sampleRate: encoder.sampleRate });
          expect(await encoder.encodeStream(inPieces(samples))).toEqual(whole);
        }
        const refuses = (samples: Float32Array) =>
          expect(encoder.encodeStream!(inPieces(samples))).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
        await refuses(new Float32Array(0));
        const { samples } = noise(encoder, 1);
        await refuses(samples.with(samples.length - 1, Number.NaN));
      }));

    it('can be closed twice', async () => {
      const encoder = await create();
      await encoder.close?.();
      await encoder.close?.();
    });
  });
}

/** By sample rate: the longest that was asked for. */
const known = new Map<number, Float32Array>();

/** Noise that swells and fades; a longer clip begins with the shorter one. */
function noise({ sampleRate }: Encoder, seconds: number): Waveform {
  const length = Math.round(seconds * sampleRate);
  let longest = known.get(sampleRate);
  if (longest === undefined || longest.length < length) {
    const random = seededRandom('encoder conformance');
    longest = new Float32Array(length);
    for (let i = 0; i < length; i++)
      longest[i] = (random.uniform() - 0.5) * (0.6 + 0.4 * Math.sin((4 * i) / sampleRate));
    known.set(sampleRate, longest);
  }
  return { samples: longest.slice(0, length), sampleRate };
}

/** Pieces of odd lengths, none among them. */
async function* inPieces(samples: Float32Array): AsyncGenerator<Float32Array> {
  const random = seededRandom('encoder conformance, pieces');
  for (let start = 0; start < samples.length; ) {
    const length = [0, 1, 997, 30_011, 100_003][random.integer(5)]!;
    yield samples.subarray(start, start + length);
    start += length;
  }
}

/** The shortest clip tried that has at least two segments, so that none of them is filled up; undefined for an encoder of whole clips. */
async function clipOfSeveralSegments(encoder: Encoder): Promise<Waveform | undefined> {
  for (let seconds = 1; seconds <= SECONDS_AT_MOST; seconds *= 2) {
    const clip = noise(encoder, seconds);
    if ((await encoder.encode(clip)).rows >= 2) return clip;
  }
  return undefined;
}

function expectEmbeddings({ data, rows, cols }: Matrix, encoder: Encoder): void {
  expect(cols).toBe(encoder.dim);
  expect(rows).toBeGreaterThan(0);
  expect(data).toHaveLength(rows * cols);
  expect(data.every(Number.isFinite)).toBe(true);
}

/** Equal up to what a differently filled batch may change in the last bits. */
function expectClose(a: Float32Array, b: Float32Array): void {
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
  const worst = a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
  expect(worst / scale).toBeLessThan(1e-4);
}
