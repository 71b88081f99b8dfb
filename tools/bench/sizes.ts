/** What was measured, in processor seconds. */
export interface UnitCosts {
  /** To embed a clip. */
  readonly clip: number;
  /** To fit the space by a segment, bring it there and measure how alike its clip is to itself. */
  readonly segment: number;
  /** Multiplications and additions of the matrix product in a second. */
  readonly rate: number;
  /** Half passes over all pairs that a whole run comes to, each rows² · dim operations (`halfPassOperations`). */
  readonly halfPasses: number;
  /** What a clip takes besides, wherever it is not compared: reading and writing its records, its place in trees and lists. */
  readonly record: number;
}

/** A set of clips, all alike. */
export interface SetShape {
  readonly clips: number;
  readonly segmentsPerClip: number;
  readonly dim: number;
}

/** Processor seconds by stage, and bytes. */
export interface StageCosts {
  readonly embed: number;
  readonly space: number;
  readonly pairs: number;
  readonly records: number;
  /** Of the embeddings of all segments as the cache holds them, float32. */
  readonly cacheBytes: number;
  /** Of one float32 row for each clip, which every comparison needs in memory. */
  readonly rowBytes: number;
}

/** What a set costs: all but the pairs grows with the clips, the pairs with their square. */
export function stageCosts({ clips, segmentsPerClip, dim }: SetShape, unit: UnitCosts): StageCosts {
  return {
    embed: clips * unit.clip,
    space: clips * segmentsPerClip * unit.segment,
    pairs: (unit.halfPasses * clips * clips * dim) / unit.rate,
    records: clips * unit.record,
    cacheBytes: clips * segmentsPerClip * dim * 4,
    rowBytes: clips * dim * 4,
  };
}

/** The number of clips at which comparing all pairs takes as long as embedding. */
export function crossing(dim: number, { clip, rate, halfPasses }: UnitCosts): number {
  return (clip * rate) / (halfPasses * dim);
}

/** What a run takes of a clip besides the pairs, from the processor seconds of a run that had its embeddings. */
export function recordCost(seconds: number, clips: number, dim: number, rate: number, halfPasses: number): number {
  return (seconds - (halfPasses * clips * clips * dim) / rate) / clips;
}
