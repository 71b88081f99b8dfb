import { describeWithData, testDataJson } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import type { Scores } from '../metrics/metrics.ts';
import { evaluationOf, type TestedClips, testMetrics } from './testMetrics.ts';

const scores = (rows: readonly (readonly number[])[]): Scores => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  cols: rows[0]!.length,
});
const tagged = (classes: readonly string[], labels: readonly (readonly number[])[]): TestedClips => ({
  task: 'multi-label',
  classes,
  test: { labels },
});

describe('the evaluation of probabilities', () => {
  // Worked out by hand. Class a: 0.9+, 0.8−, 0.3+; class b has no positive. All as one column: 0.9+, 0.8−, 0.5−, 0.4−, 0.3+, 0.1−.
  const input = tagged(['a', 'b'], [[0], [], [0]]);
  const probabilities = scores([
    [0.9, 0.5],
    [0.8, 0.4],
    [0.3, 0.1],
  ]);

  it('leaves a tag without positives out of the macro average, and counts it in the micro average', () => {
    const { metrics, perClass, details } = evaluationOf(input, probabilities);
    expect(perClass!['PR-AUC']![0]).toBeCloseTo((1 + 2 / 3) / 2, 15);
    expect(perClass!['ROC-AUC']![0]).toBeCloseTo(1 / 2, 15);
    expect([perClass!['PR-AUC']![1], perClass!['ROC-AUC']![1]]).toEqual([Number.NaN, Number.NaN]);
    expect(metrics['PR-AUC']).toBe(perClass!['PR-AUC']![0]);
    expect(metrics['ROC-AUC']).toBe(perClass!['ROC-AUC']![0]);
    expect(metrics['PR-AUC (micro)']).toBeCloseTo((1 + 2 / 5) / 2, 15);
    expect(metrics['ROC-AUC (micro)']).toBeCloseTo(5 / 8, 15);
    expect(details).toEqual({ skippedClasses: 1 });
  });

  it('is that of the probe, and the micro averages', () => {
    const { metrics, ...rest } = evaluationOf(input, probabilities);
    const probe = testMetrics(input, probabilities);
    expect(rest).toEqual({ perClass: probe.perClass, details: probe.details });
    expect(metrics).toMatchObject(probe.metrics);
    expect(Object.keys(metrics)).toEqual(['PR-AUC', 'ROC-AUC', 'PR-AUC (micro)', 'ROC-AUC (micro)']);
  });

  it('is undefined, not 0, where no tag has a positive', () => {
    const none = tagged(['a', 'b'], [[], [], []]);
    for (const value of Object.values(evaluationOf(none, probabilities).metrics)) expect(value).toBeNaN();
  });

  it('has the accuracy of a single-label task, and recalls', () => {
    const single: TestedClips = { task: 'single-label', classes: ['a', 'b'], test: { labels: [[0], [0], [0]] } };
    const likely = scores([
      [0.9, 0.1],
      [0.4, 0.6],
      [0.7, 0.3],
    ]);
    expect(evaluationOf(single, likely)).toEqual({
      metrics: { Accuracy: 2 / 3 },
      perClass: { Recall: [2 / 3, Number.NaN] },
    });
  });

  it.each<[string, TestedClips, Scores, string]>([
    ['of other clips', tagged(['a', 'b'], [[0]]), probabilities, '1 test clips × 2 classes, got 3 × 2 with 6 numbers'],
    ['of other classes', tagged(['a'], [[0], [], []]), probabilities, '3 test clips × 1 classes, got 3 × 2'],
    ['that were cut', input, { ...probabilities, data: probabilities.data.subarray(1) }, 'got 3 × 2 with 5 numbers'],
    [
      'that are none',
      input,
      scores([
        [0, 0],
        [0, Number.NaN],
        [0, 0],
      ]),
      'class "b" for test clip 1 is NaN',
    ],
    ['without labels', { ...input, task: 'unlabelled' }, probabilities, 'A dataset without labels'],
  ])('refuses probabilities %s', (_, clips, given, message) => {
    expect(() => evaluationOf(clips, given)).toThrow(message);
  });
});

describeWithData('golden/metrics', 'the evaluation of scikit-learn’s cases', () => {
  interface MultiLabelCase {
    readonly y_true: number[][];
    readonly y_score: number[][];
    readonly usable_classes: number[];
    readonly roc_auc_macro_usable: number;
    readonly average_precision_macro_usable: number;
    readonly roc_auc_micro: { readonly value: number };
    readonly average_precision_micro: { readonly value: number };
  }
  it.each(testDataJson<(MultiLabelCase & { name: string })[]>('golden/metrics/multilabel.json'))('$name', (golden) => {
    const labels = golden.y_true.map((row) => Array.from(row.keys()).filter((label) => row[label] === 1));
    const classes = golden.y_true[0]!.map((_, label) => `class ${label}`);
    const { metrics, details } = evaluationOf(tagged(classes, labels), scores(golden.y_score));
    expect(metrics['PR-AUC']).toBeCloseTo(golden.average_precision_macro_usable, 12);
    expect(metrics['ROC-AUC']).toBeCloseTo(golden.roc_auc_macro_usable, 12);
    expect(metrics['PR-AUC (micro)']).toBeCloseTo(golden.average_precision_micro.value, 12);
    expect(metrics['ROC-AUC (micro)']).toBeCloseTo(golden.roc_auc_micro.value, 12);
    expect(details).toEqual({ skippedClasses: classes.length - golden.usable_classes.length });
  });
});
