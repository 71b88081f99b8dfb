import { basename } from 'node:path';
import {
  type CallableComponent,
  ConfigError,
  DataError,
  defineComponent,
  type EvaluatedSet,
  type Evaluation,
  type EvaluationInput,
  type Evaluator,
  messageOf,
  parseOptions,
} from '@refrain/core';
import { checkLabelledSegments, keptMask, type ProbedInput } from '../checks.ts';
import { checkHeadFits, readHead } from './headFile.ts';
import { checkConverged, checkSplits, keptTrainings, probeShape, unsuitableForProbe } from './keptTrainings.ts';
import { SharedSessions } from './modelSessions.ts';
import { type LinearProbeOptions, linearProbeOptions } from './options.ts';
import { testMetrics, testProbabilities } from './testMetrics.ts';
import { type ProbeThreads, probeThreads } from './trainProbes.ts';

/** Raise this when training or testing change, so that old evaluations are not taken for new ones. */
const VERSION = 2;

/**
 * The evaluation of embeddings by a probe: a new head is trained on the kept clips, watched on the valid clips and tested on the test
 * clips, where a clip's probabilities are the mean over its segments. By default it is CLMR's linear evaluation (Spijkervet & Burgoyne
 * 2021); `{ ...MARBLE_PROBE, input: 'mean' }` is the probe of MARBLE (Yuan et al. 2023). With the input `mean`, a clip is the mean of its
 * segments everywhere, in the test too. With `headPath` the head comes out of a file: only the test clips count then, and the options
 * of training have no effect.
 *
 * Metrics: `PR-AUC` and `ROC-AUC`, both the mean over the classes that some test clips have and some have not (NaN without such a
 * class), or `Accuracy` of a single-label task. The details have the figures of the epoch whose weights are tested: the last one, or with
 * `keep: 'best'` the best one, which `keptEpoch` then names. What is random (the head's start, the segments drawn, the order of training,
 * dropout) comes from forks of the input's `random`; the first two are the same whatever is kept, so that kept sets can be compared pair
 * by pair.
 */
export class LinearProbe implements Evaluator {
  readonly name = 'linear-probe';
  readonly trains: boolean;
  readonly fingerprint?: string;
  readonly #options: LinearProbeOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #threads: ProbeThreads;
  readonly #thisThread = probeThreads(1);
  readonly #sessions = new SharedSessions();

  /**
   * Options left out are CLMR's; throws a ConfigError that names a bad one, or one that is not for a linear head. When `signal` is
   * aborted, `evaluate` throws its reason after the epoch it is in. `evaluateSets` trains in as many threads as `workers` says.
   */
  constructor(options: Partial<LinearProbeOptions> = {}, signal?: AbortSignal, workers = 1) {
    this.#options = parseOptions(linearProbeOptions, { ...options }, 'linear-probe');
    this.trains = this.#options.headPath === undefined;
    // What stands in the file of a loaded head, no option says.
    if (this.trains) this.fingerprint = JSON.stringify([this.name, VERSION, this.#options]);
    this.#signal = signal;
    this.#threads = probeThreads(workers);
  }

  unsuitable(input: EvaluationInput): string | undefined {
    return unsuitableForProbe(input, this.trains);
  }

  /**
   * Throws a DataError when the input does not fit together or no class has the ROC-AUC that is watched, and a ConfigError when the
   * training diverges; with `headPath` those of `readHead` and `checkHeadFits`.
   */
  async evaluate(input: EvaluationInput): Promise<Evaluation> {
    const { headPath } = this.#options;
    const reason = this.unsuitable(input);
    if (reason !== undefined) throw new DataError('evaluation', reason);
    if (headPath !== undefined) return this.#evaluateStored(input, headPath);
    keptMask(input, input.keep);
    const found: Evaluation[] = [];
    // In this thread: to start another one takes longer than many a training.
    await this.#train(input, [input], this.#thisThread, (_, evaluation) => found.push(evaluation));
    return found[0]!;
  }

  stepsPerEpoch(clips: number): number {
    return Math.ceil(clips / this.#options.batchSize);
  }

  /**
   * Trains on several sets at a time. All have one seed, `input.random`: the same head to start from, the same segment of each clip, and, where
   * they are of one size, the same order of positions in `keep`. Each evaluation is, to the last bit, that of `evaluate` on this set alone, on any
   * number of threads; its details count the optimiser's `steps` too. The examples lie in memory once for all sets. A set may be smaller than
   * a batch, and a class may have one example in it or none: its probe then learns from what there is.
   *
   * Throws what `evaluate` throws, and before any training begins a DataError that says which set is empty or names a clip twice or outside the
   * train split, or which clip's embedding is not finite (train clips that no set keeps are not looked at), and a ConfigError that names
   * `epochFactor`. Later also the reason of an aborted signal, and what `onDone` throws. Whatever it throws, no thread is left behind.
   */
  async evaluateSets(
    input: Omit<EvaluationInput, 'keep'>,
    sets: readonly EvaluatedSet[],
    onDone: (index: number, evaluation: Evaluation) => unknown,
  ): Promise<void> {
    if (this.#options.headPath !== undefined) {
      for (const [index, { keep }] of sets.entries()) await onDone(index, await this.evaluate({ ...input, keep }));
      return;
    }
    const reason = this.unsuitable({ ...input, keep: Uint32Array.of(0) });
    if (reason !== undefined) throw new DataError('evaluation', reason);
    for (const [index, set] of sets.entries()) checkSet(input, set, index);
    await this.#train(input, sets, this.#threads, (index, evaluation, epochs) => {
      const steps = epochs * this.stepsPerEpoch(sets[index]!.keep.length);
      return onDone(index, { ...evaluation, details: { ...evaluation.details, steps } });
    });
  }

  /** Ends the threads of `evaluateSets`, and closes sessions. */
  async close(): Promise<void> {
    await Promise.all([this.#threads.close(), this.#thisThread.close(), this.#sessions.close()]);
  }

  async #evaluateStored(input: EvaluationInput, path: string): Promise<Evaluation> {
    checkLabelledSegments(input, 'test');
    const head = await readHead(path);
    checkHeadFits(head, probeShape(input, this.#options));
    const probabilitiesOf = testProbabilities(input, head.shape, this.#options.input);
    const predictions = await probabilitiesOf(head.parameters);
    const { details, ...scores } = testMetrics(input, predictions);
    return { ...scores, predictions, details: { head: basename(path), ...details } };
  }

  /** Trains a head on each set and tests it; `onDone` is also told how many epochs that took. */
  async #train(
    input: ProbedInput,
    sets: readonly EvaluatedSet[],
    threads: ProbeThreads,
    onDone: (index: number, evaluation: Evaluation, epochs: number) => unknown,
  ): Promise<void> {
    checkSplits(input);
    const options = this.#options;
    const signal = this.#signal;
    const probabilitiesOf = testProbabilities(input, probeShape(input, options), options.input, this.#sessions);
    await threads.train(keptTrainings(input, sets, options), {
      ...(signal && { signal }),
      async onDone(index, trained) {
        checkConverged(trained, options);
        const { parameters, epochs, keptEpoch, stopped } = trained;
        const predictions = await probabilitiesOf(parameters);
        signal?.throwIfAborted();
        const { details, ...scores } = testMetrics(input, predictions);
        const kept = { ...(options.keep === 'best' && { keptEpoch }), ...epochs[keptEpoch - 1]! };
        const trainClips = sets[index]!.keep.length;
        const all = { trainClips, epochs: epochs.length, stopped, ...kept, ...details };
        await onDone(index, { ...scores, parameters, predictions, details: all }, epochs.length);
      },
    });
  }
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
    keptMask(input, keep);
  } catch (error) {
    throw new DataError(`sets[${index}]`, `Set ${index}: ${messageOf(error)}`, { cause: error });
  }
}

/** The component `linear-probe`. */
export const linearProbe: CallableComponent<LinearProbe, typeof linearProbeOptions, readonly ['host']> =
  defineComponent({
    name: 'linear-probe',
    description:
      'Trains a linear or MLP head on the kept clips, as CLMR or MARBLE does, and tests it on the test clips',
    options: linearProbeOptions,
    inject: ['host'],
    create: (chosen, host) => new LinearProbe(chosen, host.signal, host.workers),
  });
