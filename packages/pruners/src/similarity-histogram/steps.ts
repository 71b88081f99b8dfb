import type { Descent } from './descend.ts';

/** The removal of one clip, as its cluster saw it. */
export interface Step {
  readonly clip: number;
  /** The clip goes where `t` is above this; 1 for those behind the least divergence. Never falls inside a cluster. */
  readonly goesAfter: number;
  /** Similarity that the removals of the cluster up to this one leave to each removed clip. Never rises inside a cluster. */
  readonly least: number;
  /** How many clips of the cluster went before. */
  readonly place: number;
}

/** The removals of one cluster, in order; `members` are its clips. */
export function stepsOf({ removed, similarity, divergence }: Descent, members: Uint32Array): Step[] {
  const start = divergence[0]!;
  const end = divergence.reduce((least, value) => Math.min(least, value), Infinity);
  let reached = Infinity;
  let least = Infinity;
  return Array.from(removed, (member, place) => {
    // The first divergence at the level of t comes after this clip as long as all those before it are above that level.
    if (place < divergence.length) reached = Math.min(reached, divergence[place]!);
    least = Math.min(least, similarity[place]!);
    const goesAfter = reached > end ? (start - reached) / (start - end) : 1;
    return { clip: members[member]!, goesAfter, least, place };
  });
}

/** The removals of all clusters in one order that keeps that of each: by `goesAfter`, then those with the more similar partners. */
export function inOrder(steps: readonly Step[]): Step[] {
  return steps
    .slice()
    .sort((a, b) => a.goesAfter - b.goesAfter || b.least - a.least || a.place - b.place || a.clip - b.clip);
}
