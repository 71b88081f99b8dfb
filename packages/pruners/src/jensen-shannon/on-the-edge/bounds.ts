import { dot, SIMILARITY_GRID } from '@refrain/core';
import {
  areSameRecording,
  certaintyOf,
  inOneSet,
  LEVEL_STEP,
  similarityOverTheta,
  soundIdentical,
} from '@refrain/core/pruning';
import { pairThreshold } from '../similarPairs.ts';
import { type EdgeFacts, type Range, type Verdict, verdict } from './pairs.ts';

/** A group of at least two clips whose members and leader noise leaves as they are. */
export interface SettledGroup {
  readonly leader: number;
  /** Ascending, the leader among them. */
  readonly members: Uint32Array;
}

/** Bounds of a certainty (`RankedMember`), whatever the noise does. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The members of a group beyond the one that always stays. */
export interface MemberBounds {
  /** Each with bounds of its certainty when its turn comes. */
  readonly members: readonly (Bounds & { readonly clip: number })[];
  /** As many: of the members in the order in which they are kept, whoever they are, bounds of the certainties from above. */
  readonly places: readonly number[];
}

/** A member of a group that is not chosen yet, and bounds of its greatest certainty with those that are. */
interface Candidate {
  readonly clip: number;
  readonly preference: number;
  low: number;
  high: number;
}

/** No certainty is beyond it. */
const FAR = 10 * LEVEL_STEP;

/**
 * What `keepingOrder` does with a settled group when θ of each clip lies within `theta`: follows it one place after the other, up to the first place
 * for which noise may choose another member. Undefined where noise may choose another first one.
 */
export function boundsOfMembers(group: SettledGroup, theta: Range, facts: EdgeFacts): MemberBounds | undefined {
  const preference = facts.clips.input.preference;
  const first = preference === undefined ? group.leader : firstKept(group, theta, facts, preference);
  if (first === undefined) return undefined;
  let left = Array.from(group.members, (clip): Candidate => {
    return { clip, preference: preference?.[clip] ?? 0, low: -Infinity, high: -Infinity };
  }).filter(({ clip }) => clip !== first);
  const members: (Bounds & { clip: number })[] = [];
  const places: number[] = [];
  let reached = { low: -Infinity, high: -Infinity };
  let last = first;
  while (left.length > 0) {
    for (const one of left) moveNearer(one, last, theta, facts);
    const rivals = leastSure(left);
    const least = rivals.reduce((bound, { high }) => Math.min(bound, high), Infinity);
    if (rivals.length > 1) {
      places.push(Math.max(reached.high, least), ...new Array<number>(left.length - 1).fill(FAR));
      for (const { clip, low } of left) members.push({ clip, low: Math.max(reached.low, low), high: FAR });
      break;
    }
    const [{ clip, low, high }] = rivals as [Candidate];
    reached = { low: Math.max(reached.low, low), high: Math.max(reached.high, high) };
    members.push({ clip, ...reached });
    places.push(reached.high);
    left = left.filter((one) => one.clip !== clip);
    last = clip;
  }
  return { members, places };
}

/** The member that is chosen first by preference, as `chooseClips` does; undefined where noise may decide. */
function firstKept(
  { leader, members }: SettledGroup,
  theta: Range,
  facts: EdgeFacts,
  preference: Float64Array,
): number | undefined {
  const preferred = members.filter((clip) => preference[clip]! > preference[leader]!);
  preferred.sort((a, b) => preference[b]! - preference[a]! || a - b);
  for (const clip of preferred) {
    const proofs = new Set(Array.from(members, (other) => proves(clip, other, theta, facts)));
    if (proofs.has('never')) continue;
    return proofs.has('open') ? undefined : clip;
  }
  return leader;
}

/** Whether one clip proves that another could go, as `bestProof` decides it, for any θ of each clip within `theta`. */
function proves(kept: number, removed: number, theta: Range, { clips, drift }: EdgeFacts): Verdict {
  const { input, duplicateThreshold } = clips;
  if (kept === removed || soundIdentical(input, kept, removed) || areSameRecording(input, kept, removed)) {
    return 'always';
  }
  if (inOneSet(input, kept, removed) && drift.isSilent(kept) && drift.isSilent(removed)) return 'always';
  const cosine = dot(input.embeddings, removed, input.embeddings, kept);
  const [low, high] = [pairThreshold(theta.low, kept, removed), pairThreshold(theta.high, kept, removed)];
  const slack = drift.of(kept, removed, cosine);
  return verdict(cosine, slack, Math.min(low, duplicateThreshold), Math.min(high, duplicateThreshold));
}

function moveNearer(one: Candidate, chosen: number, theta: Range, facts: EdgeFacts): void {
  const { low, high } = certaintyBounds(chosen, one.clip, theta, facts);
  one.low = Math.max(one.low, low);
  one.high = Math.max(one.high, high);
}

/** Where `certaintyOf` a pair lies, whatever the noise does. */
function certaintyBounds(a: number, b: number, theta: Range, { clips, drift }: EdgeFacts): Bounds {
  const { input, duplicateThreshold } = clips;
  const cosine = dot(input.embeddings, a, input.embeddings, b);
  const slack = drift.of(a, b, cosine);
  const needed = { low: pairThreshold(theta.low, a, b), high: pairThreshold(theta.high, a, b) };
  // The level without noise; a pair that noise may lift over the duplicate threshold has two.
  const own = certaintyOf(input, a, b, Infinity);
  const strength = Math.round(own / LEVEL_STEP);
  const isCopy = soundIdentical(input, a, b) || areSameRecording(input, a, b) || inOneSet(input, a, b);
  const isOpen = !isCopy && verdict(cosine, slack, duplicateThreshold) === 'open';
  const ratio = ratioBounds(cosine - slack - SIMILARITY_GRID, cosine + slack + SIMILARITY_GRID, needed);
  return {
    low: (isOpen ? 0 : strength) * LEVEL_STEP + ratio.low,
    high: (isOpen ? 1 : strength) * LEVEL_STEP + ratio.high,
  };
}

/** Where similarity over θ lies when both lie within bounds. */
function ratioBounds(least: number, most: number, needed: Bounds): Bounds {
  if (needed.low <= 0 && needed.high > 0) return { low: Math.min(least, -FAR / 20), high: Math.max(most, FAR / 20) };
  const corners = [least, most].flatMap((similarity) =>
    [needed.low, needed.high].map((theta) => similarityOverTheta(similarity, theta)),
  );
  return { low: Math.min(...corners), high: Math.max(...corners) };
}

/** Of the most preferred, those that noise may make the least surely redundant. */
function leastSure(candidates: readonly Candidate[]): Candidate[] {
  const preferred = candidates.reduce((most, { preference }) => Math.max(most, preference), -Infinity);
  const equals = candidates.filter(({ preference }) => preference === preferred);
  const least = equals.reduce((bound, { high }) => Math.min(bound, high), Infinity);
  return equals.filter(({ low }) => low <= least);
}
