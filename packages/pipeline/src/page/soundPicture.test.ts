import { seededRandom } from '@refrain/core';
import { hzToMel } from '@refrain/encoders';
import { describe, expect, it } from 'vitest';
import { soundPicture } from './soundPicture.ts';

const read = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const BANDS = 64;
const STRETCHES = 160;

/** The band of a picture in which a frequency lies: 128 bands, evenly spaced in mel up to 11,025 Hz, taken two by two. */
const bandOf = (hz: number) => Math.floor(((hzToMel(hz) / hzToMel(11_025)) * 129 - 0.5) / 2);

/** The loudest band of each stretch. */
function loudestBands(spectrogram: Uint8Array): number[] {
  return Array.from({ length: STRETCHES }, (_, at) => {
    const column = Array.from({ length: BANDS }, (_, band) => spectrogram[band * STRETCHES + at]!);
    return column.indexOf(Math.max(...column));
  });
}

/** A tone that is one for the first half and another for the second. */
function twoTones(seconds: number, sampleRate: number, [first, second]: readonly [number, number]): Float32Array {
  const length = Math.round(seconds * sampleRate);
  return Float32Array.from({ length }, (_, i) => {
    const isFirst = i < length / 2;
    return (isFirst ? 0.5 : 0.25) * Math.sin((2 * Math.PI * (isFirst ? first : second) * i) / sampleRate);
  });
}

describe('soundPicture', () => {
  it.each([
    [4, 44_100],
    [20, 22_050],
    // Long enough that only a part of each stretch is looked at.
    [90, 16_000],
  ])('shows where in time and pitch the sound is, of %s s at %s Hz', async (seconds, sampleRate) => {
    const picture = await soundPicture({ samples: twoTones(seconds, sampleRate, [440, 3000]), sampleRate });
    const peaks = read(picture.peaks);
    expect(peaks).toHaveLength(400);
    for (const peak of peaks.subarray(2, 198)) expect(peak).toBeGreaterThanOrEqual(124);
    for (const peak of peaks.subarray(202, 398)) expect(Math.abs(peak - 62)).toBeLessThan(4);
    const spectrogram = read(picture.spectrogram);
    expect(picture.bands).toBe(BANDS);
    expect(spectrogram).toHaveLength(BANDS * STRETCHES);
    const bands = loudestBands(spectrogram);
    for (const band of bands.slice(4, 76)) expect(Math.abs(band - bandOf(440))).toBeLessThanOrEqual(1);
    for (const band of bands.slice(84, 156)) expect(Math.abs(band - bandOf(3000))).toBeLessThanOrEqual(1);
    expect(Math.max(...spectrogram)).toBe(255);
  });

  it('is black for silence, and there is one of a single sample', async () => {
    for (const length of [1, 30_000]) {
      const { peaks, spectrogram } = await soundPicture({ samples: new Float32Array(length), sampleRate: 22_050 });
      expect([...new Set([...read(peaks), ...read(spectrogram)])]).toEqual([0]);
      expect(read(spectrogram)).toHaveLength(BANDS * STRETCHES);
    }
    expect(read((await soundPicture({ samples: Float32Array.of(-2), sampleRate: 8000 })).peaks)[0]).toBe(255);
  });

  it('does not depend on how loud the clip is, but for its peaks', async () => {
    const random = seededRandom(1);
    const samples = Float32Array.from({ length: 40_000 }, () => random.uniform() - 0.5);
    const [loud, soft] = await Promise.all(
      [1, 0.25].map((gain) => soundPicture({ samples: samples.map((value) => gain * value), sampleRate: 22_050 })),
    );
    expect(soft!.spectrogram).toBe(loud!.spectrogram);
    expect(read(loud!.peaks)[0]! / read(soft!.peaks)[0]!).toBeCloseTo(4, 0);
  });
});
