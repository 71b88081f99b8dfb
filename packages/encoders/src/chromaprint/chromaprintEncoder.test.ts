import { readAudioFile, resample } from '@refrain/audio';
import { dot, type Matrix, parseOptions, seededRandom } from '@refrain/core';
import { describeWithData, testDataPath, testEncoder } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { ChromaprintEncoder, chromaprint } from './chromaprintEncoder.ts';

const SAMPLE_RATE = 11_025;
const encode = (samples: Float32Array) => new ChromaprintEncoder().encode({ samples, sampleRate: SAMPLE_RATE });

/** Three voices that step to another note every quarter of a second. */
function melody(seconds: number): Float32Array {
  const random = seededRandom('melody');
  const notes = Array.from({ length: seconds * 4 }, () => [0, 1, 2].map(() => 220 * 2 ** (random.integer(24) / 12)));
  return Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, i) => {
    const now = notes[Math.floor((4 * i) / SAMPLE_RATE)]!;
    return now.reduce((sum, hertz) => sum + 0.2 * Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE), 0);
  });
}

/** Bit error rate of the frames of `a` and those of `b` that begin `offset` frames later. */
function errorRate(a: Matrix, b: Matrix, offset = 0): number {
  const frames = Math.min(a.rows, b.rows - offset);
  let sum = 0;
  for (let k = 0; k < frames; k++) sum += dot(a, k, b, k + offset);
  return (1 - sum / (32 * frames)) / 2;
}

testEncoder(() => new ChromaprintEncoder());

describe('a fingerprint', () => {
  it('has a row of ±1 every 1365 samples from 30,031 on, one of zeros before', async () => {
    // 4096 samples, then 4 hops of smoothing and 15 of context (Chromaprint, fingerprinter_configuration.cpp).
    const first = 4096 + (4 + 15) * 1365;
    const samples = melody(6);
    const rows = async (count: number) => (await encode(samples.subarray(0, count))).rows;
    expect(await Promise.all([first, first + 1364, first + 1365].map(rows))).toEqual([1, 1, 2]);
    const whole = await encode(samples.subarray(0, first));
    expect(whole.data.every((bit) => bit === 1 || bit === -1)).toBe(true);
    expect((await encode(samples.subarray(0, first - 1))).data).toEqual(new Float32Array(32));
  });

  it('of silence is what AcoustID leaves out of its index', async () => {
    // pg_acoustid, acoustid_compare.c, extract_query: 627964279 is silence.
    const { data } = await encode(new Float32Array(4 * SAMPLE_RATE));
    const bits = Array.from(data.subarray(0, 32), (bit) => (bit > 0 ? 1 : 0)).reverse();
    expect(Number.parseInt(bits.join(''), 2)).toBe(627_964_279);
  });

  it('hears neither loudness nor where the clip begins', async () => {
    const samples = melody(12);
    const clip = await encode(samples);
    expect(errorRate(await encode(samples.map((sample) => sample / 4)), clip)).toBeLessThan(0.05);
    // 80 dB less: an integer of 16 bits has two values left for it.
    expect(errorRate(await encode(samples.map((sample) => sample / 10_000)), clip)).toBeLessThan(0.01);
    expect(await encode(samples.subarray(10 * 1365))).toEqual({
      data: clip.data.subarray(320),
      rows: clip.rows - 10,
      cols: 32,
    });
    expect(errorRate(await encode(samples.toReversed()), clip)).toBeGreaterThan(0.3);
  });

  it('takes longer clips than are fed at once, and clips beside each other', async () => {
    const samples = melody(40);
    const clip = await encode(samples);
    expect(clip.rows).toBe(1 + Math.floor((samples.length - 30_031) / 1365));
    const many = await Promise.all(Array.from({ length: 8 }, () => encode(samples)));
    for (const one of many) expect(one).toEqual(clip);
  });

  it('clips what is beyond ±1', async () => {
    const loud = melody(4).map((sample) => 40 * sample);
    expect(await encode(loud)).toEqual(await encode(loud.map((sample) => Math.max(-1, Math.min(1, sample)))));
  });

  it('leaves no browser global behind, and stops when asked to', async () => {
    await encode(melody(4));
    expect('WorkerGlobalScope' in globalThis).toBe(false);
    const waveform = { samples: melody(4), sampleRate: SAMPLE_RATE };
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(new ChromaprintEncoder().encode(waveform, { signal })).rejects.toThrow('enough');
  });

  it('names the version of the library and its algorithm', async () => {
    const encoder = await chromaprint.create(parseOptions(chromaprint.options, {}, 'encoder'));
    expect(encoder.fingerprint).toMatch(/^chromaprint-2-\d+\.\d+\.\d+-1$/);
  });
});

describeWithData('music-dev', 'real music', () => {
  const PLANTED = [
    ['1/warzone2100-track27-194-223', 'warzone2100-track27-194-223--copy', 0],
    ['d/asc-time_to_strike-147-176', 'asc-time_to_strike-147-176--recode32k', 0],
    ['9/hyperrogue-hr3_hell-106-135', 'hyperrogue-hr3_hell-106-135--gain-6dB', 0],
    // 0.7 s are 5.7 frames.
    ['0/wesnoth-suspense-145-174', 'wesnoth-suspense-145-174--shift0.7s', 6],
  ] as const;
  const fingerprint = async (...path: string[]) => {
    const encoder = new ChromaprintEncoder();
    return encoder.encode(await resample(await readAudioFile(testDataPath('music-dev', ...path)), encoder.sampleRate));
  };

  it.each(PLANTED)('%s is close to %s', async (original, planted, later) => {
    const copy = await fingerprint('planted', `${planted}.mp3`);
    expect(errorRate(copy, await fingerprint('audio', `${original}.mp3`), later)).toBeLessThan(0.1);
  });

  it('is far from other music', async () => {
    const [one, other] = [PLANTED[0], PLANTED[1]].map(([original]) => fingerprint('audio', `${original}.mp3`));
    expect(errorRate(await one!, await other!)).toBeGreaterThan(0.35);
  });
});
