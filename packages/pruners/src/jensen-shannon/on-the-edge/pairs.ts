import { dot, type LoadedPoints, SIMILARITY_GRID } from '@refrain/core';
import { areSameRecording, soundIdentical } from '@refrain/core/pruning';
import type { Clips } from '../clips.ts';
import { pairThreshold } from '../similarPairs.ts';
import type { Drift } from './drift.ts';

/** Bounds of a number per clip that hold whatever the noise does: e.g. of θ, on the grid. */
export interface Range {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** What every step needs to know, before any θ. */
export interface EdgeFacts {
  readonly clips: Clips;
  readonly points: LoadedPoints;
  readonly drift: Drift;
  /** 1 for the members of open duplicate sets (`membersOfOpenSets`). */
  readonly isSetOpen: Uint8Array;
  readonly signal: AbortSignal;
}

/** Pairs i < j of one cluster, ordered by i, then j, that reach θ or may come to reach it. */
export interface EdgePairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  /** Not rounded. */
  readonly cosine: Float64Array;
  /** How far noise can move it. */
  readonly slack: Float64Array;
}

/** Whether something holds whatever the noise does, for no noise, or for some and not for other. */
export type Verdict = 'always' | 'never' | 'open';

/** Whether a cosine that noise moves by at most `slack`, once rounded to the grid, reaches a threshold that lies between `low` and `high`. */
export function verdict(cosine: number, slack: number, low: number, high = low): Verdict {
  // Rounding lifts a similarity to θ from half a grid step below it on.
  if (cosine - slack > high - SIMILARITY_GRID / 2) return 'always';
  return cosine + slack < low - SIMILARITY_GRID / 2 ? 'never' : 'open';
}

/** Whether a clip is a representative, and so takes part in the star cover, for some noise. */
export function mayRepresent({ clips, isSetOpen }: EdgeFacts, clip: number): boolean {
  return clips.representative[clip] === clip || isSetOpen[clip] === 1;
}

/** The pairs of possible representatives that may reach θ of the pair, where θ of each clip is at least `low`. */
export async function findEdgePairs(facts: EdgeFacts, low: Float64Array): Promise<EdgePairs> {
  const { clips, points, drift, signal } = facts;
  const { embeddings } = clips.input;
  const slackOfFloor = points.tolerance + drift.most + SIMILARITY_GRID;
  const floor = Float32Array.from(low, (value, clip) => (mayRepresent(facts, clip) ? value - slackOfFloor : Infinity));
  const { i, j } = await points.pairsAbove({ floor, groups: clips.clusterOf, signal });
  const cosine = Float64Array.from(i, (clip, pair) => dot(embeddings, clip, embeddings, j[pair]!));
  const slack = cosine.map((value, pair) => drift.of(i[pair]!, j[pair]!, value));
  return pairsThatMayReach({ i, j, cosine, slack }, low);
}

/** Those of the pairs that may reach θ, where θ of each clip is at least `low`. */
export function pairsThatMayReach({ i, j, cosine, slack }: EdgePairs, low: Float64Array): EdgePairs {
  const may = Uint32Array.from(i.keys()).filter(
    (pair) => verdict(cosine[pair]!, slack[pair]!, pairThreshold(low, i[pair]!, j[pair]!)) !== 'never',
  );
  return {
    i: may.map((pair) => i[pair]!),
    j: may.map((pair) => j[pair]!),
    cosine: Float64Array.from(may, (pair) => cosine[pair]!),
    slack: Float64Array.from(may, (pair) => slack[pair]!),
  };
}

/** 1 for the members of each duplicate set in which noise may change who stands for whom. */
export function membersOfOpenSets(clips: Clips, drift: Drift): Uint8Array {
  const { input, representative } = clips;
  const sets = new Map<number, number[]>();
  for (const [clip, set] of input.duplicateSet?.entries() ?? []) {
    if (set < 0) continue;
    const known = sets.get(set);
    if (known === undefined) sets.set(set, [clip]);
    else known.push(clip);
  }
  const isOpen = new Uint8Array(representative.length);
  for (const members of sets.values()) {
    const firsts = members.filter((clip) => representative[clip] === clip);
    const open = members.some((clip) => firsts.some((first) => first < clip && isCopyOpen(first, clip, clips, drift)));
    if (open) for (const clip of members) isOpen[clip] = 1;
  }
  return isOpen;
}

/** Whether noise may decide if a member of a set is a copy of an earlier one. */
function isCopyOpen(first: number, clip: number, { input, duplicateThreshold }: Clips, drift: Drift): boolean {
  if (soundIdentical(input, first, clip) || areSameRecording(input, first, clip)) return false;
  if (drift.isSilent(first) && drift.isSilent(clip)) return false;
  const cosine = dot(input.embeddings, first, input.embeddings, clip);
  return verdict(cosine, drift.of(first, clip, cosine), duplicateThreshold) === 'open';
}
