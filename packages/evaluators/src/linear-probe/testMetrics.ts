import { DataError, type Evaluation, type EvaluationInput, type EvaluationSplit } from '@refrain/core';
import { checkFinite } from '../checks.ts';
import {
  accuracy,
  likeliestClasses,
  macroAverage,
  microAverage,
  perClass,
  recalls,
  type Scores,
  segmentAverage,
} from '../metrics/metrics.ts';
import { averagePrecision, rocAuc } from '../metrics/ranking.ts';
import { headLogits } from './forwardPass.ts';
import type { HeadParameters, HeadShape } from './head.ts';
import { segmentMeans } from './keptTrainings.ts';
import type { ModelSessions } from './modelSessions.ts';
import type { ClipInput } from './options.ts';

/** What the metrics of a test need to know: of the test clips only their labels. */
export interface TestedClips extends Pick<EvaluationInput, 'task' | 'classes'> {
  readonly test: Pick<EvaluationSplit, 'labels'>;
}

/**
 * How well probabilities `test clips × classes` fit the test clips' labels, by the metrics of the task.
 *
 * Multi-label: `PR-AUC` and `ROC-AUC`, the unweighted mean over the classes that some test clips have and some have not, with their values
 * in `perClass` (NaN for the other classes, counted in `details.skippedClasses`). Single-label: `Accuracy`, and `Recall` per class (NaN
 * for a class without test clips). A metric that is undefined is NaN.
 *
 * Throws a DataError on an unlabelled task, and unless the probabilities are finite and as many as clips × classes.
 */
export function testMetrics(input: TestedClips, probabilities: Scores): Evaluation {
  checkScores(input, probabilities);
  return input.task === 'single-label' ? singleLabel(input, probabilities) : multiLabel(input, probabilities);
}

/**
 * The metrics of `LinearProbe` from stored probabilities `test clips × classes`, to the last bit those of the evaluation that made them,
 * and for a multi-label task `PR-AUC (micro)` and `ROC-AUC (micro)` too: over all pairs of clip and class as one column, those of classes
 * that the macro average leaves out among them. See `testMetrics` for the rest and the errors.
 */
export function evaluationOf(input: TestedClips, probabilities: Scores): Evaluation {
  const evaluation = testMetrics(input, probabilities);
  if (input.task === 'single-label') return evaluation;
  const truth = truthOf(input, probabilities);
  const micro = {
    'PR-AUC (micro)': microAverage(averagePrecision, truth, probabilities),
    'ROC-AUC (micro)': microAverage(rocAuc, truth, probabilities),
  };
  return { ...evaluation, metrics: { ...evaluation.metrics, ...micro } };
}

function multiLabel(input: TestedClips, probabilities: Scores): Evaluation {
  const truth = truthOf(input, probabilities);
  const averagePrecisions = perClass(averagePrecision, truth, probabilities);
  const aucs = perClass(rocAuc, truth, probabilities);
  const { value, skipped } = macroAverage(averagePrecisions);
  return {
    metrics: { 'PR-AUC': value, 'ROC-AUC': macroAverage(aucs).value },
    perClass: { 'PR-AUC': averagePrecisions, 'ROC-AUC': aucs },
    details: { skippedClasses: skipped },
  };
}

/** 1 where a clip has a class, in the layout of the scores. */
function truthOf({ test }: TestedClips, { rows, cols }: Scores): Uint8Array {
  const truth = new Uint8Array(rows * cols);
  for (const [clip, labels] of test.labels.entries()) {
    for (const label of labels) truth[clip * cols + label] = 1;
  }
  return truth;
}

function singleLabel({ test }: TestedClips, probabilities: Scores): Evaluation {
  const truth = test.labels.map(([label]) => label!);
  const predicted = likeliestClasses(probabilities);
  return {
    metrics: { Accuracy: accuracy(truth, predicted) },
    perClass: { Recall: recalls(truth, predicted, probabilities.cols) },
  };
}

function checkScores({ task, classes, test }: TestedClips, { data, rows, cols }: Scores): void {
  if (task === 'unlabelled')
    throw new DataError('task', 'A dataset without labels has nothing to test probabilities by.');
  if (rows !== test.labels.length || cols !== classes.length || data.length !== rows * cols) {
    throw new DataError(
      'probabilities',
      `Expected probabilities of ${test.labels.length} test clips × ${classes.length} classes, got ${rows} × ${cols} with ` +
        `${data.length} numbers: they belong to another test split or another list of classes.`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  const [clip, label] = [Math.floor(bad / cols), bad % cols];
  throw new DataError(
    'probabilities',
    `The probability of class "${classes[label]}" for test clip ${clip} is ${data[bad]}; expected a finite number.`,
  );
}

/** What a head of this shape says of the test clips: probabilities `test clips × classes`. */
export type TestProbabilities = (head: HeadParameters) => Promise<Scores>;

/**
 * Tests one head after another on the test clips. A clip's probabilities are the mean over those of its segments, or with the input
 * `mean` those of the mean of its segments. Throws a DataError that names the clip when a number of the test clips is not finite.
 */
export function testProbabilities(
  { task, test }: Pick<EvaluationInput, 'task' | 'test'>,
  shape: HeadShape,
  clipInput: ClipInput,
  sessions?: ModelSessions,
): TestProbabilities {
  const clips = Uint32Array.from(test.ids.keys());
  const means = clipInput === 'mean';
  const features = means ? segmentMeans(test, clips) : test.segments;
  const start = means ? Uint32Array.from({ length: clips.length + 1 }, (_, clip) => clip) : test.segmentStart;
  checkFinite(features, (row) => test.ids[start.findLastIndex((first) => first <= row)]!);
  return async (head) => {
    const logits = await headLogits(shape, head, features, sessions);
    return segmentAverage(logits, start, task === 'single-label' ? 'softmax' : 'sigmoid');
  };
}
