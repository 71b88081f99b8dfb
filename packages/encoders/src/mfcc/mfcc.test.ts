import { join } from 'node:path';
import { readAudioFile } from '@refrain/audio';
import { readNpy, seededRandom } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../../core/assembly/build.mjs';
import { hzToMel, melFilterbank, melToHz } from './mel.ts';
import {
  decibels,
  deltas,
  type FrameSeries,
  frameCount,
  melPower,
  mfccFrames,
  mfccPlan,
  powerSpectrum,
  summary,
} from './mfcc.ts';
import { MFCC_MODULE } from './mfccModule.ts';

const readGolden = async (name: string) => {
  const { data, shape } = await readNpy(testDataPath('golden/mfcc', `${name}.npy`));
  return { data: data as Float64Array, shape };
};
const worstDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
};
const transposed = (data: ArrayLike<number>, rows: number) => {
  const cols = data.length / rows;
  return Float64Array.from({ length: data.length }, (_, i) => data[(i % rows) * cols + Math.floor(i / rows)]!);
};
const plan = mfccPlan();

describeWithData('golden/mfcc', 'MFCCs against librosa on real music', () => {
  let music: Float32Array;
  beforeAll(async () => {
    ({ samples: music } = await readAudioFile(testDataPath('golden/mfcc/music_6s.wav')));
  });

  it('weighs the same bins by the same filters', async () => {
    const { first, offset, weights } = plan.filterbank;
    const { data } = await readGolden('mel_filterbank_nonzero_f64');
    expect(worstDifference(weights, data)).toBeLessThan(1e-14);
    const ranges = testDataJson<{ first_last_bin_of_each_filter: number[][] }>(
      'golden/mfcc/mel_filterbank_ranges.json',
    );
    const mine = Array.from(first, (bin, band) => [bin, bin + offset[band + 1]! - offset[band]! - 1]);
    expect(mine).toEqual(ranges.first_last_bin_of_each_filter);
  });

  it('gives the same spectrum, mel power and decibels', async () => {
    const power = powerSpectrum(music);
    const golden = await readGolden('power_first_frames_f64');
    const loudest = golden.data.reduce((a, b) => Math.max(a, b));
    const chosen = [0, 1, 2, 100, frameCount(music.length) - 1].map((t) => power.subarray(t * 1025, (t + 1) * 1025));
    for (const [column, frame] of chosen.entries()) {
      const expected = frame.map((_, bin) => golden.data[bin * chosen.length + column]!);
      expect(worstDifference(frame, expected)).toBeLessThan(1e-12 * loudest);
    }
    const mel = melPower(music, plan);
    const melGolden = transposed((await readGolden('mel_power_f32')).data, 128);
    const loudestBand = melGolden.reduce((a, b) => Math.max(a, b));
    for (const [i, value] of mel.entries()) {
      expect(Math.abs(value - melGolden[i]!)).toBeLessThan(1e-6 * value + 1e-9 * loudestBand);
    }
    const levels = transposed((await readGolden('mel_db_f32')).data, 128);
    expect(worstDifference(decibels(mel), levels)).toBeLessThan(2e-4);
  });

  it('gives the same coefficients, differences and summary', async () => {
    const series = mfccFrames(music);
    const golden = async (name: string) => (await readGolden(name)).data;
    expect(series).toMatchObject({ values: 20, frames: 259 });
    expect(worstDifference(series.data, await golden('mfcc20_f64'))).toBeLessThan(1e-7);
    expect(worstDifference(deltas(series, 1).data, await golden('mfcc20_delta_f64'))).toBeLessThan(1e-7);
    expect(worstDifference(deltas(series, 2).data, await golden('mfcc20_delta2_f64'))).toBeLessThan(1e-7);
    expect(worstDifference(summary(series), await golden('summary120_f64'))).toBeLessThan(1e-7);
  });

  it('agrees on silence, an impulse and ten frames', () => {
    type Edge = { frames: number; mel_db_min: number; mel_db_max: number; mfcc_frame0: number[]; summary120: number[] };
    const golden = testDataJson<Record<string, Edge>>('golden/mfcc/edge_cases.json');
    const impulse = new Float32Array(22_050);
    impulse[11_025] = 1;
    const inputs: Record<string, Float32Array> = {
      silence_1s: new Float32Array(22_050),
      impulse_1s: impulse,
      short_4608_samples_9_frames_plus1: music.subarray(0, 4608),
    };
    expect(Object.keys(inputs)).toEqual(Object.keys(golden));
    for (const [name, samples] of Object.entries(inputs)) {
      const edge = golden[name]!;
      const levels = decibels(melPower(samples, plan));
      const series = mfccFrames(samples, plan);
      const firstFrame = Array.from({ length: 20 }, (_, k) => series.data[k * series.frames]!);
      expect(series.frames).toBe(edge.frames);
      expect(
        worstDifference([Math.min(...levels), Math.max(...levels)], [edge.mel_db_min, edge.mel_db_max]),
      ).toBeLessThan(1e-9);
      expect(worstDifference(firstFrame, edge.mfcc_frame0)).toBeLessThan(1e-7);
      expect(worstDifference(summary(series), edge.summary120)).toBeLessThan(1e-7);
    }
  });

  it('agrees on the differences of an impulse and of squares', () => {
    type Course = { delta: number[]; delta2: number[] };
    const golden = testDataJson<Record<string, Course>>('golden/mfcc/delta_small.json');
    const cases = { impulse_at_7_of_15: (t: number) => (t === 7 ? 1 : 0), squares_0_to_14: (t: number) => t * t };
    for (const [name, value] of Object.entries(cases)) {
      const series = course(Array.from({ length: 15 }, (_, t) => value(t)));
      expect(worstDifference(deltas(series, 1).data, golden[name]!.delta)).toBeLessThan(1e-12);
      expect(worstDifference(deltas(series, 2).data, golden[name]!.delta2)).toBeLessThan(1e-12);
    }
  });
});

const course = (values: number[]): FrameSeries => ({
  data: Float64Array.from(values),
  values: 1,
  frames: values.length,
});

describe('the mel scale', () => {
  it('is linear to 1 kHz and steps by a factor of 6.4 in 27 above', () => {
    expect(hzToMel(500)).toBeCloseTo(7.5, 12);
    expect(hzToMel(1000)).toBeCloseTo(15, 12);
    expect(hzToMel(6400)).toBeCloseTo(42, 12);
    for (const hz of [0, 20, 999, 1000, 1001, 11_025]) expect(melToHz(hzToMel(hz))).toBeCloseTo(hz, 8);
  });

  it('leaves a band empty that is narrower than a bin', () => {
    const { offset, weights } = melFilterbank(48_000, 256, 64);
    expect(offset[1]).toBe(0);
    expect(offset[64]).toBe(weights.length);
    expect(weights.every((weight) => weight > 0)).toBe(true);
  });
});

describe('power of a sine', () => {
  it('peaks at its bin with a quarter of the squared window sum', () => {
    // At a quarter of the sample rate, so that the samples are exact.
    const bin = 512;
    const sine = Float32Array.from({ length: 8192 }, (_, i) => [0, 1, 0, -1][i % 4]!);
    const frame = powerSpectrum(sine).subarray(8 * 1025, 9 * 1025);
    // The Hann window sums to half its length: |X| = 1024 / 2 at the bin, half of that beside it.
    expect(frame[bin]).toBeCloseTo(512 ** 2, 6);
    expect(frame[bin + 1]).toBeCloseTo(256 ** 2, 6);
    expect(frame[bin + 5]).toBeLessThan(1e-15 * 512 ** 2);
  });
});

describe('long audio', () => {
  it('has the frames that its parts have, and what comes after it is as before', () => {
    const random = seededRandom('long');
    const samples = Float32Array.from({ length: 3_000_000 }, () => random.uniform() - 0.5);
    const hops = 5000;
    const part = samples.subarray(512 * hops);
    const before = melPower(part, plan);
    const long = melPower(samples, plan);
    expect(long.subarray(128 * (hops + 2))).toEqual(before.subarray(128 * 2));
    expect(melPower(part, plan)).toEqual(before);
  });
});

describe('differences', () => {
  it('of a line and a parabola are their derivatives', () => {
    const line = course(Array.from({ length: 12 }, (_, t) => 3 * t - 5));
    expect(worstDifference(deltas(line, 1).data, new Float64Array(12).fill(3))).toBeLessThan(1e-12);
    expect(worstDifference(deltas(line, 2).data, new Float64Array(12))).toBeLessThan(1e-12);
    const parabola = course(Array.from({ length: 9 }, (_, t) => 0.5 * t * t));
    expect(worstDifference(deltas(parabola, 2).data, new Float64Array(9).fill(1))).toBeLessThan(1e-12);
  });

  it('need nine frames', () => {
    expect(() => deltas(course([1, 2, 3, 4, 5, 6, 7, 8]), 1)).toThrow(/at least 9 frames, there are 8/);
  });
});

describe('the summary', () => {
  it('holds means, then standard deviations over n', () => {
    const random = seededRandom(1);
    const data = Float64Array.from({ length: 2 * 20 }, () => random.uniform());
    const series = { data, values: 2, frames: 20 };
    const numbers = summary(series);
    const second = Array.from(data.subarray(20));
    const mean = second.reduce((a, b) => a + b) / 20;
    expect(numbers[1]).toBeCloseTo(mean, 12);
    expect(numbers[7]).toBeCloseTo(Math.sqrt(second.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 20), 12);
    expect(numbers).toHaveLength(12);
  });
});

it('the module is compiled from its source', async () => {
  const source = join(import.meta.dirname, '..', '..', 'assembly', 'mfcc.ts');
  expect(MFCC_MODULE, 'run `npm run mfcc` in packages/encoders').toBe(await compiled(source));
});
