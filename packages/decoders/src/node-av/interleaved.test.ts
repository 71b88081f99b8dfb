import { describe, expect, it } from 'vitest';
import { interleaved } from './interleaved.ts';

const bytes = (array: { readonly buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
const frame = (
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
    ['u8', frame(0, 1, 3, Uint8Array.of(0, 128, 192)), [-1, 0, 0.5]],
    ['s16', frame(1, 2, 2, Int16Array.of(16_384, -16_384, -32_768, 8_192)), [0.5, -0.5, -1, 0.25]],
    ['s32', frame(2, 1, 2, Int32Array.of(-(2 ** 31), 2 ** 30)), [-1, 0.5]],
    ['flt', frame(3, 2, 2, Float32Array.of(1, 0.5, -0.25, 0.75)), [1, 0.5, -0.25, 0.75]],
    ['dbl', frame(4, 1, 2, Float64Array.of(0.125, -2)), [0.125, -2]],
    ['u8p', frame(5, 2, 1, Uint8Array.of(0), Uint8Array.of(64)), [-1, -0.5]],
    ['s16p', frame(6, 2, 2, Int16Array.of(-32_768, 8192), Int16Array.of(0, 16_384)), [-1, 0, 0.25, 0.5]],
    ['s32p', frame(7, 1, 1, Int32Array.of(2 ** 29)), [0.25]],
    ['fltp', frame(8, 3, 2, Float32Array.of(1, 2), Float32Array.of(2, 4), Float32Array.of(3, 9)), [1, 2, 3, 2, 4, 9]],
    ['dblp', frame(9, 2, 1, Float64Array.of(0.5), Float64Array.of(0.25)), [0.5, 0.25]],
  ])('gives the channels in turn: %s', (_, given, samples) => {
    expect([...interleaved(given, given.channels)]).toEqual(samples);
  });

  it('spreads the mean of other numbers of channels', () => {
    expect([...interleaved(frame(3, 1, 2, Float32Array.of(1, 0.5)), 2)]).toEqual([1, 1, 0.5, 0.5]);
    expect([...interleaved(frame(3, 2, 2, Float32Array.of(1, 0.5, -1, 0)), 1)]).toEqual([0.75, -0.5]);
  });

  it('reads no more of a plane than the samples of the frame', () => {
    expect([...interleaved(frame(8, 1, 2, Float32Array.of(1, 2, 99)), 1)]).toEqual([1, 2]);
  });

  it('refuses formats it does not know, and frames with too few planes', () => {
    expect(() => interleaved(frame(10, 1, 1, BigInt64Array.of(1n)), 1)).toThrow('number 10');
    expect(() => interleaved(frame(8, 2, 1, Float32Array.of(1)), 2)).toThrow('1 of 2 channels');
  });
});
