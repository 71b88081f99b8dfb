/** The k most similar points of each of `count` rows seen so far, most similar first, ties by lower index. */
export interface NeighbourLists {
  readonly count: number;
  readonly k: number;
  /** Point index, −1 where nothing was found yet. */
  readonly indices: Int32Array;
  /** −Infinity where nothing was found yet. */
  readonly similarities: Float32Array;
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

/** Takes a point into the list of a row, if it belongs there. */
export function insert(
  { k, indices, similarities }: NeighbourLists,
  row: number,
  index: number,
  similarity: number,
): void {
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

/** Adds what `other` found to `lists`. Lists made from any split of the pairs merge to the same result in any order. */
export function mergeLists(lists: NeighbourLists, other: NeighbourLists): void {
  const { count, k } = lists;
  for (let row = 0; row < count; row++) {
    // Both lists are sorted: the first that finds no place ends it.
    for (let at = row * k; at < (row + 1) * k && other.indices[at]! >= 0; at++) {
      if (other.similarities[at]! < lists.similarities[row * k + k - 1]!) break;
      insert(lists, row, other.indices[at]!, other.similarities[at]!);
    }
  }
}

function isBefore(similarity: number, index: number, thanSimilarity: number, thanIndex: number): boolean {
  return similarity > thanSimilarity || (similarity === thanSimilarity && (thanIndex < 0 || index < thanIndex));
}
