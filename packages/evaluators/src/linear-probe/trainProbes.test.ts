import { Worker } from 'node:worker_threads';
import { type Matrix, seededRandom, shuffled, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Examples } from './forwardPass.ts';
import { initialParameters } from './head.ts';
import { CLMR_PROBE } from './options.ts';
import { type ProbeTraining, trainProbe } from './trainProbe.ts';
import { probeThreads, type TrainProbesOptions, trainInThread } from './trainProbes.ts';

const train = examples('train', 203, 12, 5);
const valid = examples('valid', 40, 12, 5);

// Probes of every kind on the same examples, some of which see only every other row.
const trainings: ProbeTraining[] = [0, 1, 2, 3, 4, 5].map((index) => {
  const random = seededRandom(`probe ${index}`);
  const mlp = index % 3 === 2;
  const rows = Uint32Array.from({ length: index % 2 === 0 ? 203 : 101 }, (_, row) => (index % 2 === 0 ? row : 2 * row));
  return {
    train,
    valid,
    task: 'multi-label',
    options: { ...CLMR_PROBE, mlp, learningRate: 0.01, maxEpochs: 4 + index },
    init: initialParameters({ dim: 12, classes: 5, mlp }, random.fork('init')),
    epochOrder: (epoch) => shuffled(random.fork(`${epoch}`), rows.length).map((at) => rows[at]!),
  };
});

const endless: ProbeTraining = { ...trainings[0]!, options: { ...CLMR_PROBE, maxEpochs: 1e9, patience: 1e9 } };

async function trainProbes(
  trainings: readonly ProbeTraining[],
  { workers, ...how }: TrainProbesOptions & { readonly workers: number },
) {
  const threads = probeThreads(workers);
  try {
    return await threads.train(trainings, how);
  } finally {
    await threads.close();
  }
}

describe('probes side by side', () => {
  it.each([1, 2, 3])('in %i threads are those of one after the other, bit by bit', async (workers) => {
    const told: number[] = [];
    const together = await trainProbes(trainings, { workers, onDone: (index) => told.push(index) });
    for (const [index, training] of trainings.entries()) {
      const alone = await trainProbe(training);
      expect(alone.epochs).toHaveLength(4 + index);
      expect(together[index]).toEqual(alone);
    }
    expect(told.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('take examples that lie in shared memory', async () => {
    const inShared = (matrix: Matrix) => {
      const data = new Float32Array(new SharedArrayBuffer(matrix.data.byteLength));
      data.set(matrix.data);
      return { ...matrix, data };
    };
    const shared = (given: Examples) => ({ features: inShared(given.features), targets: inShared(given.targets) });
    const training = { ...trainings[1]!, train: shared(train), valid: shared(valid) };
    const alone = await trainProbe(trainings[1]!);
    expect(await trainProbe(training)).toEqual(alone);
  });

  it('of none are none', async () => {
    expect(await trainProbes([], { workers: 2 })).toEqual([]);
  });

  it('end when they are aborted', async () => {
    const gone = AbortSignal.abort(new Error('changed my mind'));
    await expect(trainProbes(trainings, { workers: 1, signal: gone })).rejects.toThrow('changed my mind');
    const controller = new AbortController();
    const onDone = () => controller.abort(new Error('that will do'));
    const many = [trainings[0]!, endless, endless];
    await expect(trainProbes(many, { workers: 2, signal: controller.signal, onDone })).rejects.toThrow('that will do');
  });

  it('fail when one fails, and leave no other behind', async () => {
    const broken = {
      ...endless,
      epochOrder: (epoch: number) => (epoch < 3 ? Uint32Array.of(0, 1) : Uint32Array.of(203)),
    };
    await expect(trainProbes([endless, broken], { workers: 2 })).rejects.toThrow('must name rows from 0 to 202');
    const thrower = {
      ...endless,
      epochOrder: () => {
        throw new Error('no order today');
      },
    };
    await expect(trainProbes([thrower], { workers: 1 })).rejects.toThrow('no order today');
    const onDone = () => {
      throw new Error('cannot write it down');
    };
    await expect(trainProbes([trainings[0]!, endless], { workers: 1, onDone })).rejects.toThrow('cannot write it down');
  });

  it('are checked before any begins', async () => {
    const misfit = { ...trainings[0]!, init: {} };
    await expect(trainProbes([endless, misfit], { workers: 1 })).rejects.toThrow('The initial 0.weight has no numbers');
    await expect(trainProbes(trainings, { workers: 0 })).rejects.toThrow('workers is 0, expected a whole number');
  });
});

describe('a thread that trains', () => {
  it('says so when it ends or fails instead of answering', async () => {
    const thread = (code: string) => new Worker(code, { eval: true });
    const dying = thread('require("node:worker_threads").parentPort.once("message", () => process.exit(3))');
    await expect(trainInThread(dying, endless)).rejects.toThrow('ended early, with status 3');
    const failing = thread('throw new Error("out of luck")');
    await expect(trainInThread(failing, endless)).rejects.toThrow('out of luck');
  });
});

/** Features with a pattern for each class, and noise. */
function examples(name: string, rows: number, dim: number, classes: number): Examples {
  const { uniform } = seededRandom(name);
  const features = zeros(rows, dim);
  const targets = zeros(rows, classes);
  for (let i = 0; i < targets.data.length; i++) targets.data[i] = uniform() < 0.3 ? 1 : 0;
  for (let i = 0; i < features.data.length; i++) {
    const [row, column] = [Math.floor(i / dim), i % dim];
    features.data[i] = uniform() + targets.data[row * classes + (column % classes)]!;
  }
  return { features, targets };
}
