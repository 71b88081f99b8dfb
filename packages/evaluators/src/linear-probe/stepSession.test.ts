import { seededRandom, shuffled, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Examples } from './forwardPass.ts';
import type { Loss } from './graphs.ts';
import { type HeadParameters, type HeadShape, initialParameters } from './head.ts';
import { openStepSession } from './stepSession.ts';

const ROWS = 203;
const CLASSES = 3;
const BATCH = 4;
const WEIGHT_DECAY = 1e-3;

// 50 batches of four rows and one of three: more than one run of the graph takes.
const order = shuffled(seededRandom('order'), ROWS);
// Whole batches, but for the last.
const parts = [order.subarray(0, 20), order.subarray(20, 80), order.subarray(80)];
const EXAMPLES = { 5: madeUp(5), 6: madeUp(6) };

const HEADS: readonly HeadCase[] = [
  { name: 'linear', dim: 6, mlp: false, dropout: 0 },
  { name: 'with a hidden layer', dim: 6, mlp: true, dropout: 0 },
  { name: 'with a narrower hidden layer', dim: 5, mlp: true, hidden: 4, dropout: 0 },
  { name: 'with a wider hidden layer and dropout', dim: 6, mlp: true, hidden: 9, dropout: 0.2 },
];

describe.each(['binary-cross-entropy', 'cross-entropy'] as const)('many steps by %s of a head', (loss) => {
  it.each(HEADS)('$name do not depend on where a run of the graph ends', async (head) => {
    const whole = await trained(loss, head, [order]);
    const cut = await trained(loss, head, parts);
    expect(cut.state).toEqual(whole.state);
    const sum = cut.losses.reduce((total, value, part) => total + value * parts[part]!.length, 0);
    expect(sum / ROWS).toBeCloseTo(whole.losses[0]!, 12);
  });

  it.each(HEADS)('$name are those of the definition in float64', async (head) => {
    const { state, losses } = await trained(loss, head, [order, order]);
    const expected = byDefinition(loss, head, [order, order]);
    const found = numbersOf(state.parameters);
    for (const [epoch, value] of expected.losses.entries()) expect(losses[epoch]! / value).toBeCloseTo(1, 5);
    for (const [i, value] of expected.parameters.entries()) expect(found[i]).toBeCloseTo(value, 5);
  });
});

interface HeadCase {
  readonly name: string;
  readonly dim: keyof typeof EXAMPLES;
  readonly mlp: boolean;
  readonly hidden?: number;
  readonly dropout: number;
}

function shapeOf({ dim, mlp, hidden }: HeadCase): HeadShape {
  return { dim, classes: CLASSES, mlp, ...(hidden !== undefined && { hidden }) };
}

async function trained(loss: Loss, head: HeadCase, epochs: readonly Uint32Array[]) {
  const shape = shapeOf(head);
  const init = initialParameters(shape, seededRandom('init'));
  const { dim, dropout } = head;
  const session = await openStepSession(shape, loss, EXAMPLES[dim], { init, weightDecay: WEIGHT_DECAY, dropout });
  const random = seededRandom('masks');
  const losses: number[] = [];
  for (const rows of epochs) losses.push(await session.train(rows, BATCH, 0.01, random));
  const state = { parameters: session.parameters(), gradients: session.gradients() };
  await session.close();
  return { state, losses };
}

/** All numbers of a head, tensor by tensor. */
function numbersOf(parameters: HeadParameters): Float64Array {
  return Float64Array.from(Object.values(parameters).flatMap(({ data }) => Array.from(data)));
}

/** Adam as Kingma & Ba write it, number by number. */
function byDefinition(loss: Loss, head: HeadCase, epochs: readonly Uint32Array[]) {
  const init = initialParameters(shapeOf(head), seededRandom('init'));
  const parameters = numbersOf(init);
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  const { uniform } = seededRandom('masks');
  let t = 0;
  const losses = epochs.map((rows) => {
    let sum = 0;
    for (let start = 0; start < ROWS; start += BATCH) {
      const batch = rows.subarray(start, start + BATCH);
      const gradient = parameters.map((value) => value * WEIGHT_DECAY);
      for (const row of batch) {
        const mask = Array.from({ length: head.hidden ?? head.dim }, () =>
          head.dropout === 0 ? 1 : uniform() < head.dropout ? 0 : 1 / (1 - head.dropout),
        );
        sum += addGradient(loss, head, parameters, row, batch.length, mask, gradient);
      }
      t++;
      for (const [i, g] of gradient.entries()) {
        mean[i] = 0.9 * mean[i]! + 0.1 * g;
        square[i] = 0.999 * square[i]! + 0.001 * g * g;
        parameters[i]! -= (0.01 * (mean[i]! / (1 - 0.9 ** t))) / (Math.sqrt(square[i]! / (1 - 0.999 ** t)) + 1e-8);
      }
    }
    return sum / ROWS;
  });
  return { parameters, losses };
}

/** Adds the gradient of one row's share of its batch's loss, and returns the row's loss. */
function addGradient(
  loss: Loss,
  { dim, mlp }: HeadCase,
  parameters: Float64Array,
  row: number,
  batchSize: number,
  mask: readonly number[],
  gradient: Float64Array,
) {
  const { features, targets } = EXAMPLES[dim];
  const x = Array.from(features.data.subarray(row * dim, (row + 1) * dim));
  const y = targets.data.subarray(row * CLASSES, (row + 1) * CLASSES);
  const preactivation = mlp ? affine(parameters, 0, x, mask.length) : [];
  const input = mlp ? preactivation.map((value, unit) => Math.max(0, value) * mask[unit]!) : x;
  const second = mlp ? mask.length * (dim + 1) : 0;
  const logits = affine(parameters, second, input, CLASSES);
  const binary = loss === 'binary-cross-entropy';
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const probabilities = logits.map((logit) => (binary ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / total));
  const terms = binary ? CLASSES : 1;
  const errors = probabilities.map((p, c) => (p - y[c]!) / (batchSize * terms));
  addAffineGradient(gradient, second, input, errors);
  if (mlp) {
    const behind = preactivation.map((value, unit) => {
      const back = errors.reduce((sum, error, c) => sum + error * parameters[second + c * mask.length + unit]!, 0);
      return value > 0 ? back * mask[unit]! : 0;
    });
    addAffineGradient(gradient, 0, x, behind);
  }
  return probabilities.reduce(
    (sum, p, c) => sum - (y[c] === 1 ? Math.log(p) : binary ? Math.log(1 - p) : 0) / terms,
    0,
  );
}

/** A layer whose weights `[outputs, inputs]` lie at `offset`, its biases after them. */
function affine(parameters: Float64Array, offset: number, input: readonly number[], outputs: number): number[] {
  return Array.from({ length: outputs }, (_, o) =>
    input.reduce(
      (sum, value, k) => sum + value * parameters[offset + o * input.length + k]!,
      parameters[offset + outputs * input.length + o]!,
    ),
  );
}

function addAffineGradient(
  gradient: Float64Array,
  offset: number,
  input: readonly number[],
  errors: readonly number[],
) {
  for (const [o, error] of errors.entries()) {
    for (const [k, value] of input.entries()) gradient[offset + o * input.length + k]! += error * value;
    gradient[offset + errors.length * input.length + o]! += error;
  }
}

/** One target per row is 1, so that both losses can learn from it. */
function madeUp(dim: number): Examples {
  const { uniform, integer } = seededRandom('examples');
  const features = zeros(ROWS, dim);
  const targets = zeros(ROWS, CLASSES);
  for (let row = 0; row < ROWS; row++) {
    const label = integer(CLASSES);
    targets.data[row * CLASSES + label] = 1;
    for (let k = 0; k < dim; k++) features.data[row * dim + k] = uniform() + (k % CLASSES === label ? 0.5 : 0);
  }
  return { features, targets };
}
