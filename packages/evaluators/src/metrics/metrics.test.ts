import { readFileSync } from 'node:fs';
import { readNpy } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  likeliestClasses,
  macroAverage,
  microAverage,
  perClass,
  recalls,
  type Scores,
  segmentAverage,
} from './metrics.ts';
import { averagePrecision, rocAuc } from './ranking.ts';

type Expected = { readonly value: number } | { readonly raises: string };

interface BinaryCase {
  readonly name: string;
  readonly y_true: number[];
  readonly y_score: (number | 'NaN' | 'Infinity' | '-Infinity')[];
  readonly roc_auc: Expected;
  readonly average_precision: Expected;
}

const matrixOf = (rows: number[][]): Scores => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  cols: rows[0]!.length,
});

describeWithData('golden/metrics', 'the golden values of scikit-learn', () => {
  const binary = testDataJson<BinaryCase[]>('golden/metrics/binary.json');
  it.each(binary)('$name', ({ y_true, y_score, roc_auc, average_precision }) => {
    const scores = y_score.map(Number);
    if (!scores.every(Number.isFinite)) {
      expect(() => rocAuc(y_true, scores)).toThrow(/expected a finite number/);
      expect(() => averagePrecision(y_true, scores)).toThrow(/expected a finite number/);
    } else if (!('value' in roc_auc)) {
      // One class only: scikit-learn raises for the one and has a convention for the other; here both are undefined.
      expect(rocAuc(y_true, scores)).toBeNaN();
      expect(averagePrecision(y_true, scores)).toBeNaN();
    } else {
      expect(Math.abs(rocAuc(y_true, scores) - roc_auc.value)).toBeLessThan(1e-12);
      const precision = (average_precision as { value: number }).value;
      expect(Math.abs(averagePrecision(y_true, scores) - precision)).toBeLessThan(1e-12);
    }
  });

  it('multi-label, with one-class columns left out of the macro mean', () => {
    interface MultiLabelCase {
      readonly y_true: number[][];
      readonly y_score: number[][];
      readonly usable_classes: number[];
      readonly roc_auc_macro_usable: number;
      readonly average_precision_macro_usable: number;
      readonly roc_auc_micro: { readonly value: number };
      readonly average_precision_micro: { readonly value: number };
    }
    for (const golden of testDataJson<MultiLabelCase[]>('golden/metrics/multilabel.json')) {
      const truth = Uint8Array.from(golden.y_true.flat());
      const scores = matrixOf(golden.y_score);
      const auc = macroAverage(perClass(rocAuc, truth, scores));
      const precision = macroAverage(perClass(averagePrecision, truth, scores));
      expect(auc.skipped).toBe(scores.cols - golden.usable_classes.length);
      expect(precision.skipped).toBe(auc.skipped);
      expect(Math.abs(auc.value - golden.roc_auc_macro_usable)).toBeLessThan(1e-12);
      expect(Math.abs(precision.value - golden.average_precision_macro_usable)).toBeLessThan(1e-12);
      expect(Math.abs(microAverage(rocAuc, truth, scores) - golden.roc_auc_micro.value)).toBeLessThan(1e-12);
      const microPrecision = microAverage(averagePrecision, truth, scores);
      expect(Math.abs(microPrecision - golden.average_precision_micro.value)).toBeLessThan(1e-12);
    }
  });

  it('1,200 clips × 20 classes in float32', async () => {
    const golden = testDataJson<{ roc_auc: number[]; average_precision: number[] }>('golden/metrics/big.json');
    const truth = (await readNpy(testDataPath('golden/metrics/big_y.npy'))).data as Uint8Array;
    const { data, shape } = await readNpy(testDataPath('golden/metrics/big_score.npy'));
    const scores = { data: data as Float32Array, rows: shape[0]!, cols: shape[1]! };
    perClass(rocAuc, truth, scores).forEach((value, index) => {
      expect(Math.abs(value - golden.roc_auc[index]!)).toBeLessThan(1e-12);
    });
    perClass(averagePrecision, truth, scores).forEach((value, index) => {
      expect(Math.abs(value - golden.average_precision[index]!)).toBeLessThan(1e-12);
    });
  });

  it('single-label: softmax, first of equals, accuracy', () => {
    const golden = testDataJson<{
      y_true: number[];
      logits: number[][];
      softmax: number[][];
      argmax_first_on_ties: number[];
      accuracy: number;
    }>('golden/metrics/single_label.json');
    const logits = matrixOf(golden.logits);
    const each = Array.from({ length: logits.rows + 1 }, (_, row) => row);
    const probabilities = segmentAverage(logits, each, 'softmax');
    golden.softmax.flat().forEach((value, index) => {
      expect(Math.abs(probabilities.data[index]! - value)).toBeLessThan(1e-12);
    });
    const predicted = likeliestClasses(logits);
    expect(Array.from(predicted)).toEqual(golden.argmax_first_on_ties);
    expect(accuracy(golden.y_true, predicted)).toBe(golden.accuracy);
  });

  it('the mean over a clip of its segments’ probabilities', () => {
    const golden = testDataJson<{
      segments_per_clip: number[];
      logits: number[][];
      clip_mean_of_sigmoid: number[][];
      clip_mean_of_softmax: number[][];
      argmax_of_mean_softmax: number[];
      y_multi: number[][];
      multi: { roc_auc: number[]; ap: number[] };
    }>('golden/metrics/segments.json');
    const start = [0];
    for (const count of golden.segments_per_clip) start.push(start.at(-1)! + count);
    const sigmoid = segmentAverage(matrixOf(golden.logits), start, 'sigmoid');
    const softmax = segmentAverage(matrixOf(golden.logits), start, 'softmax');
    golden.clip_mean_of_sigmoid.flat().forEach((value, index) => {
      expect(Math.abs(sigmoid.data[index]! - value)).toBeLessThan(1e-12);
    });
    golden.clip_mean_of_softmax.flat().forEach((value, index) => {
      expect(Math.abs(softmax.data[index]! - value)).toBeLessThan(1e-12);
    });
    expect(Array.from(likeliestClasses(softmax))).toEqual(golden.argmax_of_mean_softmax);
    perClass(rocAuc, Uint8Array.from(golden.y_multi.flat()), sigmoid).forEach((value, index) => {
      expect(Math.abs(value - golden.multi.roc_auc[index]!)).toBeLessThan(1e-12);
    });
  });
});

describeWithData('eval-golden', 'the published predictions of MusiCNN on MagnaTagATune', () => {
  it('have the published ROC-AUC and PR-AUC', () => {
    const scores = matrixOf(rowsOfCsv('est.csv'));
    const truth = Uint8Array.from(rowsOfCsv('gt.csv').flat());
    expect([scores.rows, scores.cols]).toEqual([4332, 50]);
    const auc = macroAverage(perClass(rocAuc, truth, scores));
    const precision = macroAverage(perClass(averagePrecision, truth, scores));
    expect(Math.abs(auc.value - 0.910897708562001)).toBeLessThan(1e-9);
    expect(Math.abs(precision.value - 0.4508741076307893)).toBeLessThan(1e-9);
    expect(auc.skipped + precision.skipped).toBe(0);
    expect(Math.abs(microAverage(rocAuc, truth, scores) - 0.9357250743645564)).toBeLessThan(1e-9);
  });

  function rowsOfCsv(name: string): number[][] {
    const lines = readFileSync(testDataPath('eval-golden', name), 'utf8').trim().split('\n');
    return lines.map((line) => line.split(',').slice(1).map(Number));
  }
});

describe('ranking metrics', () => {
  const cases = fc.array(fc.record({ truth: fc.integer({ min: 0, max: 1 }), score: fc.integer({ min: -3, max: 3 }) }), {
    minLength: 1,
    maxLength: 40,
  });
  const columns = (rows: { truth: number; score: number }[]) =>
    [rows.map(({ truth }) => truth), rows.map(({ score }) => score)] as const;

  it('ROC-AUC is the share of ordered pairs, and average precision the mean precision at the positives’ scores', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const positives = rows.filter(({ truth }) => truth === 1);
        const negatives = rows.filter(({ truth }) => truth === 0);
        fc.pre(positives.length > 0 && negatives.length > 0);
        const pairs = positives.flatMap((one) =>
          negatives.map((other) => (Math.sign(one.score - other.score) + 1) / 2),
        );
        expect(rocAuc(...columns(rows))).toBeCloseTo(mean(pairs), 12);
        const precisions = positives.map(({ score }) => {
          const above = rows.filter((row) => row.score >= score);
          return above.filter(({ truth }) => truth === 1).length / above.length;
        });
        expect(averagePrecision(...columns(rows))).toBeCloseTo(mean(precisions), 12);
      }),
    );
  });

  it('depend on the order of the scores alone', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const stretched = rows.map(({ truth, score }) => ({ truth, score: Math.exp(score) }));
        expect(rocAuc(...columns(stretched))).toBe(rocAuc(...columns(rows)));
        expect(averagePrecision(...columns(stretched))).toBe(averagePrecision(...columns(rows)));
      }),
    );
  });

  it('take a zero and a negative zero as equal', () => {
    expect(rocAuc([1, 0], [-0, 0])).toBe(0.5);
    expect(averagePrecision([1, 0], [0, -0])).toBe(0.5);
  });

  it('say what does not fit', () => {
    expect(() => rocAuc([1, 0], [0.5])).toThrow('Expected one score for each of 2 labels, got 1.');
    const scores = { data: new Float32Array(4), rows: 2, cols: 2 };
    expect(() => perClass(rocAuc, new Uint8Array(3), scores)).toThrow(/Expected 2 × 2 labels/);
    expect(() => accuracy([1], [])).toThrow('Expected one prediction for each of 1 labels, got 0.');
    expect(() => segmentAverage(scores, [0, 1], 'sigmoid')).toThrow('Expected the logits of 1 segments, got 2.');
  });
});

describe('accuracy', () => {
  it('is undefined for no clips', () => expect(accuracy([], [])).toBeNaN());

  it('per class is its recall, undefined for a class without clips', () => {
    expect(recalls([0, 0, 1, 1], [0, 1, 1, 1], 3)).toEqual([0.5, 1, Number.NaN]);
  });
});

describe('the macro average', () => {
  it('leaves undefined classes out and counts them', () => {
    expect(macroAverage([1, Number.NaN, 0.5])).toEqual({ value: 0.75, skipped: 1 });
    expect(macroAverage([Number.NaN])).toEqual({ value: Number.NaN, skipped: 1 });
  });
});

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
