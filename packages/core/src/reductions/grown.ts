import type { LoadedPoints, Pairs, Range, Reduction } from '../kernel.ts';
import { ANY } from './nearest.ts';
import { emptyPairs, pushPair, sortedPairs } from './pairs.ts';
import { identityOrder } from './pass.ts';
import { ScanMemory } from './scan.ts';

// Tiles of this side and their points fit into a core's cache.
const SIDE = 512;

/** Which pairs a tree is to find. */
export interface GrownQuery extends Reduction {
  /** No two points are more similar than either is to the k-th most similar of the others; at most one less than there are points. */
  readonly k: number;
  /** How similar two points must be at least, where the least similar of two that the tree joins between them are as similar as given. */
  readonly floorOf: (similarity: number) => number;
  /** How many pairs there is room for. */
  readonly most: number;
}

/**
 * Grows the spanning tree that joins the most similar points (Prim 1957) and finds the pairs that reach the floor of the least similar two points
 * that it joins on the way from one to the other, ordered by i, then j. Undefined where there are more than there is room for. All similarities,
 * count² of them, are held at once, so this is for few points.
 *
 * Of any two points, the least similar that the tree joins between them are the least of those by which it took the points after the first, up to the
 * second.
 */
export async function grownPairs(loaded: LoadedPoints, query: GrownQuery): Promise<Pairs | undefined> {
  const { k, floorOf, most } = query;
  const { count } = loaded;
  const lists = count * k;
  const memory = new ScanMemory([count * count, lists, lists, ...new Array<number>(8).fill(count)]);
  const all = memory.float32(count * count);
  await fillAbove(all, loaded, query);
  const core = coresOf(memory, all, count, k);
  memory.call('mirror', all, count);
  const order = memory.int32(count);
  order.set(identityOrder(count));
  const nearest = memory.float32(count).fill(-Infinity);
  const floors = memory.float32(count);
  const found = memory.int32(count);
  const values = memory.float32(count);
  const list = emptyPairs();
  for (let taken = 1; taken < count && list.count <= most; taken++) {
    floors[taken] = floorOf(memory.call('take', all, count, taken, order, core, nearest));
    const length = memory.call('reached', all, count, taken, order, floors, found, values);
    for (let at = 0; at < length; at++) pushPair(list, order[taken]!, found[at]!, values[at]!);
  }
  return list.count > most ? undefined : sortedPairs(list, count);
}

/** Writes the similarities of all pairs i < j to their places in the rows of i. */
async function fillAbove(all: Float32Array, loaded: LoadedPoints, { signal, onProgress }: Reduction): Promise<void> {
  const { count } = loaded;
  for (const rows of blocks(0, count)) {
    for (const cols of blocks(rows.start, count)) {
      signal?.throwIfAborted();
      const tile = await loaded.tile(rows, cols);
      const width = cols.end - cols.start;
      for (let row = rows.start, at = 0; row < rows.end; row++, at += width) {
        all.set(tile.subarray(at, at + width), row * count + cols.start);
      }
    }
    onProgress?.(1 - ((count - rows.end) / count) ** 2);
  }
}

function* blocks(start: number, end: number): Generator<Range> {
  for (let at = start; at < end; at += SIDE) yield { start: at, end: Math.min(end, at + SIDE) };
}

/** The similarity of each point to the k-th most similar of the others. */
function coresOf(memory: ScanMemory, all: Float32Array, count: number, k: number): Float32Array {
  const similarities = memory.float32(count * k).fill(-Infinity);
  const indices = memory.int32(count * k).fill(-1);
  const none = memory.float32(count);
  const core = memory.float32(count).fill(ANY);
  const own = memory.int32(count);
  own.set(identityOrder(count));
  const whole = { start: 0, end: count };
  memory.scan('nearest', [all, whole, whole], none, Infinity, core, own, own, k, similarities, indices);
  // The lists are full, so what they end with are the thresholds.
  return core;
}
