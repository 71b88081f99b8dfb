import { DataError, type Matrix, type z } from '@refrain/core';
import type { HdbscanResult } from './clusterFromTree.ts';
import type { hdbscanOptions } from './options.ts';

/** A clustering with the points it was made from, to ask more of it. */
export interface HdbscanModel {
  /** The points that were clustered. */
  readonly points: Matrix;
  /** What `Hdbscan.fit` found in them. */
  readonly result: HdbscanResult;
  /** The options it had. */
  readonly options: z.input<typeof hdbscanOptions>;
}

/** Throws a DataError if the points are not as many as the result has labels. */
export function checkModel({ points, result }: HdbscanModel): void {
  if (points.rows !== result.labels.length || points.data.length !== points.rows * points.cols) {
    throw new DataError(
      'embeddings',
      `Expected the ${result.labels.length} points that were clustered, got ${points.rows} × ${points.cols} in ${points.data.length} values.`,
    );
  }
}
