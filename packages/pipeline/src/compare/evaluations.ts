import type { Evaluation, Evaluator, Host, Matrix, Random } from '@refrain/core';
import { KeptFiles, keyOf } from '../cache/keptFiles.ts';
import type { EvaluationTask } from '../evaluate/evaluate.ts';
import type { ComparedSet } from './sets.ts';

/** What a training may take: as many epochs as one on the whole set, or as many optimiser steps. */
type Budget = 'epochs' | 'steps';

/** The evaluations of one set under one budget, by seed. */
export interface EvaluatedRow {
  readonly set: ComparedSet;
  readonly budget: Budget;
  readonly evaluations: readonly StoredEvaluation[];
}

/** How sets are evaluated. */
export interface Evaluating {
  readonly evaluator: Evaluator;
  /** Of evaluators that count epochs; others know no budget. */
  readonly budgets: readonly Budget[];
  readonly seeds: number;
  /** Where evaluations are kept, under the evaluator's fingerprint; without either none is. */
  readonly store?: EvaluationStore;
  readonly random: Random;
  readonly host: Host;
}

interface Job {
  readonly row: number;
  readonly keep: Uint32Array;
  readonly epochFactor: number;
  readonly key: string;
}

/**
 * Evaluates all sets, seed by seed: the evaluations of a seed share what is drawn, such as a head's start and the segments, so that they differ by
 * their clips alone. Those that the store has are taken from it, and each new one goes there as soon as it is done.
 */
export async function evaluateAll(
  task: EvaluationTask,
  sets: readonly ComparedSet[],
  evaluating: Evaluating,
): Promise<EvaluatedRow[]> {
  const { evaluator, seeds, random, host } = evaluating;
  const budgets = evaluator.stepsPerEpoch ? evaluating.budgets : (['epochs'] as const);
  const rows = sets.flatMap((set) =>
    (set.role === 'whole' ? (['epochs'] as const) : budgets).map((budget) => ({
      set,
      budget,
      evaluations: [] as StoredEvaluation[],
    })),
  );
  const known = taskKey(task);
  const progress = host.progress(`evaluating by ${evaluator.name}`, rows.length * seeds, 'sets');
  try {
    for (let seed = 0; seed < seeds; seed++) {
      const own = random.fork(`probe ${seed}`);
      const jobs = rows.map(({ set, budget }, row): Job => {
        const keep = set.keep[seed]!;
        const epochFactor = budget === 'steps' ? factorFor(evaluator, keep.length, task.train.ids.length) : 1;
        // A number drawn from the seed's generator names all that an evaluation draws from it.
        const how = { evaluator: evaluator.fingerprint, epochFactor, draw: own.fork('key').integer(2 ** 52) };
        return { row, keep, epochFactor, key: evaluationKey(known, keep, how) };
      });
      await runJobs(jobs, { ...task, random: own }, evaluating, (row, evaluation) => {
        rows[row]!.evaluations[seed] = evaluation;
        progress.advance();
      });
    }
  } finally {
    progress.end();
  }
  return rows;
}

async function runJobs(
  jobs: readonly Job[],
  input: EvaluationTask & { readonly random: Random },
  { evaluator, store, host }: Evaluating,
  done: (row: number, evaluation: StoredEvaluation) => void,
): Promise<void> {
  const kept = evaluator.fingerprint === undefined ? undefined : store;
  const missing = new Map<string, Job[]>();
  for (const job of jobs) {
    const stored = missing.has(job.key) ? undefined : await kept?.find(job.key);
    if (stored === undefined) missing.set(job.key, [...(missing.get(job.key) ?? []), job]);
    else done(job.row, stored);
  }
  const groups = [...missing.values()];
  if (groups.length === 0) return;
  const onDone = async (index: number, found: Evaluation) => {
    const group = groups[index]!;
    const evaluation = storable(found);
    await kept?.add(group[0]!.key, evaluation);
    for (const { row } of group) done(row, evaluation);
  };
  const sets = groups.map(([first]) => ({ keep: first!.keep, epochFactor: first!.epochFactor }));
  if (evaluator.evaluateSets !== undefined) return evaluator.evaluateSets(input, sets, onDone);
  for (const [index, { keep }] of sets.entries()) {
    host.signal.throwIfAborted();
    await onDone(index, await evaluator.evaluate({ ...input, keep }));
  }
}

/** How often the epochs of a small set count, so that a training on it may take as many steps as one on the whole set. */
function factorFor(evaluator: Evaluator, kept: number, total: number): number {
  return (evaluator.stepsPerEpoch?.(total) ?? 1) / (evaluator.stepsPerEpoch?.(kept) ?? 1);
}

/** What is kept of an evaluation: its answers on the test split, in float32 as they come back from the file, or its metrics; and how it went. */
export interface StoredEvaluation {
  /** Test clips × classes; absent where the evaluator predicts nothing. */
  readonly predictions?: Matrix;
  readonly metrics: Readonly<Record<string, number>>;
  readonly details: Readonly<Record<string, number | string>>;
}

/** What is kept of an evaluation, so that an old one and a new one say the same. */
function storable({ predictions, metrics, details = {} }: Evaluation): StoredEvaluation {
  const { rows, cols, data } = predictions ?? { rows: 0, cols: 0, data: new Float32Array() };
  return { ...(predictions && { predictions: { rows, cols, data: Float32Array.from(data) } }), metrics, details };
}

/** Raise this when what is kept of an evaluation changes. */
const VERSION = 3;

/** A key over all that evaluators learn from and are tested on. */
export function taskKey({ task, classes, train, valid, test }: EvaluationTask): string {
  const splits = [train, valid, test].flatMap(({ ids, labels, segments, segmentStart }) => [
    JSON.stringify([ids, labels, segments.rows, segments.cols]),
    segments.data,
    segmentStart,
  ]);
  return keyOf(JSON.stringify([VERSION, task, classes]), ...splits);
}

/** The name of an evaluation: of which clips and how. */
export function evaluationKey(task: string, keep: Uint32Array, how: Readonly<Record<string, unknown>>): string {
  return keyOf(task, JSON.stringify(how), keep);
}

/**
 * Evaluations that were made before, in a folder, each a file `KEY.evaluation`. A comparison that was interrupted goes on from them; `notice` is
 * told of one that is damaged: it is made again.
 */
export class EvaluationStore {
  readonly #files: KeptFiles<EvaluationRecord>;

  constructor(folder: string, notice: (message: string) => void) {
    const words = { what: 'an evaluation of an earlier run', otherwise: 'it is made again' };
    this.#files = new KeptFiles(folder, words, notice);
  }

  /** The evaluation of this name; undefined where it is not there or cannot be read. */
  find(key: string): Promise<StoredEvaluation | undefined> {
    return this.#files.find(`${key}.evaluation`, async ({ facts: { shape, metrics, details }, numbers }) => {
      const [data] = (await numbers()) as Float32Array[];
      const defined = Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]);
      return {
        ...(shape && { predictions: { ...shape, data: data! } }),
        metrics: Object.fromEntries(defined),
        details,
      };
    });
  }

  add(key: string, { predictions, metrics, details }: StoredEvaluation): Promise<void> {
    const shape = predictions && { rows: predictions.rows, cols: predictions.cols };
    const numbers = Float32Array.from(predictions?.data ?? []);
    return this.#files.keep(`${key}.evaluation`, { ...(shape && { shape }), metrics, details }, [numbers]);
  }
}

interface EvaluationRecord extends Pick<StoredEvaluation, 'details'> {
  readonly shape?: Pick<Matrix, 'rows' | 'cols'>;
  /** As JSON has them: null where undefined. */
  readonly metrics: Readonly<Record<string, number | null>>;
}
