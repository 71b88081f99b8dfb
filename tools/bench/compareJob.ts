import { type EvaluationSplit, type Random, sampleIndices, seededRandom } from '@refrain/core';
import type { Facts, Prepared } from './job.ts';
import { type ProbeSize, probeSplits } from './probeExamples.ts';

/** A whole comparison: probes on kept sets of every seed, and the statistics of their answers on the test split. */
export interface CompareJob {
  readonly kind: 'compare';
  readonly size: ProbeSize;
  readonly seed: number;
  /** Seeds, and sets of each: the whole one, then strategies and random ones in turn, at three quarters, half and a quarter of it. */
  readonly seeds: number;
  readonly sets: number;
  readonly test: number;
  readonly workers: number;
}

interface Run {
  readonly predictions: { readonly data: Float32Array; readonly rows: number; readonly cols: number };
  readonly details: { readonly epochs: number };
}

/** What @refrain/evaluators exports, as far as it is used here. */
interface Evaluators {
  readonly LinearProbe: new (
    options: object,
    signal: undefined,
    workers: number,
  ) => {
    evaluateSets(input: object, sets: readonly object[], onDone: (index: number, run: Run) => unknown): Promise<void>;
    close(): Promise<void>;
  };
  evaluationOf(input: object, probabilities: Run['predictions']): object;
  drawGroupResamples(groups: readonly string[], count: number, random: Random): object;
  resampledRankings(
    truth: Uint8Array,
    scores: Run['predictions'],
    resamples: object,
  ): { readonly averagePrecision: object };
  compareRuns(a: readonly object[], b: readonly object[]): { readonly difference: number };
}

const RESAMPLES = 1000;
const CLIPS_PER_TRACK = 4;
const SHARES = [0.75, 0.5, 0.25];

/** Makes a comparison ready. */
export async function prepareComparison(job: CompareJob): Promise<Prepared> {
  const entry = new URL('../../../packages/evaluators/dist/index.js', import.meta.url).href;
  const evaluators = (await import(entry)) as Evaluators;
  const { size, test, seed } = job;
  const random = seededRandom(`comparison ${seed}`);
  // The test clips come from the same distribution: a second valid split.
  const { train, valid } = probeSplits({ ...size, valid: size.valid + test }, random);
  const { cols, classes } = size;
  const splits = {
    train: splitOf('train', train, 0, size.rows),
    valid: splitOf('valid', valid, 0, size.valid),
    test: splitOf('test', valid, size.valid, test),
  };
  const truth = Uint8Array.from(valid.targets.data.subarray(size.valid * classes));
  return () => compareAll(job, evaluators, { ...splits, cols }, truth, random);
}

async function compareAll(
  { size, seeds, sets, workers, test }: CompareJob,
  { LinearProbe, evaluationOf, drawGroupResamples, resampledRankings, compareRuns }: Evaluators,
  splits: object,
  truth: Uint8Array,
  random: Random,
): Promise<Facts> {
  const classes = Array.from({ length: size.classes }, (_, index) => `tag ${index}`);
  const input = { task: 'multi-label', classes, ...splits };
  const probe = new LinearProbe({}, undefined, workers);
  const tracks = Array.from({ length: test }, (_, clip) => `track ${Math.floor(clip / CLIPS_PER_TRACK)}`);
  const resamples = drawGroupResamples(tracks, RESAMPLES, random.fork('resamples'));
  const measured: object[][] = Array.from({ length: sets }, () => []);
  let epochs = 0;
  let probeSeconds = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const own = random.fork(`seed ${seed}`);
    const kept = Array.from({ length: sets }, (_, set) => {
      const count = set === 0 ? size.rows : Math.round(size.rows * SHARES[(set - 1) % SHARES.length]!);
      return { keep: sampleIndices(own.fork(`set ${set}`), size.rows, count) };
    });
    const start = performance.now();
    const runs: Run[] = [];
    await probe.evaluateSets({ ...input, random: own }, kept, (index, run) => {
      runs[index] = run;
    });
    probeSeconds += (performance.now() - start) / 1000;
    for (const [set, run] of runs.entries()) {
      epochs += run.details.epochs;
      // As the command does, which also tells of every tag.
      evaluationOf(input, run.predictions);
      measured[set]!.push(resampledRankings(truth, run.predictions, resamples).averagePrecision);
    }
  }
  await probe.close();
  for (let set = 1; set + SHARES.length < sets; set++) compareRuns(measured[set]!, measured[set + SHARES.length]!);
  return { epochs, probeSeconds };
}

function splitOf(
  name: string,
  { features, targets }: ReturnType<typeof probeSplits>['train'],
  start: number,
  count: number,
): EvaluationSplit {
  const rows = (matrix: typeof features) => ({
    data: matrix.data.subarray(start * matrix.cols, (start + count) * matrix.cols),
    rows: count,
    cols: matrix.cols,
  });
  const segments = rows(features);
  const { data, cols } = rows(targets);
  return {
    ids: Array.from({ length: count }, (_, clip) => `${name} ${clip}`),
    labels: Array.from({ length: count }, (_, clip) =>
      Array.from(data.subarray(clip * cols, (clip + 1) * cols).keys()).filter(
        (label) => data[clip * cols + label] === 1,
      ),
    ),
    groups: new Array(count).fill(undefined),
    embeddings: segments,
    segments,
    segmentStart: Uint32Array.from({ length: count + 1 }, (_, clip) => clip),
  };
}
