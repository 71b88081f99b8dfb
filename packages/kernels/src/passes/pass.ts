import type { Range } from '@refrain/core';

/**
 * A reduction over pairs of points as plain data, so that it can be sent to other threads. Points are named by their place in `order`,
 * and every per-place array goes by it.
 */
interface Places {
  /** Index of the point at each place. */
  readonly order: Uint32Array;
  /** |x|²/2 at each place under the `euclidean` measure, zeros under `inner-product`: a similarity is the product less both halves … */
  readonly halves: Float32Array;
  /** … and at most this: 0 under `euclidean`, else Infinity. */
  readonly cap: number;
}

/** The k most similar points of each of the first `rows` places. */
export interface NearestPass extends Places {
  readonly kind: 'nearest';
  readonly k: number;
  readonly rows: number;
  /** 1 at places among the first `rows` for which nothing is sought after all. */
  readonly unwanted?: Uint8Array;
  /** Whether this pass goes over all pairs of all points in their own order, as every pass does that shares its tiles with others. */
  readonly sharesTiles: boolean;
  /** Component at each place; undefined where every point is its own. */
  readonly component?: Int32Array;
  /** Upper limit of similarity at each place. */
  readonly ceiling: Float32Array;
}

/** How many pairs of similarity there are in each of `bins` equal bins over from … to, for each group. */
export interface HistogramPass extends Places {
  readonly kind: 'histogram';
  /** Places of each group, `groups[run]` is its number. */
  readonly runs: readonly Range[];
  readonly groups: Int32Array;
  readonly groupCount: number;
  readonly bins: number;
  readonly from: number;
  readonly to: number;
}

/** The pairs inside runs of places whose similarity reaches both floors. */
export interface PairsPass extends Places {
  readonly kind: 'pairs';
  readonly runs: readonly Range[];
  readonly floor: Float32Array;
}

export type Pass = NearestPass | HistogramPass | PairsPass;
