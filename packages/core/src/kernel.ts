import type { Matrix } from './matrix.ts';
import type { MeasureCosines } from './pruning/moments.ts';

/** Rows `start … end − 1`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * What "similar" means: `inner-product` is x·y (the cosine, when rows have unit length);
 * `euclidean` is −|x−y|²/2, so that larger is nearer for it too.
 */
export type Measure = 'inner-product' | 'euclidean';

/** Where the rows of a matrix are moved to: number k of row i becomes (x_ik · scale_i − mean_k) / unit, in float64, and is then rounded to float32. */
export interface Move {
  /** One factor for each row; absent where all are 1. */
  readonly scale?: Float64Array;
  /** One number for each column. */
  readonly mean: Float64Array;
  readonly unit: number;
}

/** Computes similarities between the rows of a matrix. */
export interface SimilarityKernel {
  readonly name: string;
  /** Brings the points to the device once; every reduction then runs where they are. Points in memory that threads share (a SharedArrayBuffer) may be used where they lie, and must stay as they are until the loaded ones are closed. `measure` defaults to `inner-product`. Throws a DataError for NaN or infinite values. */
  load(points: Matrix, measure?: Measure): Promise<LoadedPoints>;
  /**
   * As `load` of the moved points, number for number, but they are moved when they are looked at: no second matrix is made. `points` must stay as
   * they are until the loaded ones are closed. Absent where they are loaded as quickly when they were moved before.
   */
  loadMoved?(points: Matrix, move: Move, measure?: Measure): Promise<LoadedPoints>;
  /** As `measureCosines` of `@refrain/core/pruning`, to 1e-9 and quicker. Absent where plain loops do. */
  readonly measureCosines?: MeasureCosines;
  /**
   * Ends what is kept from one `load` to the next, threads, sessions or a device, once all loaded points are closed; a later `load` starts it
   * again. A second call does nothing. Absent where nothing is kept.
   */
  close?(): Promise<void>;
}

/** What every reduction takes beside its question. */
export interface Reduction {
  /** Aborts the reduction, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told now and then which share of the work is done, 0…1, ascending; at the end 1, unless there was nothing to do. */
  readonly onProgress?: (share: number) => void;
}

/** Which neighbours are sought, of which rows. */
export interface NearestQuery extends Reduction {
  /** How many neighbours per row, ≥ 1. */
  readonly k: number;
  /** The rows to find neighbours for, default all. Neighbours are sought among all rows. */
  readonly rows?: Uint32Array;
  /** Component of each point: neighbours in the row's own component are skipped. Without it only the row itself is. */
  readonly component?: Int32Array;
  /** Group of each point: when given, neighbours are sought in the row's own group only, and rows of negative groups have none. */
  readonly groups?: Int32Array;
  /** Points of which each pair has one, where given: others are no neighbours of each other. Not with `rows` or `groups`. */
  readonly among?: Uint32Array;
}

/** Neighbour lists, row-major `rows × k`, most similar first, ties by lower index. */
export interface Neighbours {
  /** Point index, −1 where a row has fewer than k neighbours. */
  readonly indices: Int32Array;
  /** Similarity in the loaded measure, −Infinity where the index is −1. */
  readonly similarities: Float32Array;
}

/** A score of each pair that is linear in its similarity: s_ij · (scale_i + scale_j) − offset_i − offset_j. One number for each point. */
export interface PairScore {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/** Which similarities are counted, into which bins. */
export interface HistogramQuery extends Reduction {
  /** Group of each point; only pairs inside one group count. Negative groups are left out. */
  readonly groups: Int32Array;
  /** Number of groups: groups are 0 … groupCount − 1. */
  readonly groupCount: number;
  /** Bins per group over `from … to`; values outside go to the first or the last bin. */
  readonly bins: number;
  readonly from: number;
  readonly to: number;
}

/** Which scores are counted, and which pairs are listed by them. */
export interface ScoreCount {
  readonly score: PairScore;
  /** Bins over `from … to`; scores outside go to the first or the last bin. It is quickest where most go to the first. */
  readonly bins: number;
  readonly from: number;
  readonly to: number;
  /** Pairs of at least this score are listed … */
  readonly least: number;
  /** … where there are not more of them than this. */
  readonly most: number;
}

/** The pairs whose scores are counted. */
export interface ScoresQuery extends ScoreCount, Reduction {
  /** Each point at most once; those that are not in it have no pair. */
  readonly among: Uint32Array;
  /** What another search found of the same scores: a kernel may take it and look at the other pairs alone. */
  readonly known?: KnownScores;
}

/** The scores of all pairs of some points. */
export interface KnownScores extends ScoreCounts {
  /** Some of those whose scores are asked for, each at most once. */
  readonly among: Uint32Array;
}

/** How many pairs have which score. */
export interface ScoreCounts {
  /** One number for each bin. */
  readonly counts: Float64Array;
  /** The pairs that were to be listed; absent where they were too many. */
  readonly pairs?: Pairs;
}

/** From which similarity on pairs are listed. */
export interface PairsQuery extends Reduction {
  /** Floor of each point: the pair (i, j) counts when its similarity is at least max(floor_i, floor_j). +Infinity leaves a point out. */
  readonly floor: Float32Array;
  /** Group of each point: when given, only pairs inside one group count and negative groups are left out. */
  readonly groups?: Int32Array;
  /** Where given, a pair that reaches its floors counts only if its score is at least `least` too. */
  readonly score?: PairScore & { readonly least: number };
}

/** Points in a row, where the similarity that a pair must have depends on what lies between the two. */
export interface AlongQuery extends Reduction {
  /** Points, each at most once; those that are not in it have no pair. */
  readonly order: Uint32Array;
  /** One number for each two points that follow one another in `order`: a pair counts when its similarity is at least the least of those between its places. +Infinity where the two need not be near. */
  readonly floors: Float32Array;
  /** Only pairs of which one is among the first so many of `order`; default all. */
  readonly rows?: number;
  /** Once there are more pairs than this no more are looked for. Default: no limit. */
  readonly most?: number;
  /** Scores of the pairs that are looked at, to be counted on the way where that costs little: a kernel may leave it. */
  readonly scores?: ScoreCount;
}

/** Sparse pairs i < j, ordered by i, then j. */
export interface Pairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  readonly similarity: Float32Array;
}

/** The pairs found, more than there may be where not all were looked for. */
export interface AlongPairs extends Pairs {
  /** All pairs were looked for of which one is among the first so many of the order: of all asked for, unless there were too many pairs. */
  readonly rows: number;
  /** Where scores were asked for and counted: those of all pairs of which one is among the first `rows`. */
  readonly scores?: ScoreCounts;
}

/**
 * Points on the device. A kernel need only compute `tile`; `withReductions` of `@refrain/core/reductions` supplies the rest,
 * and a kernel that can do better overrides it. None of them needs more than a few tiles in memory at a time; a kernel may keep more where it was given room for them.
 */
export interface LoadedPoints {
  readonly count: number;
  /** No similarity is further than this from the exact one: callers that must be exact widen by it and decide in float64. */
  readonly tolerance: number;
  /** Similarities of `rows` against `cols`, row-major. */
  tile(rows: Range, cols: Range): Promise<Float32Array>;
  nearest(query: NearestQuery): Promise<Neighbours>;
  /** Counts of pairwise similarities inside groups, row-major `groupCount × bins`; each pair counts once. */
  histogram(query: HistogramQuery): Promise<Float64Array>;
  /** Counts scores of pairs, and lists those of the highest. */
  scores(query: ScoresQuery): Promise<ScoreCounts>;
  pairsAbove(query: PairsQuery): Promise<Pairs>;
  pairsAlong(query: AlongQuery): Promise<AlongPairs>;
  close(): Promise<void>;
}
