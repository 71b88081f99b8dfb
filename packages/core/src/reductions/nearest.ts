import type { Range } from '../kernel.ts';
import type { NearestPass } from './pass.ts';
import { type Scan, ScanMemory, tileFloors } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

/** Where a list has room, every similarity is welcome, but not the −Infinity of a product that was left out. */
export const ANY = -(2 ** 127);

/**
 * Collects the nearest neighbours of a pass: each pair serves its row and, where that has a list, its column.
 * `shared`, where given, is memory of all who scan the same pass: the greatest lower bound known of each list's last similarity, so that
 * one thread need not collect what another has found better.
 */
export function nearestScan(pass: NearestPass, size: TileSize, shared?: Float32Array): Scan<NeighbourLists> {
  const { k, lists: listed } = pass;
  const count = pass.order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, count, count, count, listed * k, listed * k]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  /** The last similarity of each list, or a higher one that others know of; Infinity where there is no list. */
  const thresholds = memory.float32(count).fill(Infinity);
  const components = memory.int32(count);
  const order = memory.int32(count);
  const similarities = memory.float32(listed * k).fill(-Infinity);
  const indices = memory.int32(listed * k).fill(-1);
  halves.set(pass.halves);
  order.set(pass.order);
  for (let place = 0; place < count; place++) {
    components[place] = pass.component?.[place] ?? place;
    if (place < listed) thresholds[place] = ANY;
  }

  /** Takes higher thresholds from the others and leaves them ours. Should two write at once, one is lost: that is late, not wrong. */
  const exchange = ({ start, end }: Range) => {
    if (shared === undefined) return;
    for (let place = start; place < Math.min(end, listed); place++) {
      const ours = thresholds[place]!;
      const theirs = shared[place]!;
      if (theirs > ours) thresholds[place] = theirs;
      else if (ours > theirs && ours < Infinity) shared[place] = ours;
    }
  };

  return {
    products,
    finish: () => ({ count: listed, k, indices: indices.slice(), similarities: similarities.slice() }),
    found: () => ({ count: listed, k, indices, similarities }),
    restart: () => {
      // Thresholds stay: what so many are better than is not among the nearest, whoever finds them.
      similarities.fill(-Infinity);
      indices.fill(-1);
    },
    skips: (rows, cols) => isOneComponent(components, rows, cols),
    floors: (rows, cols) => tileFloors(thresholds, halves, rows, cols),
    take: (rows, cols) => {
      exchange(rows);
      exchange(cols);
      memory.scan(
        'nearest',
        [products, rows, cols],
        halves,
        pass.cap,
        thresholds,
        components,
        order,
        k,
        similarities,
        indices,
      );
      exchange(rows);
      exchange(cols);
    },
  };
}

/** Whether all points of both ranges are in one component, so that the tile holds no pair of interest. */
function isOneComponent(components: Int32Array, rows: Range, cols: Range): boolean {
  const own = components[rows.start];
  for (let i = rows.start; i < rows.end; i++) if (components[i] !== own) return false;
  for (let j = cols.start; j < cols.end; j++) if (components[j] !== own) return false;
  return true;
}

/** The k most similar points of each of `count` rows seen so far, most similar first, ties by lower index. */
export interface NeighbourLists {
  readonly count: number;
  readonly k: number;
  /** Point index, −1 where nothing was found yet. */
  readonly indices: Int32Array;
  /** −Infinity where nothing was found yet. */
  readonly similarities: Float32Array;
}

/** Lists in which nothing was found yet. */
export function emptyLists(count: number, k: number): NeighbourLists {
  return {
    count,
    k,
    indices: new Int32Array(count * k).fill(-1),
    similarities: new Float32Array(count * k).fill(-Infinity),
  };
}

/** Adds what `other` found to `lists`. Lists made from any split of the pairs merge to the same result in any order. */
export function mergeLists(lists: NeighbourLists, other: NeighbourLists): void {
  const merge = merging(lists);
  for (let row = 0; row < lists.count; row++) merge(row, other, row * lists.k, (row + 1) * lists.k);
}

/** What was found, without rows and places where nothing was. */
export interface FoundLists {
  /** Which rows have something, ascending. */
  readonly places: Uint32Array;
  /** Where the list of each of them ends; the next one begins there. */
  readonly ends: Uint32Array;
  readonly indices: Int32Array;
  readonly similarities: Float32Array;
}

/** The lists in which something was found. */
export function foundLists({ count, k, indices, similarities }: NeighbourLists): FoundLists {
  const lengths = new Uint32Array(count);
  let [rows, entries] = [0, 0];
  for (let row = 0; row < count; row++) {
    let length = 0;
    while (length < k && indices[row * k + length]! >= 0) length++;
    lengths[row] = length;
    entries += length;
    if (length > 0) rows++;
  }
  const found = {
    places: new Uint32Array(rows),
    ends: new Uint32Array(rows),
    indices: new Int32Array(entries),
    similarities: new Float32Array(entries),
  };
  for (let row = 0, at = 0, end = 0; row < count; row++) {
    const length = lengths[row]!;
    if (length === 0) continue;
    for (let from = row * k; from < row * k + length; from++, end++) {
      found.indices[end] = indices[from]!;
      found.similarities[end] = similarities[from]!;
    }
    found.places[at] = row;
    found.ends[at++] = end;
  }
  return found;
}

/** As `mergeLists`. */
export function mergeFoundLists(lists: NeighbourLists, found: FoundLists): void {
  const merge = merging(lists);
  for (let at = 0, start = 0; at < found.places.length; at++) {
    const end = found.ends[at]!;
    merge(found.places[at]!, found, start, end);
    start = end;
  }
}

/** What adds the entries `start` … `end` − 1 of another list, which is sorted as well, to that of a row. */
function merging({ k, indices, similarities }: NeighbourLists) {
  const mergedIndices = new Int32Array(k);
  const mergedSimilarities = new Float32Array(k);
  return (row: number, other: Pick<NeighbourLists, 'indices' | 'similarities'>, start: number, end: number): void => {
    const first = row * k;
    /** Whether the entry of the other list is there, and before one of ours. */
    const isNext = (theirs: number, ours: number) =>
      theirs < end &&
      other.indices[theirs]! >= 0 &&
      isBefore(other.similarities[theirs]!, other.indices[theirs]!, similarities[ours]!, indices[ours]!);
    if (!isNext(start, first + k - 1)) return;
    for (let at = 0, ours = first, theirs = start; at < k; at++) {
      const isTheirs = isNext(theirs, ours);
      const from = isTheirs ? other : { indices, similarities };
      const place = isTheirs ? theirs++ : ours++;
      mergedIndices[at] = from.indices[place]!;
      mergedSimilarities[at] = from.similarities[place]!;
    }
    indices.set(mergedIndices, first);
    similarities.set(mergedSimilarities, first);
  };
}

function isBefore(similarity: number, index: number, thanSimilarity: number, thanIndex: number): boolean {
  return similarity > thanSimilarity || (similarity === thanSimilarity && (thanIndex < 0 || index < thanIndex));
}
