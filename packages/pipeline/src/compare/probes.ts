import type { EvaluationInput, Host, Random } from '@refrain/core';
import { type LinearProbeOptions, type ProbeThreads, probeSets, probeThreads } from '@refrain/evaluators';
import { type ProbeStore, probeKey, type StoredProbe, storable, taskKey } from './probeStore.ts';
import type { ComparedSet } from './sets.ts';

/** What a probe may take: as many epochs as one on the whole set, or as many optimiser steps. */
export type Budget = 'epochs' | 'steps';

/** The probes of one set under one budget, by seed. */
export interface ProbedRow {
  readonly set: ComparedSet;
  readonly budget: Budget;
  readonly probes: readonly StoredProbe[];
}

/** How probes are trained. */
export interface Probing {
  readonly options: LinearProbeOptions;
  readonly budgets: readonly Budget[];
  readonly seeds: number;
  /** Where probes are kept; without it none is. */
  readonly store?: ProbeStore;
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
 * Trains and tests the probes of all sets, seed by seed: those of a seed share the head's start and the segments drawn, so that they differ by
 * their clips alone. Probes that the store has are taken from it, and each new one goes there as soon as it is done.
 */
export async function probeAll(
  task: Omit<EvaluationInput, 'keep' | 'random'>,
  sets: readonly ComparedSet[],
  { options, budgets, seeds, store, random, host }: Probing,
): Promise<ProbedRow[]> {
  const rows = sets.flatMap((set) =>
    (set.role === 'whole' ? (['epochs'] as const) : budgets).map((budget) => ({
      set,
      budget,
      probes: [] as StoredProbe[],
    })),
  );
  const known = taskKey(task);
  const progress = host.progress('training', rows.length * seeds, 'probes');
  const threads = probeThreads(host.workers);
  try {
    for (let seed = 0; seed < seeds; seed++) {
      const own = random.fork(`probe ${seed}`);
      const jobs = rows.map(({ set, budget }, row): Job => {
        const keep = set.keep[seed]!;
        const epochFactor = budget === 'steps' ? factorFor(keep.length, task.train.ids.length, options.batchSize) : 1;
        // A number drawn from the seed's generator names all that a training draws from it.
        const how = { options, epochFactor, draw: own.fork('key').integer(2 ** 52) };
        return { row, keep, epochFactor, key: probeKey(known, keep, how) };
      });
      await runJobs(jobs, { ...task, random: own }, { options, store, threads, signal: host.signal }, (row, probe) => {
        rows[row]!.probes[seed] = probe;
        progress.advance();
      });
    }
  } finally {
    progress.end();
    await threads.close();
  }
  return rows;
}

interface JobMeans extends Pick<Probing, 'options'> {
  readonly store: ProbeStore | undefined;
  readonly threads: ProbeThreads;
  readonly signal: AbortSignal;
}

async function runJobs(
  jobs: readonly Job[],
  input: Omit<EvaluationInput, 'keep'>,
  { options, store, threads, signal }: JobMeans,
  done: (row: number, probe: StoredProbe) => void,
): Promise<void> {
  const missing = new Map<string, Job[]>();
  for (const job of jobs) {
    const stored = missing.has(job.key) ? undefined : await store?.find(job.key);
    if (stored === undefined) missing.set(job.key, [...(missing.get(job.key) ?? []), job]);
    else done(job.row, stored);
  }
  const groups = [...missing.values()];
  if (groups.length === 0) return;
  const sets = groups.map(([first]) => ({ keep: first!.keep, epochFactor: first!.epochFactor }));
  await probeSets(input, sets, options, {
    workers: threads,
    signal,
    async onDone(index, run) {
      const group = groups[index]!;
      const probe = storable(run);
      await store?.add(group[0]!.key, probe);
      for (const { row } of group) done(row, probe);
    },
  });
}

/** How often the epochs of a small set count, so that its probes may take as many steps as those of the whole set. */
function factorFor(kept: number, total: number, batchSize: number): number {
  return Math.ceil(total / batchSize) / Math.ceil(kept / batchSize);
}
