import { type Matrix, zeros } from '@refrain/core';
import { onnxruntime, type Tensor } from '@refrain/onnx';
import { accuracy, likeliestClasses, macroAverage, perClass, segmentAverage } from '../metrics/metrics.ts';
import { rocAuc } from '../metrics/ranking.ts';
import { type Loss, logitsModel, lossModel } from './graphs.ts';
import type { HeadParameters, HeadShape } from './head.ts';
import { type ModelSessions, ownSessions } from './modelSessions.ts';
import type { ProbeOptions } from './options.ts';

/** Rows to learn from, with 0/1 targets `rows × classes` (a single 1 per row where the loss is `cross-entropy`). */
export interface Examples {
  readonly features: Matrix;
  readonly targets: Matrix;
}

// Bounds the memory of one run on a whole split.
const CHUNK_ROWS = 4096;

/** The logits `rows × classes` of a head for rows of features. */
export async function headLogits(
  shape: HeadShape,
  parameters: HeadParameters,
  features: Matrix,
  sessions: ModelSessions = ownSessions,
): Promise<Matrix> {
  const session = await sessions.open(['logits', shape], () => logitsModel(shape));
  try {
    const fixed = await tensorsOf(parameters);
    const logits = zeros(features.rows, shape.classes);
    let offset = 0;
    for (const chunk of await chunksOf(features)) {
      const outputs = await session.run({ ...fixed, features: chunk });
      logits.data.set(outputs.logits!.data as Float32Array, offset);
      offset += outputs.logits!.size;
    }
    return logits;
  } finally {
    await session.close();
  }
}

async function tensorsOf(parameters: HeadParameters): Promise<Record<string, Tensor>> {
  const { Tensor } = await onnxruntime();
  const named = Object.entries(parameters).map(([name, { shape, data }]) => [name, new Tensor('float32', data, shape)]);
  return Object.fromEntries(named);
}

async function chunksOf({ data: given, rows, cols }: Matrix): Promise<Tensor[]> {
  const { Tensor } = await onnxruntime();
  // A session copies what threads share at every run; here once is enough.
  const data = given.buffer instanceof SharedArrayBuffer ? given.slice() : given;
  return Array.from({ length: Math.ceil(rows / CHUNK_ROWS) }, (_, index) => {
    const start = index * CHUNK_ROWS;
    const end = Math.min(rows, start + CHUNK_ROWS);
    return new Tensor('float32', data.subarray(start * cols, end * cols), [end - start, cols]);
  });
}

/** How a head does on the valid rows. */
export interface ValidFigures {
  /** The mean over the rows, summed in float64. */
  readonly validLoss: number;
  /**
   * Where the metric is watched: the ROC-AUC, the mean over the classes that some rows have and some have not, or the accuracy of a
   * single-label task. NaN when the loss is not finite.
   */
  readonly validMetric?: number;
}

/** Measures heads on the valid rows again and again. */
export interface ValidSession {
  /** The figures of the head with these weights. */
  measure(parameters: HeadParameters): Promise<ValidFigures>;
  close(): Promise<void>;
}

/** A session that measures heads of this shape on `valid`, of which there is at least one row; the metric only where it is watched. */
export async function openValidSession(
  shape: HeadShape,
  loss: Loss,
  valid: Examples,
  watch: ProbeOptions['watch'],
  sessions: ModelSessions = ownSessions,
): Promise<ValidSession> {
  const features = await chunksOf(valid.features);
  const targets = await chunksOf(valid.targets);
  const session = await sessions.open(['losses', shape, loss], () => lossModel(shape, loss));
  const metricOf = loss === 'binary-cross-entropy' ? macroRocAuc : accuracyOf;
  return {
    async measure(parameters) {
      const fixed = await tensorsOf(parameters);
      const logits = zeros(valid.features.rows, shape.classes);
      let offset = 0;
      let sum = 0;
      for (const [index, chunk] of features.entries()) {
        const outputs = await session.run({ ...fixed, features: chunk, targets: targets[index]! });
        for (const rowLoss of outputs.rowLosses!.data as Float32Array) sum += rowLoss;
        logits.data.set(outputs.logits!.data as Float32Array, offset);
        offset += outputs.logits!.size;
      }
      const validLoss = sum / valid.features.rows;
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
