import type { Matrix } from '@refrain/core';
import { similarityOf } from './clips.ts';

/**
 * The `count` members of a group that stay: the leader, then always the member whose greatest similarity to
 * the chosen ones is smallest (on the grid; ties by lower index). A larger count only adds to the choice.
 *
 * Farthest-first traversal: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance".
 */
export function chooseKept(embeddings: Matrix, members: Uint32Array, leader: number, count: number): Uint32Array {
  if (count === members.length) return members;
  const chosen = new Uint32Array(count);
  const taken = new Uint8Array(members.length);
  const nearest = new Float64Array(members.length).fill(-Infinity);
  let next = members.indexOf(leader);
  for (let place = 0; place < count; place++) {
    const last = members[next]!;
    chosen[place] = last;
    taken[next] = 1;
    if (place + 1 === count) break;
    next = -1;
    for (let m = 0; m < members.length; m++) {
      if (taken[m]) continue;
      nearest[m] = Math.max(nearest[m]!, similarityOf(embeddings, last, members[m]!));
      if (next < 0 || nearest[m]! < nearest[next]!) next = m;
    }
  }
  return chosen;
}
