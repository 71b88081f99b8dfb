import { dot, SIMILARITY_GRID } from '@refrain/core';
import { areSameRecording, inOneSet, soundIdentical } from '../../proof.ts';
import { pairThreshold } from '../similarPairs.ts';
import { type EdgeFacts, type Range, type Verdict, verdict } from './pairs.ts';
import type { SettledGroup } from './seats.ts';

/** A member of a group that is not chosen yet. */
interface Candidate {
  readonly clip: number;
  readonly preference: number;
  /** Greatest similarity to the chosen ones, and how far noise can move it. */
  nearest: number;
  slack: number;
}

/**
 * The members of a settled group whose being kept noise may change, where θ of each clip lies within `theta`: follows the choice of
 * `chooseKept` one place after the other, up to the first place for which noise may choose another clip.
 */
export function uncertainMembers(group: SettledGroup, theta: Range, facts: EdgeFacts): Iterable<number> {
  const { leader, members, fewest, most } = group;
  if (fewest === members.length) return [];
  const preference = facts.clips.input.preference;
  const first = preference === undefined ? leader : firstKept(group, theta, facts, preference);
  if (first === undefined) return members;
  const left = new Map<number, Candidate>();
  for (const clip of members) {
    left.set(clip, { clip, preference: preference?.[clip] ?? 0, nearest: -Infinity, slack: 0 });
  }
  left.delete(first);
  let last = first;
  // Those that stay only when more than the fewest do.
  const varying: number[] = [];
  for (let chosen = 1; chosen < most; chosen++) {
    if (chosen === fewest && most === members.length) return left.keys();
    for (const one of left.values()) moveNearer(one, last, facts);
    const rivals = farthest([...left.values()]);
    if (rivals.length > 1) {
      // With no place to come after this one, only those that vie for it are uncertain.
      return chosen === most - 1 && fewest === most ? rivals : [...varying, ...left.keys()];
    }
    last = rivals[0]!;
    left.delete(last);
    if (chosen >= fewest) varying.push(last);
  }
  return varying;
}

/** The member that is chosen first by preference, as `chooseKept` does; undefined where noise may decide. */
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

function moveNearer(one: Candidate, chosen: number, { clips, drift }: EdgeFacts): void {
  const { embeddings } = clips.input;
  const cosine = dot(embeddings, chosen, embeddings, one.clip);
  one.nearest = Math.max(one.nearest, cosine);
  one.slack = Math.max(one.slack, drift.of(chosen, one.clip, cosine));
}

/** Of the most preferred, those that noise may make the farthest: the one that is so without noise comes first. */
function farthest(candidates: readonly Candidate[]): number[] {
  const preferred = candidates.reduce((most, { preference }) => Math.max(most, preference), -Infinity);
  const equals = candidates.filter(({ preference }) => preference === preferred);
  const first = equals.reduce((best, one) => (one.nearest < best.nearest ? one : best));
  // Both similarities are rounded to the grid.
  const near = (one: Candidate) => one.nearest - first.nearest <= one.slack + first.slack + SIMILARITY_GRID;
  return [first.clip, ...equals.filter((one) => one !== first && near(one)).map(({ clip }) => clip)];
}
