import { describe, expect, it } from 'vitest';
import { audioPieces } from './decodeFile.ts';

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
