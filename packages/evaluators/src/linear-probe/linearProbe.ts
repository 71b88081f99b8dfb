import { basename } from 'node:path';
import {
  booleanOption,
  DataError,
  defineComponent,
  type Evaluation,
  type EvaluationInput,
  type Evaluator,
  numberOption,
  parseOptions,
  z,
} from '@refrain/core';
import { checkLabelledSegments } from '../checks.ts';
import { checkHeadFits, readHead } from './headFile.ts';
import { type ClipInput, checkConverged, checkKept, checkSplits, keptTrainings, probeShape } from './keptTrainings.ts';
import { testMetrics, testProbabilities } from './testMetrics.ts';
import { CLMR_PROBE, type ProbeOptions, trainProbe } from './trainProbe.ts';

export interface LinearProbeOptions extends ProbeOptions {
  readonly input: ClipInput;
  /** A file with a head that was trained before, tested in place of a new one: then nothing is trained. */
  readonly headPath?: string | undefined;
}

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
  readonly #options: LinearProbeOptions;
  readonly #signal: AbortSignal | undefined;

  /**
   * Options left out are CLMR's; throws a ConfigError that names a bad one, or one that is not for a linear head. When `signal` is
   * aborted, `evaluate` throws its reason after the epoch it is in.
   */
  constructor(options: Partial<LinearProbeOptions> = {}, signal?: AbortSignal) {
    this.#options = parseOptions(linearProbeOptions, { ...options }, 'linear-probe');
    this.trains = this.#options.headPath === undefined;
    this.#signal = signal;
  }

  unsuitable({ task, classes, train, keep, valid, test }: EvaluationInput): string | undefined {
    if (task === 'unlabelled' || classes.length === 0)
      return 'The dataset has no labels, so a probe can be neither trained nor tested.';
    const unknown = Object.entries(this.trains ? { train, valid, test } : { test }).find(
      ([, split]) => split.unlabelled,
    );
    if (unknown !== undefined) return `The labels of the ${unknown[0]} clips are not known, and a probe needs them.`;
    if (test.ids.length === 0) return 'The dataset has no test clips to test a probe on.';
    if (!this.trains) return undefined;
    if (valid.ids.length === 0) return 'The dataset has no valid clips, which tell a probe when to stop.';
    if (train.ids.length === 0) return 'The dataset has no train clips for a probe to learn from.';
    if (keep.length === 0) return 'No train clip is kept, so a probe has nothing to learn from.';
    return undefined;
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
  create: (chosen, host) => new LinearProbe(chosen, host.signal),
});
