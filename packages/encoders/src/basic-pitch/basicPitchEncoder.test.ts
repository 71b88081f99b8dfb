import { readNpyMatrix, seededRandom } from '@refrain/core';
import { describeWithData, testDataPath, testEncoder } from '@refrain/core/testing';
import { onnxruntime, openSession } from '@refrain/onnx';
import { describe, expect, it } from 'vitest';
import { openBasicPitchEncoder } from './basicPitchEncoder.ts';
import { SAMPLE_RATE, translateBasicPitch, WINDOW } from './basicPitchModel.ts';

testEncoder(() => openBasicPitchEncoder());

async function encode(samples: Float32Array) {
  const encoder = await openBasicPitchEncoder();
  try {
    return await encoder.encode({ samples, sampleRate: SAMPLE_RATE });
  } finally {
    await encoder.close();
  }
}

describeWithData('encoders/basic-pitch', 'Basic Pitch', () => {
  const stored = (file: string) => readNpyMatrix(testDataPath('encoders', 'basic-pitch', file));

  it('gives the numbers of the reference conversion', async () => {
    const [input, expected] = [await stored('check-input.npy'), await stored('check-embedding.npy')];
    expect([input.cols, expected.cols]).toEqual([WINDOW, 440]);
    // The windows of one clip are cut where the reference has them.
    const { data, rows } = await encode(input.data);
    expect(rows).toBe(expected.rows);
    const worst = data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected.data[i]!)), 0);
    expect(worst).toBeLessThan(1e-5);
  });
});

describe('the arrangement of the model', () => {
  it('gives what its nodes give one by one, at the edges of the keyboard and for silence too', async () => {
    const [quick, plain] = await Promise.all([translateBasicPitch(), translateBasicPitch(undefined, { asItIs: true })]);
    const sessions = [await openSession(quick), await openSession(plain)];
    const { Tensor } = await onnxruntime();
    const random = seededRandom('basic pitch');
    const noise = Float32Array.from({ length: WINDOW }, () => random.uniform() - 0.5);
    const tones = [27.5, 261.6, 4186].map((hertz) =>
      Float32Array.from(
        { length: WINDOW },
        (_, i) => 0.3 * Math.sign(Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE)),
      ),
    );
    // All frequencies are measured from the weakest. Of a pure tone that is little more than rounding, by which two layouts of one graph differ as much.
    for (const [samples, most] of [
      [noise, 1e-5],
      [new Float32Array(WINDOW), 1e-5],
      ...tones.map((tone) => [tone, 1e-3] as const),
    ] as const) {
      const feed = { audio: new Tensor('float32', samples, [1, WINDOW]) };
      const [found, expected] = await Promise.all(
        sessions.map(async (session) => (await session.run(feed)).embedding!.data as Float32Array),
      );
      const worst = found!.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected![i]!)), 0);
      expect(worst).toBeLessThan(most);
    }
    await Promise.all(sessions.map((session) => session.close()));
  });
});

describe('notes', () => {
  it('are those that sound: key 49 of 88 for 440 Hz, and an octave above it', async () => {
    const loudest = async (hertz: number) => {
      const sine = Float32Array.from(
        { length: WINDOW },
        (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE),
      );
      const notes = (await encode(sine)).data.subarray(264, 352);
      return notes.indexOf(Math.max(...notes)) + 1;
    };
    expect(await loudest(440)).toBe(49);
    expect(await loudest(880)).toBe(61);
  });

  it('are read from whole windows; a shorter clip is filled up with zeros', async () => {
    const samples = Float32Array.from({ length: 2 * WINDOW - 1 }, (_, i) => Math.sin(i / 10));
    const { rows, data } = await encode(samples);
    expect(rows).toBe(1);
    const short = samples.subarray(0, 20_000);
    const padded = new Float32Array(WINDOW);
    padded.set(short);
    expect((await encode(short)).data).toEqual((await encode(padded)).data);
    expect(data).toEqual((await encode(samples.subarray(0, WINDOW))).data);
  });
});
