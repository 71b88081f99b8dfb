import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Encoder, readNpyMatrix } from '@refrain/core';
import { onnxruntime, openSession } from '@refrain/onnx';
import type { Bench } from './context.ts';
import { median } from './floor.ts';
import { testDataFolder } from './folders.ts';
import { significant, times } from './table.ts';

/** What the encoders' index.js exports, as far as it is used here. */
interface Encoders {
  openBasicPitchEncoder(): Promise<Encoder>;
}

/** The encoder basic-pitch beside a conversion of the same model node by node, window by window, on one thread, in turns. */
export const basicPitchBench: Bench = {
  name: 'basic-pitch',
  about:
    'CPU time of the encoder basic-pitch per window, beside the reference conversion of its model; medians of --repeat 9',
  async run({ settings, say }) {
    const folder = join(testDataFolder, 'encoders', 'basic-pitch');
    const { data, rows, cols: window } = await readNpyMatrix(join(folder, 'check-input.npy'));
    const { openBasicPitchEncoder } = (await import(
      new URL('../../../packages/encoders/dist/index.js', import.meta.url).href
    )) as Encoders;
    const encoder = await openBasicPitchEncoder();
    const session = await openSession(await readFile(join(folder, 'basic-pitch.onnx')));
    const { Tensor } = await onnxruntime();
    const input = session.inputs[0]!.name;
    const one = async (row: number) => {
      const feed = new Tensor('float32', data.slice(row * window, (row + 1) * window), [1, window]);
      return (await session.run({ [input]: feed }))[session.outputs[0]!.name]!.data as Float32Array;
    };
    const ours = () => encoder.encode({ samples: data, sampleRate: encoder.sampleRate });
    const reference = async () => {
      const embeddings: Float32Array[] = [];
      for (let row = 0; row < rows; row++) embeddings.push(await one(row));
      return embeddings;
    };
    const expected = (await reference()).flatMap((values) => [...values]);
    const found = (await ours()).data;
    const difference = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - found[i]!)), 0);
    const repeat = settings.repeat ?? 9;
    say(`basic-pitch and the reference conversion, ${repeat} turns`);
    const milliseconds: [number[], number[]] = [[], []];
    for (let turn = 0; turn < repeat; turn++) {
      milliseconds[0].push((await cpuMilliseconds(reference)) / rows);
      milliseconds[1].push((await cpuMilliseconds(ours)) / rows);
    }
    await Promise.all([encoder.close?.(), session.close()]);
    const [before, now] = milliseconds.map(median) as [number, number];
    return {
      header: ['what', 'CPU ms per window', 'least', 'share of the reference'],
      rows: [
        ['reference conversion', significant(before), significant(Math.min(...milliseconds[0])), times(1)],
        ['encoder basic-pitch', significant(now), significant(Math.min(...milliseconds[1])), times(now / before)],
      ],
      notes: [
        `A window is ${window} samples, 1.988 s. The greatest difference of their numbers is ${significant(difference)}.`,
      ],
    };
  },
};

async function cpuMilliseconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
