import { describe, expect, it } from 'vitest';
import { isWorse, labelsLost, MEASURES, shortfall, spreadOf } from './coverageMeasures.ts';

const measure = (name: string) => MEASURES.find((one) => one.name === name)!;

describe('labels lost', () => {
  const labels = [['rock', 'loud'], ['rock'], ['flute', 'flute'], [], ['flute', 'loud']];

  it('are those that no kept clip has, with how many clips had them', () => {
    expect(labelsLost(labels, [3, 1])).toEqual(
      new Map([
        ['flute', 2],
        ['loud', 2],
      ]),
    );
    expect(labelsLost(labels, [0, 2])).toEqual(new Map());
    expect(labelsLost(labels, [])?.get('rock')).toBe(2);
  });

  it('are not known where there are no labels', () => {
    expect(labelsLost([[], []], [0])).toBeUndefined();
    expect(labelsLost([], [])).toBeUndefined();
  });
});

it('knows which way a measure is worse, and takes rounding for equal', () => {
  expect(isWorse(measure('track coverage'), 0.9, 0.91)).toBe(true);
  expect(isWorse(measure('track coverage'), 0.91, 0.9)).toBe(false);
  expect(isWorse(measure('redundancy left'), 0.91, 0.9)).toBe(true);
  expect(isWorse(measure('labels lost'), 1, 0.2)).toBe(true);
  expect(isWorse(measure('track coverage'), 1, 1 + 1e-12)).toBe(false);
  expect(isWorse(measure('track coverage'), Number.NaN, 1)).toBe(false);
  expect(shortfall(measure('labels lost'), 3, 1.5)).toBe(1.5);
  expect(shortfall(measure('track coverage'), 0.75, 0.5)).toBe(-0.25);
});

it('has mean and sample deviation of draws', () => {
  const { a, b } = spreadOf([
    { a: 1, b: 2 },
    { a: 3, b: 2 },
    { a: 5, b: 2 },
  ]);
  expect(a).toEqual({ mean: 3, sd: 2 });
  expect(b).toEqual({ mean: 2, sd: 0 });
  expect(spreadOf([])).toEqual({});
});
