import type { Evaluation, EvaluationInput } from '@refrain/core';
import { accuracy, likeliestClasses, recalls } from '../metrics/accuracy.ts';
import { averagePrecision } from '../metrics/averagePrecision.ts';
import { macroAverage, perClass, type Scores } from '../metrics/averages.ts';
import { rocAuc } from '../metrics/rocAuc.ts';

/** How well probabilities `test clips × classes` fit the test clips' labels, by the metrics of the task. */
export function testMetrics(input: EvaluationInput, probabilities: Scores): Evaluation {
  return input.task === 'single-label' ? singleLabel(input, probabilities) : multiLabel(input, probabilities);
}

function multiLabel({ test }: EvaluationInput, probabilities: Scores): Evaluation {
  const truth = new Uint8Array(probabilities.rows * probabilities.cols);
  for (const [clip, labels] of test.labels.entries()) {
    for (const label of labels) truth[clip * probabilities.cols + label] = 1;
  }
  const averagePrecisions = perClass(averagePrecision, truth, probabilities);
  const aucs = perClass(rocAuc, truth, probabilities);
  const { value, skipped } = macroAverage(averagePrecisions);
  return {
    metrics: { 'PR-AUC': value, 'ROC-AUC': macroAverage(aucs).value },
    perClass: { 'PR-AUC': averagePrecisions, 'ROC-AUC': aucs },
    details: { skippedClasses: skipped },
  };
}

function singleLabel({ test }: EvaluationInput, probabilities: Scores): Evaluation {
  const truth = test.labels.map(([label]) => label!);
  const predicted = likeliestClasses(probabilities);
  return {
    metrics: { Accuracy: accuracy(truth, predicted) },
    perClass: { Recall: recalls(truth, predicted, probabilities.cols) },
  };
}
