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
  Service,
  z,
} from '@refrain/core';
import { checkLabelledSegments } from '../checks.ts';
import type { ClipInput } from './clipExamples.ts';
import { checkHeadFits, readHead } from './headFile.ts';
import { checkConverged, checkKept, checkSplits, keptTrainings, probeShape } from './keptTrainings.ts';
import { testMetrics } from './testMetrics.ts';
import { testProbabilities } from './testProbabilities.ts';
import { CLMR_PROBE, type ProbeOptions, trainProbe } from './trainProbe.ts';

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
    checkHeadFits(head, probeShape(input, this.#options));
    const probabilitiesOf = testProbabilities(input, head.shape, this.#options.input);
    const { details, ...scores } = testMetrics(input, await probabilitiesOf(head.parameters));
    return { ...scores, details: { head: basename(path), ...details } };
  }

  async #evaluateNew(input: EvaluationInput): Promise<Evaluation> {
    const { keep } = input;
    checkKept(input, keep);
    checkSplits(input);
    const probabilitiesOf = testProbabilities(input, probeShape(input, this.#options), this.#options.input);
    const [training] = keptTrainings(input, [{ keep }], this.#options);
    const trained = await trainProbe({ ...training!, ...(this.#signal && { signal: this.#signal }) });
    const { parameters, epochs, stopped } = checkConverged(trained, this.#options);
    const { details, ...scores } = testMetrics(input, await probabilitiesOf(parameters));
    return {
      ...scores,
      parameters,
      details: { trainClips: keep.length, epochs: epochs.length, stopped, ...epochs.at(-1)!, ...details },
    };
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
