import type { PairScore, Range, ScoreCount } from '../kernel.ts';
import type { TileSize } from './tiles.ts';

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

/** The k most similar points of each of the first `lists` places, by pairs of which one is among the first `rows`. */
export interface NearestPass extends Places {
  readonly kind: 'nearest';
  readonly k: number;
  readonly lists: number;
  readonly rows: number;
  /** Component at each place; undefined where every point is its own. */
  readonly component?: Int32Array;
  /** Places of each group, where neighbours are sought inside groups only; then there are lists for all places. */
  readonly runs?: readonly Range[];
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

/** Which scores a pass counts, by place, and which pairs it lists. */
export interface ScoresOfPass extends ScoreCount {
  /** How far a score may be off in float32. */
  readonly slack: number;
}

/** How many of the pairs of which one is among the first `rows` places have which score, and those of the highest. */
export interface ScoresPass extends Places, ScoresOfPass {
  readonly kind: 'scores';
  readonly rows: number;
}

/** The pairs inside runs of places whose similarity reaches both floors. */
export interface PairsPass extends Places {
  readonly kind: 'pairs';
  readonly runs: readonly Range[];
  readonly floor: Float32Array;
  /** No more are looked for once there are more than this. */
  readonly most?: number;
  /** By place: of pairs that reach both floors, only those whose score is at least `least`. */
  readonly score?: PairScore & { readonly least: number };
}

/** The pairs of which one is among the first `rows` places, and whose similarity reaches the least floor between their places. */
export interface AlongPass extends Places {
  readonly kind: 'along';
  readonly rows: number;
  /** The floor between each place and the next. */
  readonly floors: Float32Array;
  /** No more are looked for once there are more than this. */
  readonly most: number;
  /** Scores to count on the way, where all products are computed anyway. */
  readonly scores?: ScoresOfPass;
}

/** A reduction as plain data: which pairs to look at, and what for. */
export type Pass = NearestPass | HistogramPass | ScoresPass | PairsPass | AlongPass;

/** A block of the matrix of products. */
export interface Tile {
  readonly rows: Range;
  readonly cols: Range;
}

/** The pairs i < j with i in `rows` and j in `cols`, of run number `run`; a share of a pass that one thread does in one go. */
export interface Task extends Tile {
  readonly run: number;
}

/** A task has up to so many tiles a side: enough that they share the points gathered for them, few enough that threads end together. */
export const TILES_A_SIDE = 4;

/** The tasks of a pass: they cover each of its pairs once. */
export function tasksOf(pass: Pass, size: TileSize): Task[] {
  if (!('runs' in pass)) return blockTasks(0, { start: 0, end: pass.rows }, pass.order.length, size);
  return pass.runs.flatMap((run, at) => blockTasks(at, run, run.end, size));
}

function blockTasks(run: number, rows: Range, end: number, size: TileSize): Task[] {
  const tasks: Task[] = [];
  for (const taskRows of steps(rows, TILES_A_SIDE * size.rows)) {
    for (const cols of steps({ start: taskRows.start, end }, TILES_A_SIDE * size.cols)) {
      tasks.push({ run, rows: taskRows, cols });
    }
  }
  return tasks;
}

/** The tiles of a task, column by column. Where they would lie below the diagonal, with no pair i < j, there are none, and no rows of one that do. */
export function tilesOf({ rows, cols }: Task, size: TileSize): Tile[] {
  return steps(cols, size.cols).flatMap((tileCols) =>
    steps({ start: rows.start, end: Math.min(rows.end, tileCols.end) }, size.rows).map((tileRows) => ({
      rows: tileRows,
      cols: tileCols,
    })),
  );
}

/** How many products a tile has. */
export function productsIn({ rows, cols }: Tile): number {
  return (rows.end - rows.start) * (cols.end - cols.start);
}

function steps({ start, end }: Range, length: number): Range[] {
  const parts: Range[] = [];
  for (let at = start; at < end; at += length) parts.push({ start: at, end: Math.min(end, at + length) });
  return parts;
}

/**
 * The order in which points are walked for a neighbour query: the listed rows first, then the others, each part by component, so that
 * tiles inside one component can be left out. Ascending where all rows are listed and there are no components.
 */
export function nearestOrder(
  count: number,
  listed: Uint32Array | undefined,
  component: Int32Array | undefined,
): Uint32Array {
  const byComponent = (places: Uint32Array) =>
    component === undefined ? places.sort() : places.sort((a, b) => component[a]! - component[b]! || a - b);
  const all = identityOrder(count);
  if (listed === undefined) return byComponent(all);
  const isListed = new Uint8Array(count);
  for (const row of listed) isListed[row] = 1;
  const order = new Uint32Array(count);
  order.set(byComponent(listed.slice()));
  order.set(byComponent(all.filter((i) => isListed[i] === 0)), listed.length);
  return order;
}

/** 0 … count − 1. */
export function identityOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  return order;
}

/** Whether each point is at its own place. */
export function isIdentity(order: Uint32Array): boolean {
  return order.every((i, place) => i === place);
}

/** The points with a group ≥ 0, by group, then index. */
export function sortedByGroup(groups: Int32Array): Uint32Array {
  const grouped = identityOrder(groups.length).filter((i) => groups[i]! >= 0);
  return grouped.sort((a, b) => groups[a]! - groups[b]! || a - b);
}

/** The runs of equal group in `order`, as ranges of places; runs of one point are left out: they hold no pair. */
export function groupRanges(order: Uint32Array, groups: Int32Array): Range[] {
  const ranges: Range[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && groups[order[end]!] === groups[order[start]!]) end++;
    if (end - start > 1) ranges.push({ start, end });
  }
  return ranges;
}
