/** A member of a group, in the order in which members are kept. */
export interface RankedMember {
  readonly clip: number;
  /** How surely it may go as soon as all members before it stay: its greatest certainty with one of them. −Infinity for the first; never falls. */
  readonly certainty: number;
}

/**
 * The members of a group in the order in which they are kept: `first`, then always the one least surely redundant to those before it, of equals
 * the lowest index. With `preference` the more preferred come before the others. So whatever number of a group stays, no two that stay are as
 * surely redundant to each other as each that goes is to one that stays.
 *
 * Farthest-first traversal: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance". The next member is sought only when it is asked for.
 */
export function* keepingOrder(
  members: Uint32Array,
  first: number,
  certainty: (kept: number, other: number) => number,
  preference?: Float64Array,
): Generator<RankedMember, undefined> {
  const left = Array.from(members);
  const nearest = new Array<number>(left.length).fill(-Infinity);
  let place = left.indexOf(first);
  let reached = -Infinity;
  for (;;) {
    const clip = left[place]!;
    reached = Math.max(reached, nearest[place]!);
    yield { clip, certainty: reached };
    // The last one takes the empty place: order means nothing here, ties go by index.
    const [lastClip, lastNearest] = [left.pop()!, nearest.pop()!];
    if (left.length === 0) return undefined;
    if (place < left.length) [left[place], nearest[place]] = [lastClip, lastNearest];
    place = 0;
    for (let m = 0; m < left.length; m++) {
      nearest[m] = Math.max(nearest[m]!, certainty(clip, left[m]!));
      if (m > 0 && isKeptBefore(m, place)) place = m;
    }
  }

  function isKeptBefore(m: number, other: number): boolean {
    const gain = preference === undefined ? 0 : preference[left[m]!]! - preference[left[other]!]!;
    if (gain !== 0) return gain > 0;
    if (nearest[m] !== nearest[other]) return nearest[m]! < nearest[other]!;
    return left[m]! < left[other]!;
  }
}
