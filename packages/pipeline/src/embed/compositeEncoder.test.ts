import { ConfigError, type Encoder, type Matrix, type SegmentGrid, type Waveform } from '@refrain/core';
import { testEncoder } from '@refrain/core/testing';
import { MfccEncoder } from '@refrain/encoders';
import { describe, expect, it } from 'vitest';
import { type CompositeEncoder, type MakePart, openComposite } from './compositeEncoder.ts';

/** Gives each clip one row: its first sample, its loudest, and how many samples it has. A third party's, which knows nothing of grids. */
class FirstSample implements Encoder {
  readonly name = 'first-sample';
  readonly dim = 3;
  readonly fingerprint = 'first-sample-1';
  readonly sampleRate: number;
  closed = 0;
  constructor(sampleRate = 1000) {
    this.sampleRate = sampleRate;
  }
  async encode({ samples, sampleRate }: Waveform): Promise<Matrix> {
    const isGood = sampleRate === this.sampleRate && samples.length > 0 && samples.every(Number.isFinite);
    if (!isGood) throw Object.assign(new Error('bad audio'), { code: 'REFRAIN_DATA' });
    return { rows: 1, cols: 3, data: Float32Array.of(samples[0]!, Math.max(...samples), samples.length) };
  }
  async close(): Promise<void> {
    this.closed++;
  }
}

/** As that, on a grid of its own. */
class OnGrid extends FirstSample {
  readonly grid: SegmentGrid;
  constructor(windowSeconds: number, sampleRate = 1000) {
    super(sampleRate);
    this.grid = { windowSeconds, hopSeconds: windowSeconds };
  }
  override async encode({ samples, sampleRate }: Waveform): Promise<Matrix> {
    const window = this.grid.windowSeconds * sampleRate;
    const rows = Math.max(1, Math.floor(samples.length / window));
    const parts = await Promise.all(
      Array.from({ length: rows }, (_, i) =>
        super.encode({ samples: samples.slice(i * window, (i + 1) * window), sampleRate }),
      ),
    );
    return { rows, cols: 3, data: Float32Array.from(parts.flatMap(({ data }) => [...data])) };
  }
}

const of = (encoder: Encoder, isLent = true): MakePart => ({ make: async () => encoder, isLent });
const openMfcc: MakePart = { make: async (options) => new MfccEncoder(options) };
const ramp = (length: number, sampleRate = 1000): Waveform => ({
  samples: Float32Array.from({ length }, (_, i) => i),
  sampleRate,
});

testEncoder(() => openComposite([openMfcc, of(new FirstSample(22_050))]));

describe('encoders side by side', () => {
  it('stand in their order, on the grid of the one that has it fixed', async () => {
    const encoder = await openComposite([openMfcc, of(new OnGrid(2, 22_050))]);
    expect(encoder).toMatchObject({ name: 'mfcc-and-first-sample', dim: 123, sampleRate: 22_050 });
    expect(encoder.grid).toEqual({ windowSeconds: 2, hopSeconds: 2 });
    const audio = ramp(5 * 22_050, 22_050);
    const { rows, cols, data } = await encoder.encode(audio);
    expect([rows, cols]).toEqual([2, 123]);
    const alone = await new MfccEncoder({ segmentSeconds: 2 }).encode(audio);
    expect(data.subarray(123, 243)).toEqual(alone.data.subarray(120));
    expect([...data.subarray(243)]).toEqual([44_100, 88_199, 44_100]);
  });

  it('give one that has no grid each segment as a clip, also at another rate', async () => {
    const encoder = await openComposite([of(new FirstSample(500)), of(new OnGrid(0.5, 1000))]);
    const { rows, data } = await encoder.encode(ramp(1600));
    expect(rows).toBe(3);
    expect(data.filter((_, i) => i % 6 === 2)).toEqual(Float32Array.of(250, 250, 250));
    expect(data.filter((_, i) => i % 6 === 3)).toEqual(Float32Array.of(0, 500, 1000));
    // Resampled, a ramp stays one but at its ends.
    expect(data[6]).toBeCloseTo(500, 0);
  });

  it('have segments of the length that an open one usually has, where none is fixed', async () => {
    const encoder = await openComposite([of(new FirstSample(22_050)), openMfcc]);
    expect(encoder.grid).toEqual(new MfccEncoder().grid);
    expect((await openComposite([of(new FirstSample()), of(new FirstSample())])).grid.windowSeconds).toBe(1);
  });

  it('refuse two fixed grids, by name, and close what they opened', async () => {
    const [a, b] = [new OnGrid(2), new OnGrid(3)];
    const error = await openComposite([of(a, false), of(b)]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      option: 'encoder',
      message: expect.stringMatching(/first-sample cuts segments of 2\.000 s .* 3\.000 s/),
    });
    expect([a.closed, b.closed]).toEqual([1, 0]);
    // A ready one cannot be made anew.
    await expect(openComposite([of(new MfccEncoder()), of(new OnGrid(2))])).rejects.toThrow(ConfigError);
    await expect(openComposite([of(new OnGrid(2)), of(new OnGrid(2 + 1e-5))])).resolves.toBeDefined();
  });

  it('have a fingerprint of their parts and the grid, and close those that are theirs', async () => {
    const print = async (...parts: MakePart[]) => (await openComposite(parts)).fingerprint;
    const prints = await Promise.all([
      print(openMfcc, of(new OnGrid(2, 22_050))),
      print(of(new OnGrid(2, 22_050)), openMfcc),
      print(openMfcc, of(new OnGrid(3, 22_050))),
      print(openMfcc, of(new FirstSample())),
    ]);
    expect(new Set(prints).size).toBe(4);
    expect(await print(openMfcc, of(new OnGrid(2, 22_050)))).toBe(prints[0]);
    const [own, lent] = [new FirstSample(), new FirstSample()];
    const encoder: CompositeEncoder = await openComposite([of(own, false), of(lent)]);
    await encoder.close();
    expect([own.closed, lent.closed]).toEqual([1, 0]);
  });
});
