import type { Range } from '../kernel.ts';
import type { NearestPass } from './pass.ts';
import { type Scan, ScanMemory, tileFloors } from './scan.ts';
import { type TileSize, tileLength } from './tiles.ts';

// Where a list has room, every similarity is welcome, but not the −Infinity of a product that was left out.
const ANY = -(2 ** 127);

/**
 * Collects the nearest neighbours of a pass: each pair serves its row and, where that has a list, its column.
 * `shared`, where given, is memory of all who scan the same pass: the greatest lower bound known of each list's last similarity, so that
 * one thread need not collect what another has found better.
 */
export function nearestScan(pass: NearestPass, size: TileSize, shared?: Float32Array): Scan<NeighbourLists> {
  const { k, rows: listed } = pass;
  const count = pass.order.length;
  const tile = tileLength(size, count);
  const memory = new ScanMemory([tile, count, count, count, count, count, listed * k, listed * k]);
  const products = memory.float32(tile);
  const halves = memory.float32(count);
  const ceilings = memory.float32(count);
  /** The last similarity of each list, or a higher one that others know of; Infinity where there is no list. */
  const thresholds = memory.float32(count).fill(Infinity);
  const components = memory.int32(count);
  const order = memory.int32(count);
  const similarities = memory.float32(listed * k).fill(-Infinity);
  const indices = memory.int32(listed * k).fill(-1);
  halves.set(pass.halves);
  order.set(pass.order);
  for (let place = 0; place < count; place++) {
    ceilings[place] = Math.min(pass.ceiling[place]!, pass.cap);
    components[place] = pass.component?.[place] ?? place;
    if (place < listed && pass.unwanted?.[place] !== 1) thresholds[place] = ANY;
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
    skips: (rows, cols) => isOneComponent(components, rows, cols),
    floors: (rows, cols) => tileFloors(thresholds, halves, rows, cols),
    take: (rows, cols) => {
      exchange(rows);
      exchange(cols);
      memory.scan(
        'nearest',
        [products, rows, cols],
        halves,
        ceilings,
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
  for (let row = 0; row < lists.count; row++) mergeList(lists, row, other, row * lists.k, (row + 1) * lists.k);
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
  for (let at = 0; at < found.places.length; at++)
    mergeList(lists, found.places[at]!, found, at === 0 ? 0 : found.ends[at - 1]!, found.ends[at]!);
}

/** Adds the entries `start` … `end` − 1 of another list to that of a row. */
function mergeList(
  lists: NeighbourLists,
  row: number,
  other: Pick<NeighbourLists, 'indices' | 'similarities'>,
  start: number,
  end: number,
): void {
  for (let at = start; at < end; at++) {
    // Both lists are sorted: what finds no place ends it.
    if (other.indices[at]! < 0 || !insert(lists, row, other.indices[at]!, other.similarities[at]!)) break;
  }
}

/** Takes a point into the list of a row; false if it does not belong there. */
function insert({ k, indices, similarities }: NeighbourLists, row: number, index: number, similarity: number): boolean {
  const first = row * k;
  let at = first + k - 1;
  if (!isBefore(similarity, index, similarities[at]!, indices[at]!)) return false;
  for (; at > first && isBefore(similarity, index, similarities[at - 1]!, indices[at - 1]!); at--) {
    similarities[at] = similarities[at - 1]!;
    indices[at] = indices[at - 1]!;
  }
  similarities[at] = similarity;
  indices[at] = index;
  return true;
}

function isBefore(similarity: number, index: number, thanSimilarity: number, thanIndex: number): boolean {
  return similarity > thanSimilarity || (similarity === thanSimilarity && (thanIndex < 0 || index < thanIndex));
}
