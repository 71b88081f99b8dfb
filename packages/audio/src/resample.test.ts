import { ConfigError, readNpy, seededRandom, type Waveform } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAudioFile } from './decode.ts';
import { openConv, openLoop, type Polyphase, resampled } from './polyphase.ts';
import { resample, resamplePieces } from './resample.ts';
import { kernelShape, resampleKernel } from './resampleKernel.ts';

function noise(length: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => random.uniform() * 2 - 1);
}

function tone(frequency: number, sampleRate: number, seconds: number): Waveform {
  const length = Math.round(sampleRate * seconds);
  const samples = Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / sampleRate));
  return { samples, sampleRate };
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>, margin = 0): number {
  let greatest = 0;
  for (let i = margin; i < a.length - margin; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}

const ODD_RATE = 44_056;

describe('resample', () => {
  it('returns the same waveform at the same rate', async () => {
    const waveform = tone(440, 16_000, 0.1);
    expect(await resample(waveform, 16_000)).toBe(waveform);
  });

  // 44,056 Hz shares only the divisor 2 with 22,050 Hz: this one takes the loop.
  it.each([
    [44_100, 16_000],
    [8_000, 22_050],
    [96_000, 22_050],
    [22_050, 44_100],
    [ODD_RATE, 22_050],
  ])('keeps a tone of 1 kHz from %d to %d Hz', async (source, target) => {
    const { samples, sampleRate } = await resample(tone(1_000, source, 0.5), target);
    expect(sampleRate).toBe(target);
    const expected = tone(1_000, target, 0.5);
    expect(samples).toHaveLength(Math.ceil((Math.round(source / 2) * target) / source));
    // Away from the ends, where the mirror image is no tone; the filter's ripple is about −80 dB.
    expect(greatestDifference(samples, expected.samples, 400)).toBeLessThan(3e-4);
  });

  it('removes what the lower rate cannot hold', async () => {
    const { samples } = await resample(tone(15_000, 44_100, 0.5), 22_050);
    expect(samples.subarray(100, -100).every((value) => Math.abs(value) < 1e-3)).toBe(true);
  });

  it('gives at least one sample for any, and none for none', async () => {
    for (const length of [1, 2, 3, 40]) {
      const samples = new Float32Array(length).fill(0.5);
      const down = await resample({ samples, sampleRate: 48_000 }, 16_000);
      expect(down.samples).toHaveLength(Math.ceil(length / 3));
      for (const value of down.samples) expect(value).toBeCloseTo(0.5, 3);
    }
    expect((await resample({ samples: new Float32Array(), sampleRate: 48_000 }, 16_000)).samples).toHaveLength(0);
  });

  it.each([0, -1, 16_000.5, Number.NaN])('refuses a rate of %d', async (rate) => {
    await expect(resample(tone(440, 16_000, 0.1), rate)).rejects.toThrow(ConfigError);
    await expect(resample({ samples: noise(9), sampleRate: rate }, 16_000)).rejects.toThrow(ConfigError);
  });

  it('does not mix up calls at the same time', async () => {
    const inputs = [11_025, 16_000, 32_000, 44_100, 16_000].map((rate) => ({
      samples: noise(9_000, rate),
      sampleRate: rate,
    }));
    const together = await Promise.all(inputs.map((input) => resample(input, 22_050)));
    for (const [i, input] of inputs.entries()) expect(await resample(input, 22_050)).toEqual(together[i]);
  });
});

describe('the convolution and the loop', () => {
  it.each([
    [16_000, 22_050, 50_000],
    [48_000, 22_050, 50_000],
    [44_100, 22_050, 150_000],
    [22_050, 16_000, 50_000],
    [48_000, 16_000, 50_000],
    [44_100, 16_000, 20],
    [8_000, 48_000, 3],
  ])('agree from %d to %d Hz on %d samples', async (source, target, length) => {
    const kernel = resampleKernel(source, target);
    const samples = noise(length);
    const count = Math.ceil((length * target) / source);
    const byConv = await resampleBy(await openConv(kernel), samples);
    const byLoop = await resampleBy(openLoop(kernel), samples);
    expect(byConv).toHaveLength(count);
    expect(greatestDifference(byConv, byLoop)).toBeLessThan(1e-6);
  });

  it('agree with the definition on signals of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(16_000, 44_100, 48_000),
        async (length, source) => {
          const kernel = resampleKernel(source, 22_050);
          const samples = noise(length, length);
          const count = Math.ceil((length * 22_050) / source);
          const byLoop = await resampleBy(openLoop(kernel), samples);
          expect(greatestDifference(byLoop, byDefinition(samples, kernel, count))).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 30 },
    );
  });
});

async function resampleBy(polyphase: Polyphase, samples: Float32Array): Promise<Float32Array> {
  const runs: number[] = [];
  for await (const run of resampled(polyphase, [samples])) for (const sample of run) runs.push(sample);
  return Float32Array.from(runs);
}

describe('resampling in pieces', () => {
  /** Pieces of odd lengths, none and one among them. */
  function* cut(samples: Float32Array, seed: number): Generator<Float32Array> {
    const random = seededRandom(seed);
    for (let start = 0; start < samples.length; ) {
      const length = [0, 1, 7, 997, 40_009][random.integer(5)]!;
      yield samples.subarray(start, start + length);
      start += length;
    }
  }

  it('goes on with a filter that those of other rates have pushed out, and opens it again', async () => {
    const waveform = { samples: noise(5000), sampleRate: 1900 };
    const { samples } = await resample(waveform, 1901);
    async function* interrupted() {
      yield waveform.samples.subarray(0, 2500);
      // Filters of 3.7 million coefficients each, of which 16 million are kept.
      for (const sampleRate of [1901, 1902, 1903, 1904])
        await resample({ samples: noise(10), sampleRate }, sampleRate + 1);
      yield waveform.samples.subarray(2500);
    }
    const runs: number[] = [];
    for await (const run of resamplePieces(interrupted(), 1900, 1901)) for (const sample of run) runs.push(sample);
    expect(Float32Array.from(runs)).toEqual(samples);
    expect((await resample(waveform, 1901)).samples).toEqual(samples);
  });

  it.each([
    [44_100, 22_050, 150_001],
    [48_000, 22_050, 60_007],
    [16_000, 22_050, 60_007],
    [22_050, 11_025, 100_003],
    [384_000, 8_000, 1_000_003],
    [ODD_RATE, 22_050, 200_003],
    [44_100, 22_050, 31_774],
    [44_100, 22_050, 63_548],
    [48_000, 16_000, 40],
    [44_100, 22_050, 1],
    [22_050, 22_050, 5_000],
  ])('gives the same samples from %d to %d Hz, of %d', async (source, target, length) => {
    const samples = noise(length, length);
    const whole = await resample({ samples, sampleRate: source }, target);
    for (const seed of [1, 2]) {
      const runs: Float32Array[] = [];
      for await (const run of resamplePieces(cut(samples, seed), source, target)) runs.push(run);
      const bytes = Buffer.concat(runs.map((run) => new Uint8Array(run.slice().buffer)));
      expect(bytes.equals(new Uint8Array(whole.samples.slice().buffer)), `cut by seed ${seed}`).toBe(true);
    }
  });

  it('refuses odd rates, and gives nothing for nothing', async () => {
    await expect(resamplePieces([noise(9)], 16_000.5, 8_000).next()).rejects.toThrow(ConfigError);
    expect(await resamplePieces([], 16_000, 8_000).next()).toMatchObject({ done: true });
  });
});

/** The sum as the golden values' README writes it, with the mirror walked step by step. */
function byDefinition(samples: Float32Array, kernel: ReturnType<typeof resampleKernel>, count: number): Float64Array {
  const { up, down, taps, center, phases } = kernel;
  const at = (index: number): number => {
    let i = index;
    while (i < 0 || i >= samples.length) i = i < 0 ? -i : 2 * samples.length - 1 - i;
    return samples[i]!;
  };
  return Float64Array.from({ length: count }, (_, o) => {
    const time = o * down;
    let sum = 0;
    for (let i = 0; i < taps; i++) sum += phases[(time % up) * taps + i]! * at(Math.floor(time / up) - center + i);
    return sum;
  });
}

describeWithData('golden/resample', 'resample against ffmpeg', () => {
  it.each([
    ['in_16000_mono_s16.wav', 'out_16000_to_22050_f32.npy'],
    ['in_44100_stereo_s16.wav', 'out_44100_to_22050_f32.npy'],
    ['in_48000_stereo_s16.wav', 'out_48000_to_22050_f32.npy'],
  ])('%s', async (input, output) => {
    const expected = await readNpy(testDataPath('golden', 'resample', output));
    const waveform = await readAudioFile(testDataPath('golden', 'resample', input));
    const { samples } = await resample(waveform, 22_050);
    expect(samples).toHaveLength(expected.data.length);
    expect(greatestDifference(samples, expected.data as Float32Array)).toBeLessThanOrEqual(1e-6);
  });

  it('gives as many samples, or one more', async () => {
    const lengths = testDataJson<Record<string, { in: number; out: number }[]>>('golden', 'resample', 'lengths.json');
    const longer: string[] = [];
    for (const [rate, rows] of Object.entries(lengths)) {
      // Where the filter is longer than the input the rules differ.
      for (const row of rows.filter((one) => one.in >= kernelShape(Number(rate), 22_050).taps)) {
        const { samples } = await resample({ samples: new Float32Array(row.in), sampleRate: Number(rate) }, 22_050);
        if (samples.length === row.out + 1) longer.push(`${rate} Hz, ${row.in}`);
        else expect(samples).toHaveLength(row.out);
      }
    }
    expect(longer).toEqual(['32000 Hz, 48001', '96000 Hz, 48001']);
  });
});
