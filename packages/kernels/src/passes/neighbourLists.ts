/** The k most similar points of each of `count` rows seen so far, most similar first, ties by lower index. */
export interface NeighbourLists {
  readonly count: number;
  readonly k: number;
  /** Point index, −1 where nothing was found yet. */
  readonly indices: Int32Array;
  /** −Infinity where nothing was found yet. */
  readonly similarities: Float32Array;
}

/** Adds what `other` found to `lists`. Lists made from any split of the pairs merge to the same result in any order. */
export function mergeLists(lists: NeighbourLists, other: NeighbourLists): void {
  const { count, k } = lists;
  for (let row = 0; row < count; row++) {
    for (let at = row * k; at < (row + 1) * k; at++) {
      // Both lists are sorted: what finds no place ends it.
      if (other.indices[at]! < 0 || !insert(lists, row, other.indices[at]!, other.similarities[at]!)) break;
    }
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
