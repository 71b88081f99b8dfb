import {
  type Clip,
  type Dataset,
  type Evaluation,
  type EvaluationInput,
  type EvaluationSplit,
  type Evaluator,
  type Host,
  mean,
  type Random,
  type SegmentEmbeddings,
  type Split,
  sampleIndices,
  sampleVariance,
} from '@refrain/core';
import type { Difference } from '../compare/report/report.ts';
import type { EvaluableDataset } from '../source/source.ts';
import { type ClipSpace, projectInto, type SpaceOptions } from '../space/space.ts';

/** The name and the splits of a task, ready for evaluators; `keep` is filled in per set. */
export type EvaluationTask = Omit<EvaluationInput, 'keep' | 'random'>;

/** One metric over several draws or seeds. */
interface Spread {
  readonly mean: number;
  /** Sample standard deviation; NaN below two values. */
  readonly sd: number;
  readonly values: readonly number[];
}

/** The evaluations of one train set: one per seed, or for random sets one per draw. */
export interface SetResult {
  readonly name: 'whole' | 'pruned' | 'random';
  readonly clips: number;
  readonly metrics: Readonly<Record<string, Spread>>;
  /** Its clips of each class; of random sets those of the first seed. */
  readonly positives: readonly number[];
  /** The first seed's evaluations, by evaluator: they carry the details. */
  readonly first: Readonly<Record<string, Evaluation>>;
  /** How it differs from random sets of its size, by metric; of the pruned set alone. */
  readonly differences?: Readonly<Record<string, Difference>>;
  /** What the first evaluator that predicts anything predicted for the test clips, a matrix for each seed; absent unless it was asked for. */
  readonly predictions?: readonly NonNullable<Evaluation['predictions']>[];
}

/** How often each set is evaluated. */
export interface Draws {
  /** Seeds of the whole and pruned set, and random sets, for evaluators that train. */
  readonly trained: number;
  /** Random sets for evaluators that do not. */
  readonly untrained: number;
  /** Whether predictions are kept. */
  readonly predictions: boolean;
}

/** The clips of a split, and their embeddings. */
interface TaskSplit {
  readonly clips: readonly Clip[];
  readonly space: Pick<ClipSpace, 'ids' | 'embeddings'>;
  readonly features: SegmentEmbeddings;
}

/** The splits of `dataset` as evaluators want them. */
export function evaluationTask(
  dataset: Pick<Dataset, 'task' | 'classes' | 'unlabelledSplits'>,
  splitOf: (name: Split) => TaskSplit,
): EvaluationTask {
  const split = (name: Split): EvaluationSplit => {
    const { clips, space, features } = splitOf(name);
    const { ids, embeddings } = space;
    return {
      ...{ ids, embeddings, ...features },
      labels: clips.map((clip) => clip.labels),
      groups: clips.map((clip) => clip.groups),
      unlabelled: dataset.unlabelledSplits?.includes(name) ?? false,
    };
  };
  const { task, classes } = dataset;
  return { task, classes, train: split('train'), valid: split('valid'), test: split('test') };
}

/** The splits of an embedded dataset as evaluators want them, all in the space of the train clips. */
export async function taskOf(embedded: EvaluableDataset, options: SpaceOptions): Promise<EvaluationTask> {
  const { space: train, dataset } = embedded;
  const splitOf = async (name: Split, space: ClipSpace): Promise<TaskSplit> => ({
    clips: embedded[name].map(({ clip }) => clip),
    space,
    features: await space.features(),
  });
  const splits = {
    train: await splitOf('train', train),
    valid: await splitOf('valid', await projectInto(train, embedded.valid, options)),
    test: await splitOf('test', await projectInto(train, embedded.test, options)),
  };
  return evaluationTask(dataset, (name) => splits[name]);
}

/**
 * Evaluates the sets that are asked for with every evaluator that suits the task, each time with the same seeds, so that sets differ
 * in nothing but their clips. Evaluators that do not suit are told to the host with their reason.
 */
export async function evaluateSets(
  task: EvaluationTask,
  keep: Uint32Array,
  names: readonly SetResult['name'][],
  evaluators: readonly Evaluator[],
  draws: Draws,
  random: Random,
  host: Host,
): Promise<SetResult[]> {
  const everything = Uint32Array.from(task.train.ids, (_, i) => i);
  const clipsOfSet = (name: SetResult['name'], seed: number) => {
    if (name === 'random') return sampleIndices(random.fork(`draw ${seed}`), everything.length, keep.length);
    return name === 'whole' ? everything : keep;
  };
  const usable = evaluators.filter((evaluator) => {
    const reason = evaluator.unsuitable({ ...task, keep, random });
    if (reason !== undefined) host.notice(`${evaluator.name} is left out. ${reason}`);
    return reason === undefined;
  });
  const times = (name: SetResult['name'], { trains }: Evaluator) =>
    trains ? draws.trained : name === 'random' ? draws.untrained : 1;
  const all = names.flatMap((name) => usable.map((evaluator) => times(name, evaluator)));
  const total = all.reduce((sum, count) => sum + count, 0);
  const progress = host.progress('evaluating', total, 'sets');
  const results: SetResult[] = [];
  try {
    for (const name of names) {
      const metrics: Record<string, Spread> = {};
      const first: Record<string, Evaluation> = {};
      let predictions: SetResult['predictions'];
      for (const evaluator of usable) {
        const runs: Evaluation[] = [];
        for (let seed = 0; seed < times(name, evaluator); seed++) {
          host.signal.throwIfAborted();
          const kept = clipsOfSet(name, seed);
          const own = random.fork(`${evaluator.name} ${seed}`);
          const { predictions: predicted, ...run } = await evaluator.evaluate({ ...task, keep: kept, random: own });
          runs.push(draws.predictions && predicted !== undefined ? { ...run, predictions: predicted } : run);
          progress.advance();
        }
        first[evaluator.name] = runs[0]!;
        const predicted = runs.flatMap((run) => run.predictions ?? []);
        if (predicted.length > 0) predictions ??= predicted;
        for (const metric of Object.keys(runs[0]!.metrics))
          metrics[metric] = spread(runs.map((run) => run.metrics[metric]!));
      }
      const clips = name === 'whole' ? everything.length : keep.length;
      const labels = Array.from(clipsOfSet(name, 0), (clip) => task.train.labels[clip]!);
      const positives = clipsPerClass(labels, task.classes);
      results.push({ name, clips, metrics, positives, first, ...(predictions && { predictions }) });
    }
  } finally {
    progress.end();
  }
  return results;
}

/** How many of the clips with these labels each class has. */
export function clipsPerClass(labels: readonly (readonly number[])[], { length }: readonly string[]): number[] {
  const counts = new Array<number>(length).fill(0);
  for (const own of labels) for (const label of own) counts[label]!++;
  return counts;
}

/** Mean and sample standard deviation. */
function spread(values: readonly number[]): Spread {
  return { mean: mean(values), sd: Math.sqrt(sampleVariance(values)), values };
}
