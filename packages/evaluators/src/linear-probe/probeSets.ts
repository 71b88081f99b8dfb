import { ConfigError, DataError, type EvaluatedSet, messageOf } from '@refrain/core';
import type { Scores } from '../metrics/metrics.ts';
import type { HeadParameters } from './head.ts';
import {
  type ConvergedProbe,
  checkConverged,
  checkKept,
  checkSplits,
  keptTrainings,
  type LinearProbeOptions,
  type ProbedInput,
  probeShape,
  unsuitableForProbe,
} from './keptTrainings.ts';
import { testProbabilities } from './testMetrics.ts';
import type { TrainedProbe } from './trainProbe.ts';
import { type ProbeThreads, trainProbes } from './trainProbes.ts';

/** A probe that was trained on one kept set, and what it says of the test clips. */
export interface ProbeRun {
  /** `test clips × classes`; `evaluationOf` gives their metrics. */
  readonly probabilities: Scores;
  readonly parameters: HeadParameters;
  /** Passes over the kept clips. */
  readonly epochs: number;
  /** Steps that the optimiser took, one a batch. */
  readonly steps: number;
  readonly stopped: ConvergedProbe['stopped'];
  /** After the last epoch, whichever epoch's weights are kept. */
  readonly validLoss: number;
}

/** How probes on many sets are run. */
export interface ProbeSetsOptions {
  /** How many threads train side by side, each on one core: a whole number from 1; or threads that are there already. */
  readonly workers: number | ProbeThreads;
  /** Ends all trainings with its reason when aborted. */
  readonly signal?: AbortSignal;
  /** Told of each run when it is done, in the order in which they are. A promise it gives is waited for before its thread goes on. */
  readonly onDone?: (index: number, run: ProbeRun) => unknown;
}

/**
 * Trains a probe on each kept set and tests it, several at a time in threads of their own; returns the runs in the order of the sets. All
 * sets have one seed, `input.random`: the same head to start from, the same segment of each clip, and, where they are of one size, the
 * same order of positions in `keep`. Each run is, to the last bit, that of `LinearProbe` on this set alone, on any number of threads. The
 * examples lie in memory once for all sets.
 *
 * A set may be smaller than a batch, and a class may have one example in it or none: its probe then learns from what there is.
 *
 * Throws before any training begins: a DataError that says which set is empty or names a clip twice or outside the train split, which
 * clip's embedding is not finite (train clips that no set keeps are not looked at), or what does not fit together in the input; a
 * ConfigError that names a bad option, `headPath` too, since heads are trained here, `epochFactor` or `workers`. Later: a ConfigError
 * when a training diverges, the reason of an aborted `signal`, and what `onDone` throws. Whatever it throws, no thread is left behind.
 */
export async function probeSets(
  input: ProbedInput,
  sets: readonly EvaluatedSet[],
  options: LinearProbeOptions,
  { workers, signal, onDone }: ProbeSetsOptions,
): Promise<ProbeRun[]> {
  checkInput(input, options);
  for (const [index, set] of sets.entries()) checkSet(input, set, index);
  const probabilitiesOf = testProbabilities(input, probeShape(input, options), options.input);
  const runs: ProbeRun[] = [];
  const how = {
    ...(signal && { signal }),
    async onDone(index: number, probe: TrainedProbe) {
      const { parameters, epochs, stopped } = checkConverged(probe, options);
      const probabilities = await probabilitiesOf(parameters);
      signal?.throwIfAborted();
      runs[index] = {
        probabilities,
        parameters,
        epochs: epochs.length,
        steps: epochs.length * Math.ceil(sets[index]!.keep.length / options.batchSize),
        stopped,
        validLoss: epochs.at(-1)!.validLoss,
      };
      await onDone?.(index, runs[index]);
    },
  };
  const trainings = keptTrainings(input, sets, options);
  if (typeof workers === 'number') await trainProbes(trainings, { workers, ...how });
  else await workers.train(trainings, how);
  return runs;
}

function checkInput(input: ProbedInput, options: LinearProbeOptions): void {
  if (options.headPath !== undefined) {
    throw new ConfigError(
      'linear-probe.headPath',
      'linear-probe.headPath names a trained head, but a head is to be trained on each of these sets: leave headPath out.',
    );
  }
  const reason = unsuitableForProbe({ ...input, keep: Uint32Array.of(0) }, true);
  if (reason !== undefined) throw new DataError('evaluation', reason);
  checkSplits(input);
}

function checkSet(input: ProbedInput, { keep, epochFactor = 1 }: EvaluatedSet, index: number): void {
  if (!(Number.isFinite(epochFactor) && epochFactor >= 1)) {
    throw new ConfigError(
      'epochFactor',
      `The epochFactor of set ${index} is ${epochFactor}, expected a number from 1.`,
    );
  }
  if (keep.length === 0) {
    throw new DataError(`sets[${index}]`, `Set ${index} keeps no train clip, so a probe has nothing to learn from.`);
  }
  try {
    checkKept(input, keep);
  } catch (error) {
    throw new DataError(`sets[${index}]`, `Set ${index}: ${messageOf(error)}`, { cause: error });
  }
}
