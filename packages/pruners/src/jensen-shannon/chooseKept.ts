import type { Matrix } from '@refrain/core';
import { similarityOf } from '../proof.ts';

/** What decides beside similarity which members of a group stay. */
export interface KeptRules {
  /** Per clip: the one with the higher number stays rather. */
  readonly preference: Float64Array;
  /** Whether a kept clip proves that another one could go. */
  readonly proves: (kept: number, removed: number) => boolean;
}

/**
 * The `count` members of a group that stay: the leader, then always the member whose greatest similarity to
 * the chosen ones is smallest (on the grid; ties by lower index). A larger count only adds to the choice.
 *
 * With `rules` the first is the most preferred member that proves all others, as the leader does; the next ones are chosen by preference,
 * and farthest first among equals.
 *
 * Farthest-first traversal: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance".
 */
export function chooseKept(
  embeddings: Matrix,
  members: Uint32Array,
  leader: number,
  count: number,
  rules?: KeptRules,
): Uint32Array {
  if (count === members.length) return members;
  const preference = Float64Array.from(members, (clip) => rules?.preference[clip] ?? 0);
  const chosen = new Uint32Array(count);
  const taken = new Uint8Array(members.length);
  const nearest = new Float64Array(members.length).fill(-Infinity);
  let next = members.indexOf(rules === undefined ? leader : firstKept(members, leader, rules));
  for (let place = 0; place < count; place++) {
    const last = members[next]!;
    chosen[place] = last;
    taken[next] = 1;
    if (place + 1 === count) break;
    next = -1;
    for (let m = 0; m < members.length; m++) {
      if (taken[m]) continue;
      nearest[m] = Math.max(nearest[m]!, similarityOf(embeddings, last, members[m]!));
      const gain = next < 0 ? 1 : preference[m]! - preference[next]!;
      if (gain > 0 || (gain === 0 && nearest[m]! < nearest[next]!)) next = m;
    }
  }
  return chosen;
}

/** The most preferred member that proves all others; among equals the leader, then the first. */
function firstKept(members: Uint32Array, leader: number, { preference, proves }: KeptRules): number {
  const preferred = members.filter((clip) => preference[clip]! > preference[leader]!);
  preferred.sort((a, b) => preference[b]! - preference[a]! || a - b);
  return preferred.find((clip) => members.every((other) => other === clip || proves(clip, other))) ?? leader;
}
