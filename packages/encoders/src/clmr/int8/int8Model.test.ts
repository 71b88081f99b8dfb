import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAudioFile } from '@refrain/audio';
import { type Clip, type Dataset, type Host, quietHost, rowOf, type Waveform } from '@refrain/core';
import { describeWithData, testDataPath, testEncoder } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClmrOptions, openClmrEncoder } from '../clmrEncoder.ts';

const SECONDS = 3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-int8-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Eight train clips of real music, of which only the beginning is read. */
async function musicDataset(first: number, ...broken: number[]): Promise<Dataset> {
  const audio = testDataPath('music-dev', 'audio', '3');
  const names = (await readdir(audio)).sort().slice(first, first + 8);
  const clips = names.map((id, i): Clip => {
    const path = join(audio, broken.includes(i) ? 'missing.mp3' : id);
    return { id, path, split: 'train', labels: [] };
  });
  return {
    name: 'music',
    task: 'unlabelled',
    classes: [],
    clips: [...clips, { ...clips[0]!, id: 'test', split: 'test' }],
    readAudio: ({ path }) => {
      const known = beginnings.get(path) ?? beginningOf(path);
      beginnings.set(path, known);
      return known;
    },
  };
}

const beginnings = new Map<string, Promise<Waveform>>();

async function beginningOf(path: string, seconds = SECONDS): Promise<Waveform> {
  const { samples, sampleRate } = await readAudioFile(path);
  return { samples: samples.slice(0, seconds * sampleRate), sampleRate };
}

/** A host with a cache of its own that remembers what it was told. */
async function hostWithCache(overrides: Partial<Host> = {}) {
  const notices: string[] = [];
  const labels: string[] = [];
  const host = quietHost({
    cacheDir: await mkdtemp(join(folder, 'cache-')),
    notice: (message) => notices.push(message),
    progress: (label, total, unit) => {
      labels.push(`${label}: ${total} ${unit}`);
      return { advance() {}, end() {} };
    },
    ...overrides,
  });
  const stored = async () => {
    const names = await readdir(join(host.cacheDir, 'clmr-int8')).catch(() => []);
    return names.map((name) => join(host.cacheDir, 'clmr-int8', name));
  };
  return { host, notices, labels, stored };
}

const relativeError = (found: Float32Array, expected: Float32Array) =>
  Math.hypot(...found.map((value, i) => value - expected[i]!)) / Math.hypot(...expected);

describe('int8', () => {
  const dataset: Dataset = {
    name: 'none',
    task: 'unlabelled',
    classes: [],
    clips: [],
    readAudio: () => Promise.reject(new Error('not to be read')),
  };
  const refusal = (options: Partial<ClmrOptions>, given: Dataset | undefined = dataset) =>
    expect(openClmrEncoder({ checkpointPath: 'clmr.pt', precision: 'int8', ...options }, quietHost(), given)).rejects;

  it('is refused where it cannot be had, with what to do', async () => {
    const option = 'encoder.precision';
    await refusal({ checkpointPath: 'clmr.onnx' }).toMatchObject({
      option,
      message: expect.stringMatching(/clmr\.onnx is an ONNX model: give the \.pt.*or leave out/),
    });
    await refusal({ provider: 'cuda' }).toMatchObject({ option, message: expect.stringMatching(/cpu, not on cuda/) });
    const without = openClmrEncoder({ checkpointPath: 'clmr.pt', precision: 'int8' });
    await expect(without).rejects.toMatchObject({ option, message: expect.stringMatching(/clips of a dataset/) });
  });
});

describeWithData('music-dev', 'int8 on real music', () => {
  const checkpointPath = testDataPath('encoders', 'clmr-open', 'clmr-open.safetensors');
  const int8: Partial<ClmrOptions> = { checkpointPath, precision: 'int8' };
  /** Opens it, and closes it after use. */
  const open = async <T>(
    options: Partial<ClmrOptions>,
    host: Host,
    dataset: Dataset,
    use: (encoder: Awaited<ReturnType<typeof openClmrEncoder>>) => T | Promise<T>,
  ): Promise<T> => {
    const encoder = await openClmrEncoder(options, host, dataset);
    try {
      return await use(encoder);
    } finally {
      await encoder.close();
    }
  };
  const fingerprint = (host: Host, dataset: Dataset) => open(int8, host, dataset, (encoder) => encoder.fingerprint);

  let music: Dataset;
  let shared: Awaited<ReturnType<typeof hostWithCache>>;
  let print: string;
  let told: string;
  beforeAll(async () => {
    music = await musicDataset(0);
    shared = await hostWithCache();
    print = await fingerprint(shared.host, music);
    told = shared.notices.join('\n');
  });

  it('gives embeddings close to those in float32', async () => {
    const clip = await beginningOf(testDataPath('encoders', 'clmr-open', 'check-29s-22k05.wav'), 14);
    const embed = (options: Partial<ClmrOptions>) =>
      open(options, shared.host, music, (encoder) => encoder.encode(clip));
    // Nine convolutions take activations in 255 steps and weights in 254. Rounding to steps of s adds noise of s/√12. Where a range is 20
    // times the root mean square of what it covers, that is 20/255/√12 = 2.3 % of it, for weights (a range of 4) 0.9 %; nine such pairs
    // are √(9 · (2.3² + 0.9²)) = 7.4 % where no block calms the noise.
    const bound = 0.075;
    const errors: Record<string, number[]> = {};
    for (const framing of [{}, { wholeClip: true }]) {
      const [exact, rounded] = [await embed({ checkpointPath, ...framing }), await embed({ ...int8, ...framing })];
      expect([rounded.rows, rounded.cols]).toEqual([exact.rows, exact.cols]);
      const rows = Array.from({ length: exact.rows }, (_, row) => row);
      errors[JSON.stringify(framing)] = rows.map((row) => relativeError(rowOf(rounded, row), rowOf(exact, row)));
    }
    const all = Object.values(errors).flat();
    for (const error of all) expect(error).toBeLessThan(bound);
    // It is another model, not the same one.
    expect(Math.min(...all)).toBeGreaterThan(1e-5);
  });

  it('tells in one sentence how faithful it is, and that it changes the result', () => {
    expect(told).toMatch(
      /^[^\n]*calibrated on 8 train clips\. Compared with float32 on 8 train clips \(8 of them .*centred cosine 0\.9.*five nearest.*not for figures in a paper[^\n]*$/,
    );
    expect(shared.labels).toEqual(['calibrating int8: 8 clips', 'comparing int8 with float32: 8 clips']);
  });

  it('uses what is stored, and tells the same again, as worker threads need it', async () => {
    const [path, ...others] = await shared.stored();
    expect(others).toEqual([]);
    const again = await hostWithCache({ cacheDir: shared.host.cacheDir });
    const reversed = { ...music, clips: music.clips.toReversed() };
    expect(await fingerprint(again.host, reversed)).toBe(print);
    expect(again.labels).toEqual([]);
    expect(again.notices).toEqual([told]);
    expect(await shared.stored()).toEqual([path]);
  });

  it('finds the same anew where nothing is stored, from the same weights in another file too', async () => {
    const { host, stored, notices } = await hostWithCache();
    const pt = { ...int8, checkpointPath: testDataPath('encoders', 'clmr-open', 'clmr-open.pt') };
    expect(await open(pt, host, music, (encoder) => encoder.fingerprint)).toBe(print);
    const contents = await Promise.all([...(await stored()), ...(await shared.stored())].map((path) => readFile(path)));
    expect(contents).toHaveLength(2);
    expect(contents[0]).toEqual(contents[1]);
    expect(notices).toEqual([told]);
  });

  it('has another fingerprint than float32, and on another dataset', async () => {
    const { host } = await hostWithCache();
    const prints = [print, await fingerprint(host, await musicDataset(8))];
    prints.push(await open({ checkpointPath }, host, music, (encoder) => encoder.fingerprint));
    prints.push(await open({ ...int8, padLast: true }, shared.host, music, (encoder) => encoder.fingerprint));
    expect(new Set(prints).size).toBe(4);
  });

  it('is calibrated anew where what is stored is damaged', async () => {
    const { host, stored, notices } = await hostWithCache({ cacheDir: shared.host.cacheDir });
    const [path] = (await stored()) as [string];
    const whole = await readFile(path, 'utf8');
    await writeFile(path, whole.slice(0, 99));
    expect(await fingerprint(host, music)).toBe(print);
    expect(notices).toEqual([expect.stringContaining(`${path}, the calibration of int8, is damaged`), told]);
    expect(await readFile(path, 'utf8')).toBe(whole);
  });

  it('leaves out clips that cannot be read', async () => {
    const { host, notices } = await hostWithCache();
    await fingerprint(host, await musicDataset(0, 2, 5));
    expect(notices).toEqual([expect.stringMatching(/on 6 train clips\. How faithful.*at least 7 .*there are 6\./)]);
  });

  it('needs one that can', async () => {
    const { host, stored } = await hostWithCache();
    const none = await musicDataset(0, 0, 1, 2, 3, 4, 5, 6, 7);
    await expect(openClmrEncoder(int8, host, none)).rejects.toMatchObject({
      code: 'REFRAIN_DATA',
      source: 'music',
      message: expect.stringMatching(/none of the 8 of music/),
    });
    expect(await stored()).toEqual([]);
  });

  it('stops when it is interrupted, and stores nothing', async () => {
    const interrupt = new AbortController();
    const { host, stored } = await hostWithCache({
      signal: interrupt.signal,
      progress: () => ({ advance: () => interrupt.abort(new Error('interrupted')), end() {} }),
    });
    await expect(openClmrEncoder(int8, host, music)).rejects.toThrow('interrupted');
    expect(await stored()).toEqual([]);
  });

  testEncoder(() => openClmrEncoder(int8, shared.host, music));
});
