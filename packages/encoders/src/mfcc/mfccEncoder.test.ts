import { parseOptions, seededRandom } from '@refrain/core';
import { testEncoder } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { mfccFrames, summary } from './mfcc.ts';
import { MfccEncoder, mfcc } from './mfccEncoder.ts';

const noise = (samples: number) => {
  const random = seededRandom(samples);
  return Float32Array.from({ length: samples }, () => random.uniform() - 0.5);
};
const encode = async (samples: Float32Array, options = {}) => {
  const encoder = new MfccEncoder(options);
  return encoder.encode({ samples, sampleRate: encoder.sampleRate });
};

testEncoder(() => new MfccEncoder());

describe('segments', () => {
  it('are one second, or what is said; a last partial piece is dropped', async () => {
    expect((await encode(noise(22_050 * 3 - 1))).rows).toBe(2);
    expect((await encode(noise(22_050 * 3))).rows).toBe(3);
    expect((await encode(noise(66_150 * 3 - 1), { segmentSeconds: 3 })).rows).toBe(2);
    expect(new MfccEncoder().fingerprint).toBe('mfcc-2-22050-22050-22050');
    expect(new MfccEncoder({ segmentSeconds: 3 }).fingerprint).toBe('mfcc-2-22050-66150-66150');
  });

  it('are summarised each by itself', async () => {
    const samples = noise(66_150 * 2);
    const { data } = await encode(samples, { segmentSeconds: 3 });
    expect(data.subarray(120)).toEqual(Float32Array.from(summary(mfccFrames(samples.subarray(66_150)))));
  });

  it('overlap when the hop is shorter', async () => {
    const samples = noise(3 * 22_050);
    const { data, rows } = await encode(samples, { segmentSeconds: 1, hopSeconds: 0.5 });
    expect(rows).toBe(5);
    expect(data.subarray(120, 240)).toEqual((await encode(samples.subarray(11_025, 33_075))).data);
  });

  it('are the whole clip as it is when it is shorter, filled up only below nine frames', async () => {
    const short = noise(5000);
    expect((await encode(short)).data).toEqual(Float32Array.from(summary(mfccFrames(short))));
    const tiny = noise(100);
    const padded = new Float32Array(4096);
    padded.set(tiny);
    expect((await encode(tiny)).data).toEqual(Float32Array.from(summary(mfccFrames(padded))));
  });
});

describe('the length of segments', () => {
  const lengthFor = (clipSeconds: number, options = {}) =>
    new MfccEncoder(options).optionsFor(clipSeconds)?.segmentSeconds;

  it.each([
    [30, 1],
    [8, 1],
    [7.9, 0.5],
    [5, 0.5],
    [4, 0.5],
    [3.9, 0.2],
    [1, 0.2],
    [0.8, 0.2],
    [0.79, 1],
  ])('of clips of %d s is %d s: eight of them, or four at least', (clipSeconds, segmentSeconds) => {
    expect(lengthFor(clipSeconds)).toBe(segmentSeconds);
  });

  it('never is below nine frames', () => {
    expect(lengthFor(3.9, { sampleRate: 16_000 })).toBe(0.5);
    expect(lengthFor(1.9, { sampleRate: 16_000 })).toBe(1);
  });

  it('is that of a grid it stands on beside others, where the options leave it open', () => {
    const grid = { windowSeconds: 43_844 / 22_050, hopSeconds: 43_844 / 22_050 };
    const options = new MfccEncoder().optionsForGrid!(grid);
    expect(new MfccEncoder(options).fingerprint).toBe('mfcc-2-22050-43844-43844');
    expect(new MfccEncoder(options).grid).toEqual(grid);
    expect(new MfccEncoder({ segmentSeconds: 3 }).optionsForGrid).toBeUndefined();
  });

  it('is settled where the options say it', () => {
    expect(lengthFor(5, { segmentSeconds: 3 })).toBeUndefined();
    expect(lengthFor(5, { hopSeconds: 1 })).toBeUndefined();
  });
});

describe('options', () => {
  it('change the fingerprint when they change the numbers', () => {
    const variants = [{}, { segmentSeconds: 2 }, { hopSeconds: 0.5 }, { sampleRate: 16_000 }];
    expect(new Set(variants.map((options) => new MfccEncoder(options).fingerprint)).size).toBe(variants.length);
    expect(new MfccEncoder({ hopSeconds: 1 }).fingerprint).toBe(new MfccEncoder().fingerprint);
  });

  it('have defaults and limits', async () => {
    const encoder = await mfcc.create(parseOptions(mfcc.options, { hopSeconds: '1.5' }, 'encoder'));
    expect(encoder.fingerprint).toBe(new MfccEncoder({ hopSeconds: 1.5 }).fingerprint);
    expect(() => parseOptions(mfcc.options, { segmentSeconds: 0 }, 'encoder')).toThrow(/encoder\.segmentSeconds/);
  });
});
