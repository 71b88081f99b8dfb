import { type Matrix, seededRandom, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { hasRankedClass, headLogits, openValidSession } from './forwardPass.ts';
import { type HeadShape, initialParameters } from './head.ts';

const ROWS = 60;
const shape: HeadShape = { dim: 4, classes: 5, mlp: true, hidden: 3 };
const init = initialParameters(shape, seededRandom('init'));
const features = madeUp('features', 4, (value) => value);

describe('the figures of the valid rows', () => {
  it('have the ROC-AUC that counting all pairs gives, over the classes that some rows have and some have not', async () => {
    // Class 3 has every row and class 4 none.
    const targets = madeUp('targets', 5, (value, col) => Number(col === 3 || (col < 3 && value < 0.3)));
    const session = await openValidSession(shape, 'binary-cross-entropy', { features, targets }, 'metric');
    const { validMetric } = await session.measure(init);
    await session.close();
    const logits = await headLogits(shape, init, features);
    expect(validMetric).toBeCloseTo(
      (areaByPairs(targets, logits, 0) + areaByPairs(targets, logits, 1) + areaByPairs(targets, logits, 2)) / 3,
      12,
    );
  });

  it('have the share of rows whose own class has the greatest logit', async () => {
    const { integer } = seededRandom('labels');
    const targets = zeros(ROWS, 5);
    const labels = Array.from({ length: ROWS }, () => integer(5));
    for (const [row, label] of labels.entries()) targets.data[row * 5 + label] = 1;
    const session = await openValidSession(shape, 'cross-entropy', { features, targets }, 'metric');
    const { validMetric } = await session.measure(init);
    await session.close();
    const { data } = await headLogits(shape, init, features);
    const right = labels.filter(
      (label, row) => data[row * 5 + label] === Math.max(...data.subarray(row * 5, row * 5 + 5)),
    );
    expect(validMetric).toBe(right.length / ROWS);
  });

  it('have no metric unless it is watched, and NaN at a loss that is not finite', async () => {
    const targets = madeUp('targets', 5, (value) => Number(value < 0.3));
    const watched = await openValidSession(shape, 'binary-cross-entropy', { features, targets }, 'metric');
    const unwatched = await openValidSession(shape, 'binary-cross-entropy', { features, targets }, 'loss');
    const { validLoss } = await watched.measure(init);
    expect(await unwatched.measure(init)).toEqual({ validLoss });
    const lost = { ...init, '2.bias': { shape: [5], data: new Float32Array(5).fill(Number.NaN) } };
    expect(await watched.measure(lost)).toEqual({ validLoss: Number.NaN, validMetric: Number.NaN });
    await Promise.all([watched.close(), unwatched.close()]);
  });
});

describe('a class to rank by', () => {
  it('is one that some rows have and some have not', () => {
    const of = (...data: number[]) => hasRankedClass({ data: Float32Array.from(data), rows: 2, cols: 2 });
    expect(of(1, 0, 1, 0)).toBe(false);
    expect(of(0, 0, 0, 0)).toBe(false);
    expect(of(1, 0, 1, 1)).toBe(true);
    expect(of(1, 0, 0, 0)).toBe(true);
  });
});

function madeUp(name: string, cols: number, numberFor: (uniform: number, col: number) => number): Matrix {
  const { uniform } = seededRandom(name);
  const matrix = zeros(ROWS, cols);
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = numberFor(uniform(), i % cols);
  return matrix;
}

function areaByPairs(targets: Matrix, logits: Matrix, col: number): number {
  const column = ({ data, cols }: Matrix) => Array.from({ length: ROWS }, (_, row) => data[row * cols + col]!);
  const has = column(targets);
  const scores = column(logits);
  let pairs = 0;
  let ordered = 0;
  for (const [i, positive] of scores.entries()) {
    for (const [j, negative] of scores.entries()) {
      if (has[i] === 0 || has[j] === 1) continue;
      pairs++;
      ordered += positive > negative ? 1 : positive === negative ? 0.5 : 0;
    }
  }
  return ordered / pairs;
}
