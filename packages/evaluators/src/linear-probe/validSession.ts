import type { Matrix } from '@refrain/core';
import { accuracy, likeliestClasses } from '../metrics/accuracy.ts';
import { macroAverage, perClass } from '../metrics/averages.ts';
import { rocAuc } from '../metrics/rocAuc.ts';
import { segmentAverage } from '../metrics/segmentAverage.ts';
import { type Examples, openLossSession } from './forwardPass.ts';
import type { Loss } from './graphs.ts';
import type { HeadShape } from './head.ts';

/** What of the valid rows says how well a training goes: their loss, or the metric of the task. */
export type Watch = 'loss' | 'metric';

/** How a head does on the valid rows. */
export interface ValidFigures {
  /** The mean over the rows. */
  readonly validLoss: number;
  /**
   * Where the metric is watched: the ROC-AUC, the mean over the classes that some rows have and some have not, or the accuracy of a
   * single-label task. NaN when the loss is not finite.
   */
  readonly validMetric?: number;
}

/** Measures heads on the valid rows again and again. */
export interface ValidSession {
  /** The figures of the head with this vector of numbers. */
  measure(parameters: Float32Array): Promise<ValidFigures>;
  close(): Promise<void>;
}

/** A session that measures heads of this shape on `valid`, of which there is at least one row; the metric only where it is watched. */
export async function openValidSession(
  shape: HeadShape,
  loss: Loss,
  valid: Examples,
  watch: Watch,
): Promise<ValidSession> {
  const session = await openLossSession(shape, loss, valid);
  const metricOf = loss === 'binary-cross-entropy' ? macroRocAuc : accuracyOf;
  return {
    async measure(parameters) {
      const { meanLoss: validLoss, logits } = await session.measure(parameters);
      if (watch === 'loss') return { validLoss };
      // A logit that is not finite makes the loss so, too.
      return { validLoss, validMetric: Number.isFinite(validLoss) ? metricOf(valid.targets, logits) : Number.NaN };
    },
    close: () => session.close(),
  };
}

/** Whether 0/1 targets have a class that some rows have and some have not: without one there is no ROC-AUC. */
export function hasRankedClass({ data, rows, cols }: Matrix): boolean {
  const positives = new Uint32Array(cols);
  for (let i = 0; i < rows * cols; i++) if (data[i] !== 0) positives[i % cols]!++;
  return positives.some((count) => count > 0 && count < rows);
}

// Of probabilities, as in the test, where a sigmoid may round what differs to the same.
function macroRocAuc(targets: Matrix, logits: Matrix): number {
  const rowStart = Uint32Array.from({ length: logits.rows + 1 }, (_, row) => row);
  const probabilities = segmentAverage(logits, rowStart, 'sigmoid');
  return macroAverage(perClass(rocAuc, Uint8Array.from(targets.data), probabilities)).value;
}

function accuracyOf(targets: Matrix, logits: Matrix): number {
  return accuracy(likeliestClasses(targets), likeliestClasses(logits));
}
