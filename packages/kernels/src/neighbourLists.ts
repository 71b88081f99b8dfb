import type { Tile } from './tiles.ts';

/** The k most similar points of each of `count` rows seen so far, most similar first, ties by lower index. */
export interface NeighbourLists {
  readonly count: number;
  readonly k: number;
  /** Point index, −1 where nothing was found yet. */
  readonly indices: Int32Array;
  /** −Infinity where nothing was found yet. */
  readonly similarities: Float32Array;
}

/** What a scan must know of the points, by their place in the order they are walked in. */
export interface NearestContext {
  /** Index of the point at each place. */
  readonly order: Uint32Array;
  /** Component at each place; undefined when every point is its own. */
  readonly component: Int32Array | undefined;
  /** Upper limit of similarity at each place, Infinity for none. */
  readonly ceiling: Float32Array;
}

/** Empty lists of k neighbours for `count` rows. */
export function emptyLists(count: number, k: number): NeighbourLists {
  return {
    count,
    k,
    indices: new Int32Array(count * k).fill(-1),
    similarities: new Float32Array(count * k).fill(-Infinity),
  };
}

/**
 * Takes the pairs of a tile above the diagonal into the lists: each pair serves its row and, where that has a list, its column.
 * Places 0 … lists.count − 1 have lists.
 */
export function scanNearest({ values, rows, cols }: Tile, context: NearestContext, lists: NeighbourLists): void {
  const { order, component, ceiling } = context;
  const { count, k, similarities } = lists;
  const width = cols.end - cols.start;
  for (let i = rows.start; i < rows.end; i++) {
    const first = Math.max(cols.start, i + 1);
    const last = i * k + k - 1;
    const limit = ceiling[i]!;
    const own = component?.[i];
    let at = (i - rows.start) * width + first - cols.start;
    for (let j = first; j < cols.end; j++, at++) {
      let s = values[at]!;
      if (s > limit) s = limit;
      if (s > ceiling[j]!) s = ceiling[j]!;
      const forRow = s >= similarities[last]!;
      const forCol = j < count && s >= similarities[j * k + k - 1]!;
      if (!forRow && !forCol) continue;
      if (component !== undefined && component[j] === own) continue;
      if (forRow) insert(lists, i, order[j]!, s);
      if (forCol) insert(lists, j, order[i]!, s);
    }
  }
}

/** Adds what `other` found to `lists`. Lists made from any split of the pairs merge to the same result in any order. */
export function mergeLists(lists: NeighbourLists, other: NeighbourLists): void {
  const { count, k } = lists;
  for (let at = 0; at < count * k; at++) {
    if (other.indices[at]! >= 0) insert(lists, Math.floor(at / k), other.indices[at]!, other.similarities[at]!);
  }
}

function insert({ k, indices, similarities }: NeighbourLists, row: number, index: number, similarity: number): void {
  const first = row * k;
  let at = first + k - 1;
  if (!isBefore(similarity, index, similarities[at]!, indices[at]!)) return;
  for (; at > first && isBefore(similarity, index, similarities[at - 1]!, indices[at - 1]!); at--) {
    similarities[at] = similarities[at - 1]!;
    indices[at] = indices[at - 1]!;
  }
  similarities[at] = similarity;
  indices[at] = index;
}

function isBefore(similarity: number, index: number, thanSimilarity: number, thanIndex: number): boolean {
  return similarity > thanSimilarity || (similarity === thanSimilarity && (thanIndex < 0 || index < thanIndex));
}
