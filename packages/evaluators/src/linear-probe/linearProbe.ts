import { basename } from 'node:path';
import {
  booleanOption,
  ConfigError,
  DataError,
  defineComponent,
  type Evaluation,
  type EvaluationInput,
  type Evaluator,
  numberOption,
  parseOptions,
  Service,
  shuffled,
  z,
} from '@refrain/core';
import { checkDimensions, checkFinite, checkLabelledSegments, keptMask } from '../checks.ts';
import type { Scores } from '../metrics/averages.ts';
import { segmentAverage } from '../metrics/segmentAverage.ts';
import { type ClipInput, clipExamples, segmentMeans } from './clipExamples.ts';
import { headLogits } from './forwardPass.ts';
import { type HeadParameters, type HeadShape, initialParameters } from './head.ts';
import { checkHeadFits, readHead } from './headFile.ts';
import { testMetrics } from './testMetrics.ts';
import { CLMR_PROBE, type ProbeOptions, type TrainedProbe, trainProbe } from './trainProbe.ts';

export interface LinearProbeOptions extends ProbeOptions {
  readonly input: ClipInput;
  /** A file with a head that was trained before, tested in place of a new one: then nothing is trained. */
  readonly headPath?: string | undefined;
}

/**
 * CLMR's linear evaluation (Spijkervet & Burgoyne 2021): a new head is trained on the kept clips, watched on the valid clips and tested
 * on the test clips, where a clip's probabilities are the mean over its segments. With the input `mean`, a clip is the mean of its
 * segments everywhere, in the test too. With `headPath` the head comes out of a file: only the test clips count then, and the options
 * of training have no effect.
 *
 * Metrics: `PR-AUC` and `ROC-AUC`, both the mean over the classes that some test clips have and some have not (NaN without such a
 * class), or `Accuracy` of a single-label task. What is random (the head's start, the segments drawn, the order of training) comes from
 * forks of the input's `random`; the first two are the same whatever is kept, so that kept sets can be compared pair by pair.
 */
export class LinearProbe implements Evaluator {
  readonly name = 'linear-probe';
  readonly trains: boolean;
  readonly #options: LinearProbeOptions;
  readonly #signal: AbortSignal | undefined;

  /**
   * Options left out are CLMR's; throws a ConfigError that names a bad one. When `signal` is aborted, `evaluate` throws its reason
   * after the epoch it is in.
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
   * Throws a DataError when the input does not fit together and a ConfigError when the training diverges; with `headPath` those of
   * `readHead` and `checkHeadFits`.
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
    checkHeadFits(head, this.#shape(input));
    const probabilities = await this.#testProbabilities(input, head.shape, head.parameters);
    const { details, ...scores } = testMetrics(input, probabilities);
    return { ...scores, details: { head: basename(path), ...details } };
  }

  async #evaluateNew(input: EvaluationInput): Promise<Evaluation> {
    this.#checkTraining(input);
    const probe = await this.#train(input);
    const last = probe.epochs.at(-1)!;
    if (probe.stopped === 'not finite') {
      throw new ConfigError(
        'linear-probe.learningRate',
        `The probe's valid loss became ${last.validLoss} in epoch ${probe.epochs.length}: lower learningRate (it is ` +
          `${this.#options.learningRate}), or standardise the embeddings.`,
      );
    }
    const probabilities = await this.#testProbabilities(input, this.#shape(input), probe.parameters);
    const { details, ...scores } = testMetrics(input, probabilities);
    return {
      ...scores,
      parameters: probe.parameters,
      details: {
        trainClips: input.keep.length,
        epochs: probe.epochs.length,
        stopped: probe.stopped,
        ...last,
        ...details,
      },
    };
  }

  #checkTraining(input: EvaluationInput): void {
    keptMask(input);
    for (const split of ['train', 'valid', 'test'] as const) checkLabelledSegments(input, split);
    checkDimensions(input);
  }

  async #train(input: EvaluationInput): Promise<TrainedProbe> {
    const { train, valid, keep, random } = input;
    const orders = random.fork('order');
    return trainProbe({
      train: clipExamples(input, train, keep, this.#options.input),
      valid: clipExamples(input, valid, Uint32Array.from(valid.ids.keys()), this.#options.input),
      task: input.task === 'single-label' ? 'single-label' : 'multi-label',
      options: this.#options,
      init: initialParameters(this.#shape(input), random.fork('init')),
      epochOrder: (epoch) => shuffled(orders.fork(String(epoch)), keep.length),
      ...(this.#signal && { signal: this.#signal }),
    });
  }

  #shape({ test, classes }: EvaluationInput): HeadShape {
    return { dim: test.segments.cols, classes: classes.length, mlp: this.#options.mlp };
  }

  async #testProbabilities({ task, test }: EvaluationInput, shape: HeadShape, head: HeadParameters): Promise<Scores> {
    const clips = Uint32Array.from(test.ids.keys());
    const means = this.#options.input === 'mean';
    const features = means ? segmentMeans(test, clips) : test.segments;
    const start = means ? Uint32Array.from({ length: clips.length + 1 }, (_, clip) => clip) : test.segmentStart;
    checkFinite(features, (row) => test.ids[start.findLastIndex((first) => first <= row)]!);
    const logits = await headLogits(shape, head, features);
    return segmentAverage(logits, start, task === 'single-label' ? 'softmax' : 'sigmoid');
  }
}

const linearProbeOptions = z.object({
  mlp: booleanOption().default(CLMR_PROBE.mlp).describe('whether the head has a hidden layer as wide as its input'),
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
    .describe('epochs in a row without a lower valid loss that end the training'),
  plateauPatience: numberOption((value) => value.int().min(0))
    .default(CLMR_PROBE.plateauPatience)
    .describe(
      'the learning rate falls to a tenth after more epochs in a row than this without a clearly lower valid loss',
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

/** The component `linear-probe`. */
export const linearProbe = defineComponent({
  name: 'linear-probe',
  description: "Trains CLMR's linear or MLP head on the kept clips and tests it on the test clips",
  options: linearProbeOptions,
  inject: [Service.host],
  create: (chosen, host) => new LinearProbe(chosen, host.signal),
});
