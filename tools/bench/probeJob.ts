import { seededRandom, shuffled } from '@refrain/core';
import { seconds as cpuSeconds } from './cost.ts';
import { median } from './floor.ts';
import type { Facts, Prepared } from './job.ts';
import { type ProbeSize, type ProbeSplits, probeSplits } from './probeExamples.ts';
import { prepareProducts } from './probeFloor.ts';
import { loopEpoch, loopHead, loopLoss } from './probeLoop.ts';

/** What a process of the benchmark of probes does. */
export type ProbeJob = { readonly size: ProbeSize; readonly seed: number } & (
  | {
      /** One probe in this thread, the loop and the products in turns. */
      readonly kind: 'one';
      readonly epochs: number;
      readonly repeat: number;
    }
  | {
      /** Many probes side by side, each on its own order of the rows. */
      readonly kind: 'many';
      readonly probes: number;
      readonly maxEpochs: number;
      readonly workers: number;
    }
);

type Parameters = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;

interface Training extends ProbeSplits {
  readonly task: 'multi-label';
  readonly options: Readonly<Record<string, unknown>>;
  readonly init: Parameters;
  readonly epochOrder: (epoch: number) => Uint32Array;
}

interface Trained {
  readonly epochs: readonly { readonly trainLoss: number; readonly validLoss: number }[];
}

/** What @refrain/evaluators exports, as far as it is used here. */
interface Evaluators {
  readonly CLMR_PROBE: { readonly batchSize: number; readonly learningRate: number };
  initialParameters(
    shape: { readonly dim: number; readonly classes: number; readonly mlp: boolean },
    random: ReturnType<typeof seededRandom>,
  ): Parameters;
  trainProbe(training: Training): Promise<Trained>;
  probeThreads(workers: number): {
    train(trainings: readonly Training[], options: object): Promise<Trained[]>;
    close(): Promise<void>;
  };
}

/** Makes a job of the benchmark of probes ready. */
export async function prepareProbes(job: ProbeJob): Promise<Prepared> {
  const entry = new URL('../../../packages/evaluators/dist/index.js', import.meta.url).href;
  const evaluators = (await import(entry)) as Evaluators;
  const splits = probeSplits(job.size, seededRandom(`probes ${job.seed}`));
  if (job.kind === 'one') return () => oneProbe(job, evaluators, splits);
  return async () => {
    const trainings = Array.from({ length: job.probes }, (_, index) =>
      trainingOf(job, evaluators, splits, index, job.maxEpochs),
    );
    const threads = evaluators.probeThreads(job.workers);
    const probes = await threads.train(trainings, {});
    await threads.close();
    return { epochs: probes.reduce((sum, { epochs }) => sum + epochs.length, 0) };
  };
}

function trainingOf(
  { size, seed }: ProbeJob,
  { CLMR_PROBE, initialParameters }: Evaluators,
  splits: ProbeSplits,
  index: number,
  maxEpochs: number,
): Training {
  const random = seededRandom(`probe ${seed} ${index}`);
  return {
    ...splits,
    task: 'multi-label',
    options: { ...CLMR_PROBE, maxEpochs },
    init: initialParameters({ dim: size.cols, classes: size.classes, mlp: false }, random.fork('init')),
    epochOrder: (epoch) => shuffled(random.fork(`${epoch}`), size.rows),
  };
}

/**
 * The CPU seconds of an epoch, its valid loss included: `loopSeconds`, `probeSeconds`, and of the products alone `floorSeconds`; medians over
 * `repeat` rounds in which they take turns. Throws when the loop's losses and the probe's are not the same.
 */
async function oneProbe(
  job: ProbeJob & { readonly kind: 'one' },
  evaluators: Evaluators,
  splits: ProbeSplits,
): Promise<Facts> {
  const { batchSize } = evaluators.CLMR_PROBE;
  const products = await prepareProducts(batchSize, job.size.cols, job.size.classes);
  const training = trainingOf(job, evaluators, splits, 0, job.epochs);
  const orders = Array.from({ length: job.epochs }, (_, index) => training.epochOrder(index + 1));
  const given = { ...training, epochOrder: (epoch: number) => orders[epoch - 1]! };
  const seconds = { floor: [] as number[], loop: [] as number[], probe: [] as number[] };
  for (let round = 0; round < job.repeat; round++) {
    seconds.floor.push(((await products()) * job.size.rows) / batchSize);
    const [loopSeconds, losses] = await timed(async () => trainLoop(given, evaluators));
    seconds.loop.push(loopSeconds);
    const [probeSeconds, probe] = await timed(() => evaluators.trainProbe(given));
    seconds.probe.push(probeSeconds / job.epochs);
    checkLosses(losses, probe.epochs[0]!);
  }
  return {
    loopSeconds: median(seconds.loop),
    probeSeconds: median(seconds.probe),
    floorSeconds: median(seconds.floor),
  };
}

/** The first epoch in loops. */
function trainLoop({ init, train, valid, epochOrder }: Training, { CLMR_PROBE }: Evaluators) {
  const { batchSize, learningRate } = CLMR_PROBE;
  const [rows = 0, cols = 0] = init['0.weight']!.shape;
  const head = loopHead({ data: init['0.weight']!.data.slice(), rows, cols }, init['0.bias']!.data.slice());
  const trainLoss = loopEpoch(head, train, epochOrder(1), batchSize, learningRate);
  return { trainLoss, validLoss: loopLoss(head, valid) };
}

function checkLosses(loop: Trained['epochs'][number], probe: Trained['epochs'][number]): void {
  for (const name of ['trainLoss', 'validLoss'] as const) {
    if (Math.abs(probe[name] / loop[name] - 1) < 1e-4) continue;
    throw new Error(`The loop and the probe have not done the same: ${name} ${loop[name]} and ${probe[name]}.`);
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const before = process.cpuUsage();
  const result = await work();
  return [cpuSeconds(process.cpuUsage(before)), result];
}
