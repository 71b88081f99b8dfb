import { basename } from 'node:path';
import {
  booleanOption,
  DataError,
  defineComponent,
  type EvaluatedSet,
  type Evaluation,
  type EvaluationInput,
  type Evaluator,
  numberOption,
  parseOptions,
  z,
} from '@refrain/core';
import { checkLabelledSegments } from '../checks.ts';
import { checkHeadFits, readHead } from './headFile.ts';
import {
  checkConverged,
  checkKept,
  checkSplits,
  keptTrainings,
  type LinearProbeOptions,
  probeShape,
  unsuitableForProbe,
} from './keptTrainings.ts';
import { probeSets } from './probeSets.ts';
import { testMetrics, testProbabilities } from './testMetrics.ts';
import { CLMR_PROBE, type ProbeOptions, trainProbe } from './trainProbe.ts';
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
    return headPath === undefined ? this.#evaluateNew(input) : this.#evaluateStored(input, headPath);
  }

  stepsPerEpoch(clips: number): number {
    return Math.ceil(clips / this.#options.batchSize);
  }

  /** Throws what `evaluate` throws, and a DataError for a set that is empty or names a clip twice or outside the train split. */
  async evaluateSets(
    input: Omit<EvaluationInput, 'keep'>,
    sets: readonly EvaluatedSet[],
    onDone: (index: number, evaluation: Evaluation) => unknown,
  ): Promise<void> {
    if (this.#options.headPath !== undefined) {
      for (const [index, { keep }] of sets.entries()) await onDone(index, await this.evaluate({ ...input, keep }));
      return;
    }
    await probeSets(input, sets, this.#options, {
      workers: this.#threads,
      ...(this.#signal && { signal: this.#signal }),
      onDone(index, { probabilities, parameters, ...training }) {
        const { details, ...scores } = testMetrics(input, probabilities);
        const all = { ...scores, parameters, predictions: probabilities, details: { ...training, ...details } };
        return onDone(index, all);
      },
    });
  }

  /** Ends the threads of `evaluateSets`. */
  async close(): Promise<void> {
    await this.#threads.close();
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

  async #evaluateNew(input: EvaluationInput): Promise<Evaluation> {
    const { keep } = input;
    checkKept(input, keep);
    checkSplits(input);
    const probabilitiesOf = testProbabilities(input, probeShape(input, this.#options), this.#options.input);
    const [training] = keptTrainings(input, [{ keep }], this.#options);
    const trained = await trainProbe({ ...training!, ...(this.#signal && { signal: this.#signal }) });
    const { parameters, epochs, keptEpoch, stopped } = checkConverged(trained, this.#options);
    const kept = { ...(this.#options.keep === 'best' && { keptEpoch }), ...epochs[keptEpoch - 1]! };
    const predictions = await probabilitiesOf(parameters);
    const { details, ...scores } = testMetrics(input, predictions);
    return {
      ...scores,
      parameters,
      predictions,
      details: { trainClips: keep.length, epochs: epochs.length, stopped, ...kept, ...details },
    };
  }
}

const probeFields = z.object({
  mlp: booleanOption()
    .default(CLMR_PROBE.mlp)
    .describe('whether the head has a hidden layer, else it is one linear layer'),
  hidden: numberOption((value) => value.int().min(1))
    .optional()
    .describe('width of the hidden layer, only with mlp; default: as wide as the input'),
  dropout: numberOption((value) => value.min(0).lt(1))
    .default(0)
    .describe('probability of leaving out a hidden unit in a step, from 0 and below 1; only with mlp'),
  learningRate: numberOption((value) => value.positive())
    .default(CLMR_PROBE.learningRate)
    .describe('learning rate of Adam'),
  weightDecay: numberOption((value) => value.nonnegative())
    .default(CLMR_PROBE.weightDecay)
    .describe('L2 penalty that Adam adds to the gradient'),
  batchSize: numberOption((value) => value.int().min(1))
    .default(CLMR_PROBE.batchSize)
    .describe('clips per step'),
  maxEpochs: numberOption((value) => value.int().min(1))
    .default(CLMR_PROBE.maxEpochs)
    .describe('passes over the kept clips at most'),
  patience: numberOption((value) => value.int().min(1))
    .default(CLMR_PROBE.patience)
    .describe('epochs in a row without a better watched figure that end the training'),
  plateauPatience: numberOption((value) => value.int().min(0))
    .default(CLMR_PROBE.plateauPatience)
    .describe('the learning rate falls after more epochs in a row than this without a clearly better watched figure'),
  plateauFactor: numberOption((value) => value.gt(0).lt(1))
    .default(0.1)
    .describe('what the learning rate is multiplied by when it falls, between 0 and 1'),
  watch: z
    .enum(['loss', 'metric'])
    .default('loss')
    .describe(
      'which figure of the valid clips is watched: their loss or the metric (ROC-AUC; of a single-label task the accuracy)',
    ),
  keep: z
    .enum(['last', 'best'])
    .default('last')
    .describe(
      'whose weights the head has: those of the last epoch, or of the one with the best watched figure, the first on ties',
    ),
  input: z
    .enum(['segment', 'mean'])
    .default('segment')
    .describe(
      'what the head sees of a clip: one random segment (CLMR; all of them in the test) or the mean of its segments',
    ),
  headPath: z
    .string()
    .min(1, 'expected the path of a file')
    .optional()
    .describe(
      'a file with a trained head (.pt, .ckpt, .safetensors), tested in place of a new one: nothing is trained',
    ),
});

const linearProbeOptions = probeFields.superRefine(({ mlp, hidden, dropout }, context) => {
  if (mlp) return;
  const refuse = (name: keyof ProbeOptions, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (hidden !== undefined) refuse('hidden', 'a linear head has no hidden layer; set mlp, or leave hidden out');
  if (dropout > 0) refuse('dropout', 'expected 0 without a hidden layer; set mlp, or leave dropout out');
});

/** The component `linear-probe`. */
export const linearProbe = defineComponent({
  name: 'linear-probe',
  description: 'Trains a linear or MLP head on the kept clips, as CLMR or MARBLE does, and tests it on the test clips',
  options: linearProbeOptions,
  inject: ['host'],
  create: (chosen, host) => new LinearProbe(chosen, host.signal, host.workers),
});
