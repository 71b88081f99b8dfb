import { describe, expect, it } from 'vitest';
import { audioPieces, interleaved } from './decodeFile.ts';

// Interleaved floats (AV_SAMPLE_FMT_FLT).
const frame = (sampleRate: number, ...samples: number[]) => ({
  ...{ format: 3, channels: 1, nbSamples: samples.length, sampleRate },
  extendedData: [new Uint8Array(Float32Array.from(samples).buffer)],
});
const decoded = (rates: readonly number[]) => [
  ...audioPieces(
    rates.map((rate, i) => frame(rate, i, i)),
    60,
  ),
];

describe('frames of another sample rate', () => {
  it('are left out where they are few, as damage', () => {
    const [piece] = decoded([8000, 8000, 16_000, 16_000, 8000, 16_000]);
    expect(piece).toEqual({ samples: Float32Array.of(0, 0, 1, 1, 4, 4), sampleRate: 8000, channels: 1 });
  });

  it('are refused where the file goes on with them: it is not cut', () => {
    expect(() => decoded([8000, 8000, 16_000, 16_000, 16_000])).toThrow('sample rate changes from 8000 to 16000 Hz');
  });
});

const bytes = (array: { readonly buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
const frameOf = (
  format: number,
  channels: number,
  nbSamples: number,
  ...planes: { readonly buffer: ArrayBufferLike }[]
) => ({
  ...{ format, channels, nbSamples, sampleRate: 8000 },
  extendedData: planes.map(bytes),
});

// Numbers of the formats: FFmpeg, libavutil/samplefmt.h.
describe('interleaved', () => {
  it.each([
    ['u8', frameOf(0, 1, 3, Uint8Array.of(0, 128, 192)), [-1, 0, 0.5]],
    ['s16', frameOf(1, 2, 2, Int16Array.of(16_384, -16_384, -32_768, 8_192)), [0.5, -0.5, -1, 0.25]],
    ['s32', frameOf(2, 1, 2, Int32Array.of(-(2 ** 31), 2 ** 30)), [-1, 0.5]],
    ['flt', frameOf(3, 2, 2, Float32Array.of(1, 0.5, -0.25, 0.75)), [1, 0.5, -0.25, 0.75]],
    ['dbl', frameOf(4, 1, 2, Float64Array.of(0.125, -2)), [0.125, -2]],
    ['u8p', frameOf(5, 2, 1, Uint8Array.of(0), Uint8Array.of(64)), [-1, -0.5]],
    ['s16p', frameOf(6, 2, 2, Int16Array.of(-32_768, 8192), Int16Array.of(0, 16_384)), [-1, 0, 0.25, 0.5]],
    ['s32p', frameOf(7, 1, 1, Int32Array.of(2 ** 29)), [0.25]],
    ['fltp', frameOf(8, 3, 2, Float32Array.of(1, 2), Float32Array.of(2, 4), Float32Array.of(3, 9)), [1, 2, 3, 2, 4, 9]],
    ['dblp', frameOf(9, 2, 1, Float64Array.of(0.5), Float64Array.of(0.25)), [0.5, 0.25]],
  ])('gives the channels in turn: %s', (_, given, samples) => {
    expect([...interleaved(given, given.channels)]).toEqual(samples);
  });

  it('spreads the mean of other numbers of channels', () => {
    expect([...interleaved(frameOf(3, 1, 2, Float32Array.of(1, 0.5)), 2)]).toEqual([1, 1, 0.5, 0.5]);
    expect([...interleaved(frameOf(3, 2, 2, Float32Array.of(1, 0.5, -1, 0)), 1)]).toEqual([0.75, -0.5]);
  });

  it('reads no more of a plane than the samples of the frame', () => {
    expect([...interleaved(frameOf(8, 1, 2, Float32Array.of(1, 2, 99)), 1)]).toEqual([1, 2]);
  });

  it('refuses formats it does not know, and frames with too few planes', () => {
    expect(() => interleaved(frameOf(10, 1, 1, BigInt64Array.of(1n)), 1)).toThrow('number 10');
    expect(() => interleaved(frameOf(8, 2, 1, Float32Array.of(1)), 2)).toThrow('1 of 2 channels');
  });
});
