import type { Matrix } from '@refrain/core';
import type { Metric } from './metricSpace.ts';

/**
 * Whether row i comes before row j by what is in them, column by column: an order of the points that does not know their indices.
 * For `cosine` rows are compared by their directions, so that their lengths have no say. Rows must be usable in the metric.
 */
export function rowOrder(points: Matrix, metric: Metric): (i: number, j: number) => boolean {
  const { data, cols } = points;
  const scales = metric === 'cosine' ? new Float64Array(points.rows) : undefined;
  // Only clusters that tie in size are ever compared, so lengths are computed when they are asked for.
  const scaleOf = (i: number) => {
    if (scales === undefined) return 1;
    if (scales[i] === 0) scales[i] = inverseNorm(points, i);
    return scales[i]!;
  };
  return (i, j) => {
    const [scaleI, scaleJ] = [scaleOf(i), scaleOf(j)];
    for (let k = 0, p = i * cols, q = j * cols; k < cols; k++) {
      const difference = data[p + k]! * scaleI - data[q + k]! * scaleJ;
      if (difference !== 0) return difference < 0;
    }
    return false;
  };
}

function inverseNorm({ data, cols }: Matrix, i: number): number {
  let sum = 0;
  for (let at = i * cols; at < (i + 1) * cols; at++) sum += data[at]! * data[at]!;
  return 1 / Math.sqrt(sum);
}
