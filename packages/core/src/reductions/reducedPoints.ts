import { ConfigError, DataError } from '../errors.ts';
import type {
  AlongPairs,
  AlongQuery,
  HistogramQuery,
  KnownScores,
  LoadedPoints,
  Measure,
  Move,
  NearestQuery,
  Neighbours,
  PairScore,
  Pairs,
  PairsQuery,
  Range,
  Reduction,
  ScoreCount,
  ScoreCounts,
  ScoresQuery,
} from '../kernel.ts';
import { checkSize, type Matrix } from '../matrix.ts';
import type { AlongScores } from './along.ts';
import { mergeHistograms } from './histogram.ts';
import { rowBlocks } from './movedRows.ts';
import type { NeighbourLists } from './nearest.ts';
import { emptyPairs, pushPair, sortedPairs } from './pairs.ts';
import {
  groupRanges,
  identityOrder,
  isIdentity,
  type NearestPass,
  nearestOrder,
  type Pass,
  type ScoresOfPass,
  sortedByGroup,
} from './pass.ts';
import type { Findings } from './runPass.ts';
import type { ScoredPairs } from './scores.ts';
import { fillTile, halfSquaredNorms, type InnerProducts, toleranceOf } from './tiles.ts';

/** Where the products come from, and who runs passes over them. */
export interface Reducer {
  /** The unit roundoff of its products and sums. */
  readonly roundoff: number;
  /** How many pairs there is room for, where memory is limited. */
  mostPairs?(): number;
  /** Products of the points in their own order. */
  products(): Promise<InnerProducts>;
  run<P extends Pass>(pass: P, reduction: Reduction): Promise<Findings[P['kind']]>;
  close(): Promise<void>;
}

/** Loaded points whose reductions are passes that a reducer runs. */
export class ReducedPoints implements LoadedPoints {
  readonly count: number;
  readonly tolerance: number;
  readonly #reducer: Reducer;
  /** |x|²/2 of each point under the `euclidean` measure, else undefined. */
  readonly #halfNorms: Float64Array | undefined;
  /** No similarity is larger, nor less than minus this. */
  readonly #largest: number;

  /** Of the points, or of where they are moved to. */
  constructor(points: Matrix, measure: Measure, reducer: Reducer, move?: Move) {
    this.count = points.rows;
    const halfNorms = halfSquaredNorms(points, move);
    this.tolerance = toleranceOf(halfNorms, points.cols, measure, reducer.roundoff);
    this.#reducer = reducer;
    this.#halfNorms = measure === 'euclidean' ? halfNorms : undefined;
    // |x − y|²/2 is at most four times the largest |x|²/2.
    this.#largest = halfNorms.reduce((largest, half) => Math.max(largest, 4 * half), 0);
  }

  async tile(rows: Range, cols: Range): Promise<Float32Array> {
    const values = new Float32Array((rows.end - rows.start) * (cols.end - cols.start));
    if (values.length === 0) return values;
    await fillTile(await this.#reducer.products(), this.#halfNorms, rows, cols, values);
    return values;
  }

  async nearest({ k, rows, component, groups, among, ...reduction }: NearestQuery): Promise<Neighbours> {
    checkWithin('k', [k], 1, 2 ** 31);
    checkWithin('rows', rows ?? [], 0, this.count);
    checkWithin('among', among ?? [], 0, this.count);
    checkPerPoint('component', component, this.count);
    checkPerPoint('group', groups, this.count);
    const listed = (among ?? rows) && Uint32Array.from(new Set(among ?? rows));
    const order = groups === undefined ? nearestOrder(this.count, listed, component) : sortedByGroup(groups);
    const first = groups === undefined ? (listed?.length ?? this.count) : order.length;
    const pass: NearestPass = {
      kind: 'nearest',
      ...this.#places(order),
      k,
      lists: among === undefined ? first : this.count,
      rows: first,
      ...(component && { component: Int32Array.from(order, (i) => component[i]!) }),
      ...(groups && { runs: groupRanges(order, groups) }),
    };
    return inRowOrder(await this.#run(pass, reduction), order, rows, this.count);
  }

  async histogram({ groups, groupCount, bins, from, to, ...reduction }: HistogramQuery): Promise<Float64Array> {
    checkPerPoint('group', groups, this.count);
    checkWithin('groups', groups, -(2 ** 31), groupCount);
    checkWithin('bins', [bins], 1, 2 ** 31);
    const order = sortedByGroup(groups);
    const runs = groupRanges(order, groups);
    const runGroups = Int32Array.from(runs, ({ start }) => groups[order[start]!]!);
    return this.#run(
      { kind: 'histogram', ...this.#places(order), runs, groups: runGroups, groupCount, bins, from, to },
      reduction,
    );
  }

  async scores({ among, known, signal, onProgress, ...count }: ScoresQuery): Promise<ScoreCounts> {
    checkOrder('among', among, among.length, this.count);
    const order = known === undefined ? among : knownLast(among, known, this.count);
    const rows = among.length - (known?.among.length ?? 0);
    const reduction = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    // Where there is no room for pairs, scores are counted all the same.
    const most = Math.min(count.most, this.#reducer.mostPairs?.() ?? Infinity);
    const scores = this.#scoresOfPass({ ...count, most }, order);
    const found = await this.#run({ kind: 'scores', ...this.#places(order), rows, ...scores }, reduction);
    const areListed = known === undefined || addKnown(found, known);
    return scoreCounts(found, areListed ? most : -1, this.count);
  }

  async pairsAbove({ floor, groups, score, ...reduction }: PairsQuery): Promise<Pairs> {
    checkPerPoint('floor', floor, this.count);
    checkPerPoint('group', groups, this.count);
    const group = groups ?? new Int32Array(this.count);
    const order = sortedByGroup(group).filter((i) => floor[i] !== Infinity);
    const runs = groupRanges(order, group);
    const floors = Float32Array.from(order, (i) => floor[i]!);
    const places = this.#places(order);
    const most = this.#reducer.mostPairs?.();
    const list = await this.#run(
      {
        kind: 'pairs',
        ...places,
        runs,
        floor: floors,
        ...(most !== undefined && { most }),
        ...(score && { score: { ...scoreByPlace(score, order, this.count), least: score.least } }),
      },
      reduction,
    );
    if (most !== undefined && list.count > most) throw tooManyPairs(most);
    return sortedPairs(list, this.count);
  }

  async pairsAlong({
    order,
    floors,
    rows = order.length,
    most,
    scores,
    ...reduction
  }: AlongQuery): Promise<AlongPairs> {
    checkOrder('order', order, rows, this.count);
    const gaps = Math.max(0, order.length - 1);
    if (floors.length !== gaps) {
      throw new DataError('floors', `Expected ${gaps} floors for ${order.length} points, got ${floors.length}.`);
    }
    // Pairs that are listed beside take memory.
    const counted = scores && this.#reducer.mostPairs === undefined ? this.#scoresOfPass(scores, order) : undefined;
    const places = { ...this.#places(order), ...(counted && { scores: counted }) };
    const list = await this.#run({ kind: 'along', ...places, rows, floors, most: most ?? Infinity }, reduction);
    const done = Math.min(rows, list.rows);
    const found = counted && list.scores && scoresOfRows(list.scores, order.subarray(0, done), counted, this.count);
    return {
      ...sortedPairs(list, this.count),
      rows: done,
      ...(found && { scores: scoreCounts(found, counted.most, this.count) }),
    };
  }

  #scoresOfPass({ score, bins, from, to, least, most }: ScoreCount, order: Uint32Array): ScoresOfPass {
    checkWithin('bins', [bins], 1, 2 ** 31);
    const byPlace = scoreByPlace(score, order, this.count);
    // A point of offset +Infinity has no score, whatever is rounded.
    const largest = (values: Float64Array) =>
      values.reduce((most, value) => (value === Infinity ? most : Math.max(most, Math.abs(value))), 0);
    // Six roundings of at most the largest number on the way, in float32.
    const slack = 2 ** -20 * (2 * this.#largest * largest(byPlace.scale) + 2 * largest(byPlace.offset));
    return { score: byPlace, slack, bins, from, to, least, most };
  }

  close(): Promise<void> {
    return this.#reducer.close();
  }

  #run<P extends Pass>(pass: P, reduction: Reduction): Promise<Findings[P['kind']]> {
    return this.#reducer.run(pass, reduction);
  }

  #places(order: Uint32Array): Pick<Pass, 'order' | 'halves' | 'cap'> {
    const halfNorms = this.#halfNorms;
    return {
      order,
      halves: Float32Array.from(order, (i) => halfNorms?.[i] ?? 0),
      cap: halfNorms === undefined ? Infinity : 0,
    };
  }
}

/** The points whose scores are not known, then the others. Throws a DataError where those of other points are known, or of one twice. */
function knownLast(among: Uint32Array, known: KnownScores, count: number): Uint32Array {
  checkOrder('known', known.among, known.among.length, count);
  const isKnown = new Uint8Array(count);
  for (const i of known.among) isKnown[i] = 1;
  const others = among.filter((i) => isKnown[i] === 0);
  if (others.length + known.among.length !== among.length)
    throw new DataError('known', 'Expected scores of points whose scores are asked for.');
  const order = new Uint32Array(among.length);
  order.set(others);
  order.set(known.among, others.length);
  return order;
}

/** Adds what is known to what was found. Returns whether its pairs are listed too. */
function addKnown(found: ScoredPairs, { counts, pairs }: KnownScores): boolean {
  mergeHistograms(found.counts, counts);
  if (pairs === undefined) return false;
  for (let at = 0; at < pairs.i.length; at++) pushPair(found, pairs.i[at]!, pairs.j[at]!, pairs.similarity[at]!);
  return true;
}

/** The scores of the pairs of which one is among `rows`, the first of the order: tasks of others may have begun. */
function scoresOfRows(
  { countsFrom, pairs }: AlongScores,
  rows: Uint32Array,
  { bins, most }: ScoreCount,
  count: number,
): ScoredPairs {
  const counts = new Float64Array(bins);
  for (const [first, some] of countsFrom) if (first < rows.length) mergeHistograms(counts, some);
  // Of more than there is room for some were left out, so all of them are.
  if (pairs.count > most) return { ...pairs, counts };
  const isIn = new Uint8Array(count);
  for (const i of rows) isIn[i] = 1;
  const found = emptyPairs();
  for (let at = 0; at < pairs.count; at++) {
    const [i, j] = [pairs.i[at]!, pairs.j[at]!];
    if (isIn[i] === 1 || isIn[j] === 1) pushPair(found, i, j, pairs.similarity[at]!);
  }
  return { ...found, counts };
}

/** What was found; pairs where they are no more than `most`. */
function scoreCounts({ counts, ...pairs }: ScoredPairs, most: number, count: number): ScoreCounts {
  return { counts, ...(pairs.count <= most && { pairs: sortedPairs(pairs, count) }) };
}

function tooManyPairs(most: number): ConfigError {
  return new ConfigError(
    'maxMemory',
    `\`maxMemory\` has room for ${most} pairs of similar clips, and there are more: allow more, or ask for fewer with a higher \`threshold\` or another strategy.`,
  );
}

function scoreByPlace({ scale, offset }: PairScore, order: Uint32Array, count: number): PairScore {
  checkPerPoint('scale', scale, count);
  checkPerPoint('offset', offset, count);
  return {
    scale: Float64Array.from(order, (i) => scale[i]!),
    offset: Float64Array.from(order, (i) => offset[i]!),
  };
}

/** The lists of the rows asked for, in the order they were asked for. Points that are not in `order` have none. */
function inRowOrder(
  { k, indices, similarities }: NeighbourLists,
  order: Uint32Array,
  rows: Uint32Array | undefined,
  count: number,
): Neighbours {
  // Most often they are there already.
  if (rows === undefined && isIdentity(order)) return { indices, similarities };
  const place = new Int32Array(count).fill(-1);
  for (let at = 0; at < order.length; at++) place[order[at]!] = at;
  const asked = rows ?? identityOrder(count);
  const neighbours: Neighbours = {
    indices: new Int32Array(asked.length * k).fill(-1),
    similarities: new Float32Array(asked.length * k).fill(-Infinity),
  };
  for (let row = 0; row < asked.length; row++) {
    const from = place[asked[row]!]! * k;
    if (from < 0) continue;
    for (let at = 0; at < k; at++) {
      neighbours.indices[row * k + at] = indices[from + at]!;
      neighbours.similarities[row * k + at] = similarities[from + at]!;
    }
  }
  return neighbours;
}

/** Throws a DataError unless `values`, where given, has one entry per point. */
function checkPerPoint(name: string, values: ArrayLike<number> | undefined, count: number): void {
  if (values !== undefined && values.length !== count) {
    throw new DataError(name, `Expected one ${name} for each of ${count} points, got ${values.length}.`);
  }
}

/** Throws a DataError unless `order` names points, each at most once, and has `rows` of them. */
function checkOrder(name: string, order: Uint32Array, rows: number, count: number): void {
  checkWithin(name, order, 0, count);
  const isIn = new Uint8Array(count);
  for (const i of order) isIn[i]! += 1;
  if (isIn.some((times) => times > 1)) throw new DataError(name, 'Expected each point at most once.');
  checkWithin('rows', [rows], 0, order.length + 1);
}

/** Throws a DataError unless the entries of `values` are whole numbers from `least` to below `end`. */
function checkWithin(name: string, values: ArrayLike<number>, least: number, end: number): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!(Number.isInteger(value) && value >= least && value < end)) {
      throw new DataError(name, `Expected ${name} from ${least} to ${end - 1}, got ${value}.`);
    }
  }
}

/** Throws a DataError unless all values are there and finite, also those of moved points. */
export function checkPoints(points: Matrix, move?: Move): void {
  checkSize('points', points);
  for (const { block, start } of rowBlocks(points, move)) {
    const { data, cols } = block;
    for (let at = 0; at < data.length; at++) {
      if (!Number.isFinite(data[at])) {
        throw new DataError(
          'points',
          `Row ${start + Math.floor(at / cols)} has the value ${data[at]}: similarities need finite values, leave such rows out.`,
        );
      }
    }
  }
}
