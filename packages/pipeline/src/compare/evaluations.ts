import type { EvaluationInput, Evaluator, Host, Random } from '@refrain/core';
import { type EvaluationStore, evaluationKey, type StoredEvaluation, storable, taskKey } from './evaluationStore.ts';
import type { ComparedSet } from './sets.ts';

/** What a training may take: as many epochs as one on the whole set, or as many optimiser steps. */
export type Budget = 'epochs' | 'steps';

/** The evaluations of one set under one budget, by seed. */
export interface EvaluatedRow {
  readonly set: ComparedSet;
  readonly budget: Budget;
  readonly evaluations: readonly StoredEvaluation[];
}

/** How sets are evaluated. */
export interface Evaluating {
  readonly evaluator: Evaluator;
  /** The evaluator's options as they took effect: evaluations are kept under them. Without them none is kept. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of evaluators that count epochs; others know no budget. */
  readonly budgets: readonly Budget[];
  readonly seeds: number;
  /** Where evaluations are kept; without it none is. */
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
  task: Omit<EvaluationInput, 'keep' | 'random'>,
  sets: readonly ComparedSet[],
  evaluating: Evaluating,
): Promise<EvaluatedRow[]> {
  const { evaluator, options, seeds, random, host } = evaluating;
  const budgets = evaluator.countsEpochs ? evaluating.budgets : (['epochs'] as const);
  const rows = sets.flatMap((set) =>
    (set.role === 'whole' ? (['epochs'] as const) : budgets).map((budget) => ({
      set,
      budget,
      evaluations: [] as StoredEvaluation[],
    })),
  );
  const known = taskKey(task);
  const batchSize = Number(options?.batchSize ?? 1);
  const progress = host.progress(`evaluating by ${evaluator.name}`, rows.length * seeds, 'sets');
  try {
    for (let seed = 0; seed < seeds; seed++) {
      const own = random.fork(`probe ${seed}`);
      const jobs = rows.map(({ set, budget }, row): Job => {
        const keep = set.keep[seed]!;
        const epochFactor = budget === 'steps' ? factorFor(keep.length, task.train.ids.length, batchSize) : 1;
        // A number drawn from the seed's generator names all that an evaluation draws from it.
        const how = { evaluator: evaluator.name, options, epochFactor, draw: own.fork('key').integer(2 ** 52) };
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
  input: Omit<EvaluationInput, 'keep'>,
  { evaluator, options, store, host }: Evaluating,
  done: (row: number, evaluation: StoredEvaluation) => void,
): Promise<void> {
  const kept = options === undefined ? undefined : store;
  const missing = new Map<string, Job[]>();
  for (const job of jobs) {
    const stored = missing.has(job.key) ? undefined : await kept?.find(job.key);
    if (stored === undefined) missing.set(job.key, [...(missing.get(job.key) ?? []), job]);
    else done(job.row, stored);
  }
  const groups = [...missing.values()];
  if (groups.length === 0) return;
  const onDone = async (index: number, found: Parameters<typeof storable>[0]) => {
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
function factorFor(kept: number, total: number, batchSize: number): number {
  return Math.ceil(total / batchSize) / Math.ceil(kept / batchSize);
}
