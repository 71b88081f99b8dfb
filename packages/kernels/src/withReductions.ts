import {
  DataError,
  type HistogramQuery,
  type LoadedPoints,
  type Matrix,
  type Measure,
  type NearestQuery,
  type Neighbours,
  type Pairs,
  type PairsQuery,
  type Range,
  takeRows,
} from '@refrain/core';
import { checkPerPoint, checkWithin } from './checkQuery.ts';
import { emptyLists, type NearestContext, type NeighbourLists, scanNearest } from './neighbourLists.ts';
import { groupRanges, nearestOrder, sortedByGroup } from './order.ts';
import { emptyPairs, scanPairs, sortedPairs } from './pairList.ts';
import { scanHistogram } from './similarityHistogram.ts';
import {
  FLOAT32_ROUNDOFF,
  fillTile,
  halfSquaredNorms,
  type InnerProducts,
  type Similarities,
  type TileSize,
  toleranceOf,
  walkTriangle,
} from './tiles.ts';

/** What a kernel tells `withReductions` about itself. */
export interface ReductionOptions {
  /** The largest tile asked for at once, default 512 × 2048. */
  readonly tile?: TileSize;
  /** The unit roundoff of its products and sums, default 2⁻²⁴, that of float32. */
  readonly roundoff?: number;
}

/**
 * Loaded points with all reductions, for a kernel that supplies no more than inner products.
 * `open` brings points to the device; it is called for `points` at once, and again for some of their rows in another order where a
 * reduction needs only those: similar work is then contiguous, and each tile serves its rows and its columns.
 * Throws a DataError where the size is wrong or a value is not finite.
 */
export async function withReductions(
  points: Matrix,
  measure: Measure,
  open: (points: Matrix) => Promise<InnerProducts>,
  options: ReductionOptions = {},
): Promise<LoadedPoints> {
  checkPoints(points);
  return new ReducedPoints(points, measure, open, await open(points), options);
}

function checkPoints({ data, rows, cols }: Matrix): void {
  if (data.length !== rows * cols) {
    throw new DataError('points', `Expected ${rows} × ${cols} = ${rows * cols} values, got ${data.length}.`);
  }
  for (let at = 0; at < data.length; at++) {
    if (!Number.isFinite(data[at])) {
      throw new DataError(
        'points',
        `Row ${Math.floor(at / cols)} has the value ${data[at]}: similarities need finite values, leave such rows out.`,
      );
    }
  }
}

class ReducedPoints implements LoadedPoints {
  readonly count: number;
  readonly tolerance: number;
  readonly #points: Matrix;
  readonly #open: (points: Matrix) => Promise<InnerProducts>;
  readonly #whole: Similarities;
  readonly #size: TileSize;

  constructor(
    points: Matrix,
    measure: Measure,
    open: (points: Matrix) => Promise<InnerProducts>,
    products: InnerProducts,
    { tile = { rows: 512, cols: 2048 }, roundoff = FLOAT32_ROUNDOFF }: ReductionOptions,
  ) {
    this.count = points.rows;
    this.tolerance = toleranceOf(points, measure, roundoff);
    this.#points = points;
    this.#open = open;
    this.#whole = { products, halfNorms: measure === 'euclidean' ? halfSquaredNorms(points) : undefined };
    this.#size = tile;
  }

  async tile(rows: Range, cols: Range): Promise<Float32Array> {
    const values = new Float32Array((rows.end - rows.start) * (cols.end - cols.start));
    if (values.length > 0) await fillTile(this.#whole, rows, cols, values);
    return values;
  }

  async nearest({ k, rows, component, ceiling, signal }: NearestQuery): Promise<Neighbours> {
    checkWithin('k', [k], 1, 2 ** 31);
    checkWithin('rows', rows ?? [], 0, this.count);
    checkPerPoint('component', component, this.count);
    checkPerPoint('ceiling', ceiling, this.count);
    const listed = rows === undefined ? undefined : Uint32Array.from(new Set(rows));
    const order = nearestOrder(this.count, listed, component);
    const context: NearestContext = {
      order,
      component: component && Int32Array.from(order, (i) => component[i]!),
      ceiling: Float32Array.from(order, (i) => ceiling?.[i] ?? Infinity),
    };
    const lists = emptyLists(listed?.length ?? this.count, k);
    await this.#inOrder(order, (similarities) =>
      walkTriangle(
        similarities,
        {
          rows: { start: 0, end: lists.count },
          end: this.count,
          size: this.#size,
          signal,
          skip: (tileRows, tileCols) => isOneComponent(context.component, tileRows, tileCols),
        },
        (tile) => scanNearest(tile, context, lists),
      ),
    );
    return inRowOrder(lists, order, rows, this.count);
  }

  async histogram({ groups, groupCount, bins, from, to, signal }: HistogramQuery): Promise<Float64Array> {
    checkPerPoint('group', groups, this.count);
    checkWithin('groups', groups, -(2 ** 31), groupCount);
    checkWithin('bins', [bins], 1, 2 ** 31);
    const counts = new Float64Array(groupCount * bins);
    const order = sortedByGroup(groups);
    await this.#inOrder(order, async (similarities) => {
      for (const rows of groupRanges(order, groups)) {
        const group = groups[order[rows.start]!]!;
        const histogram = { from, to, counts: counts.subarray(group * bins, (group + 1) * bins) };
        await walkTriangle(similarities, { rows, end: rows.end, size: this.#size, signal }, (tile) =>
          scanHistogram(tile, histogram),
        );
      }
    });
    return counts;
  }

  async pairsAbove({ floor, groups, signal }: PairsQuery): Promise<Pairs> {
    checkPerPoint('floor', floor, this.count);
    checkPerPoint('group', groups, this.count);
    const group = groups ?? new Int32Array(this.count);
    const order = sortedByGroup(group).filter((i) => floor[i] !== Infinity);
    const floors = Float32Array.from(order, (i) => floor[i]!);
    const list = emptyPairs();
    await this.#inOrder(order, async (similarities) => {
      for (const rows of groupRanges(order, group)) {
        await walkTriangle(similarities, { rows, end: rows.end, size: this.#size, signal }, (tile) =>
          scanPairs(tile, order, floors, list),
        );
      }
    });
    return sortedPairs(list, this.count);
  }

  async close(): Promise<void> {
    await this.#whole.products.close();
  }

  /** Runs `work`, unless there is no pair, on the points in the given order: on those loaded where that is their order, else on a copy that is closed after. */
  async #inOrder(order: Uint32Array, work: (similarities: Similarities) => Promise<void>): Promise<void> {
    if (order.length < 2) return;
    if (order.length === this.count && order.every((i, place) => i === place)) return work(this.#whole);
    const { halfNorms } = this.#whole;
    const products = await this.#open(takeRows(this.#points, order));
    try {
      await work({ products, halfNorms: halfNorms && Float64Array.from(order, (i) => halfNorms[i]!) });
    } finally {
      await products.close();
    }
  }
}

/** Whether all points of both ranges are in one component, so that the tile holds no pair of interest. */
function isOneComponent(component: Int32Array | undefined, rows: Range, cols: Range): boolean {
  if (component === undefined) return false;
  const own = component[rows.start];
  for (let i = rows.start; i < rows.end; i++) if (component[i] !== own) return false;
  for (let j = cols.start; j < cols.end; j++) if (component[j] !== own) return false;
  return true;
}

/** The lists of the rows asked for, in the order they were asked for. */
function inRowOrder(
  { k, indices, similarities }: NeighbourLists,
  order: Uint32Array,
  rows: Uint32Array | undefined,
  count: number,
): Neighbours {
  const place = new Uint32Array(count);
  for (let at = 0; at < order.length; at++) place[order[at]!] = at;
  const asked = rows ?? Uint32Array.from({ length: count }, (_, i) => i);
  const neighbours: Neighbours = {
    indices: new Int32Array(asked.length * k),
    similarities: new Float32Array(asked.length * k),
  };
  for (let row = 0; row < asked.length; row++) {
    const from = place[asked[row]!]! * k;
    neighbours.indices.set(indices.subarray(from, from + k), row * k);
    neighbours.similarities.set(similarities.subarray(from, from + k), row * k);
  }
  return neighbours;
}
