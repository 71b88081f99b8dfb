import { describe, expect, it } from 'vitest';
import { loopEpoch, loopHead, loopLoss } from './probeLoop.ts';

const matrix = (rows: number, cols: number, ...values: number[]) => ({ data: Float32Array.from(values), rows, cols });

describe('training in loops', () => {
  const examples = { features: matrix(2, 2, 1, 0, 0, 2), targets: matrix(2, 1, 1, 0) };

  it('takes a first step of the learning rate against the sign of every gradient', () => {
    const head = loopHead(matrix(1, 2, 0, 0), Float32Array.of(0));
    expect(loopEpoch(head, examples, Uint32Array.of(0, 1), 2, 0.01)).toBeCloseTo(Math.LN2, 6);
    expect(head.weights.data[0]).toBeCloseTo(0.01, 7);
    expect(head.weights.data[1]).toBeCloseTo(-0.01, 7);
    // The errors of the two rows, ½ and −½, cancel out.
    expect(head.bias[0]).toBe(0);
  });

  it('takes a step for every batch, the last of which may be smaller', () => {
    const head = loopHead(matrix(1, 2, 0, 0), Float32Array.of(0));
    loopEpoch(head, examples, Uint32Array.of(0, 1, 0), 2, 0.01);
    expect(head.steps).toBe(2);
  });

  it('has the loss of the definition', () => {
    const head = loopHead(matrix(1, 2, 1, 1), Float32Array.of(-1));
    // Logits 0 and 1, targets 1 and 0.
    expect(loopLoss(head, examples)).toBeCloseTo((Math.log(2) + Math.log(1 + Math.E)) / 2, 6);
  });
});
