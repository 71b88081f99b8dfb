import { seededRandom, shuffled, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Examples } from './forwardPass.ts';
import type { Loss } from './graphs.ts';
import { initialParameters, packParameters } from './head.ts';
import { openStepSession } from './stepSession.ts';

const ROWS = 203;
const DIM = 6;
const CLASSES = 3;
const BATCH = 4;
const WEIGHT_DECAY = 1e-3;

// 50 batches of four rows and one of three: more than one run of the graph takes.
const order = shuffled(seededRandom('order'), ROWS);
// Whole batches, but for the last.
const parts = [order.subarray(0, 20), order.subarray(20, 80), order.subarray(80)];
const examples = madeUp();

describe.each(['binary-cross-entropy', 'cross-entropy'] as const)('many steps by %s', (loss) => {
  it.each([false, true])('do not depend on where a run of the graph ends (hidden layer: %s)', async (mlp) => {
    const whole = await trained(loss, mlp, [order]);
    const cut = await trained(loss, mlp, parts);
    expect(cut.state).toEqual(whole.state);
    const sum = cut.losses.reduce((total, value, part) => total + value * parts[part]!.length, 0);
    expect(sum / ROWS).toBeCloseTo(whole.losses[0]!, 12);
  });

  it('of a linear head are those of the definition in float64', async () => {
    const { state, losses } = await trained(loss, false, [order, order]);
    const expected = byDefinition(loss, [order, order]);
    for (const [epoch, value] of expected.losses.entries()) expect(losses[epoch]! / value).toBeCloseTo(1, 5);
    for (const [i, value] of expected.parameters.entries()) expect(state.parameters[i]).toBeCloseTo(value, 5);
  });
});

async function trained(loss: Loss, mlp: boolean, epochs: readonly Uint32Array[]) {
  const shape = { dim: DIM, classes: CLASSES, mlp };
  const init = initialParameters(shape, seededRandom('init'));
  const session = await openStepSession(shape, loss, examples, { init, weightDecay: WEIGHT_DECAY });
  const losses: number[] = [];
  for (const rows of epochs) losses.push(await session.train(rows, BATCH, 0.01));
  const state = session.state();
  await session.close();
  return { state, losses };
}

/** Adam as Kingma & Ba write it, number by number. */
function byDefinition(loss: Loss, epochs: readonly Uint32Array[]) {
  const shape = { dim: DIM, classes: CLASSES, mlp: false };
  const parameters = Float64Array.from(packParameters(shape, initialParameters(shape, seededRandom('init'))));
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  let t = 0;
  const losses = epochs.map((rows) => {
    let sum = 0;
    for (let start = 0; start < ROWS; start += BATCH) {
      const batch = rows.subarray(start, start + BATCH);
      const gradient = parameters.map((value) => value * WEIGHT_DECAY);
      for (const row of batch) sum += addGradient(loss, parameters, row, batch.length, gradient);
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

function addGradient(loss: Loss, parameters: Float64Array, row: number, batchSize: number, gradient: Float64Array) {
  const x = examples.features.data.subarray(row * DIM, (row + 1) * DIM);
  const y = examples.targets.data.subarray(row * CLASSES, (row + 1) * CLASSES);
  const logits = Array.from(y, (_, c) =>
    x.reduce((sum, value, k) => sum + value * parameters[c * DIM + k]!, parameters[CLASSES * DIM + c]!),
  );
  const binary = loss === 'binary-cross-entropy';
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const probabilities = logits.map((logit) => (binary ? 1 / (1 + Math.exp(-logit)) : Math.exp(logit) / total));
  const terms = binary ? CLASSES : 1;
  let value = 0;
  for (const [c, p] of probabilities.entries()) {
    const error = (p - y[c]!) / (batchSize * terms);
    for (const [k, feature] of x.entries()) gradient[c * DIM + k]! += error * feature;
    gradient[CLASSES * DIM + c]! += error;
    value -= (y[c] === 1 ? Math.log(p) : binary ? Math.log(1 - p) : 0) / terms;
  }
  return value;
}

/** One target per row is 1, so that both losses can learn from it. */
function madeUp(): Examples {
  const { uniform, integer } = seededRandom('examples');
  const features = zeros(ROWS, DIM);
  const targets = zeros(ROWS, CLASSES);
  for (let row = 0; row < ROWS; row++) {
    const label = integer(CLASSES);
    targets.data[row * CLASSES + label] = 1;
    for (let k = 0; k < DIM; k++) features.data[row * DIM + k] = uniform() + (k % CLASSES === label ? 0.5 : 0);
  }
  return { features, targets };
}
