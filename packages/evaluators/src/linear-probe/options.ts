import { booleanOption, numberOption, z } from '@refrain/core';

const probeFields = z.object({
  mlp: booleanOption().default(false).describe('whether the head has a hidden layer, else it is one linear layer'),
  hidden: numberOption((value) => value.int().min(1))
    .optional()
    .describe('width of the hidden layer, only with mlp; default: as wide as the input'),
  dropout: numberOption((value) => value.min(0).lt(1))
    .default(0)
    .describe('probability of leaving out a hidden unit in a step, from 0 and below 1; only with mlp'),
  learningRate: numberOption((value) => value.positive())
    .default(1e-3)
    .describe('learning rate of Adam'),
  weightDecay: numberOption((value) => value.nonnegative())
    .default(1e-6)
    .describe('L2 penalty that Adam adds to the gradient'),
  batchSize: numberOption((value) => value.int().min(1))
    .default(48)
    .describe('clips per step'),
  maxEpochs: numberOption((value) => value.int().min(1))
    .default(200)
    .describe('passes over the kept clips at most'),
  patience: numberOption((value) => value.int().min(1))
    .default(10)
    .describe('epochs in a row without a better watched figure that end the training'),
  plateauPatience: numberOption((value) => value.int().min(0))
    .default(5)
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

// Adam's step is divided by it, in float32.
const LEAST_RATE = 1e-30;

/** The options of `linear-probe`; the defaults are CLMR's. */
export const linearProbeOptions = probeFields.superRefine(({ mlp, hidden, dropout, learningRate }, context) => {
  const refuse = (name: keyof ProbeOptions, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (learningRate < LEAST_RATE) refuse('learningRate', `expected a number from ${LEAST_RATE}`);
  if (mlp) return;
  if (hidden !== undefined) refuse('hidden', 'a linear head has no hidden layer; set mlp, or leave hidden out');
  if (dropout > 0) refuse('dropout', 'expected 0 without a hidden layer; set mlp, or leave dropout out');
});

/** How clips are put before a head, and how it is trained. */
export type LinearProbeOptions = Readonly<z.output<typeof linearProbeOptions>>;

/** How a head is trained. */
export type ProbeOptions = Omit<LinearProbeOptions, 'input' | 'headPath'>;

/** What stands for a clip when a probe is trained: one of its segments, drawn at random as CLMR does, or the mean of all. */
export type ClipInput = LinearProbeOptions['input'];

/** CLMR's options of its linear evaluation (Spijkervet & Burgoyne 2021), which trains on batches of its `batch_size`, 48. */
export const CLMR_PROBE: ProbeOptions = probeFields.omit({ input: true, headPath: true }).parse({});

/**
 * MARBLE's options of its probe on MagnaTagATune (Yuan et al., "MARBLE: music audio representation benchmark for universal evaluation",
 * NeurIPS 2023; in its public repository `MTT_base_config.yaml`, `ProberForBertUtterCLS` of `probers.py`, and `get_callbacks.py`), for
 * rows that are the mean of a clip: 512 hidden units, ReLU, dropout, and the weights of the epoch with the best valid ROC-AUC, which the
 * learning rate and early stopping watch as well. On GTZAN it watches the accuracy, as here with a single-label task, with a `patience`
 * of 20 and a `plateauPatience` of 6.
 *
 * Differences: MARBLE computes in float16 where that is quicker (`precision: 16`), here all is float32; it names five learning rates
 * to search (1e-2, 5e-3, 1e-3, 5e-4, 1e-4), here is its default alone; it learns weights for a sum over the layers of a transformer,
 * here a clip has one embedding; and of a clip that it cuts into windows it trains on each and averages their logits.
 */
export const MARBLE_PROBE: ProbeOptions = {
  mlp: true,
  hidden: 512,
  dropout: 0.2,
  learningRate: 1e-3,
  weightDecay: 0,
  batchSize: 64,
  maxEpochs: 100,
  patience: 10,
  plateauPatience: 3,
  plateauFactor: 0.5,
  watch: 'metric',
  keep: 'best',
};
