import type { Removal, RemovalLevel } from '@refrain/core';
import { type Clips, inOneSet, similarityOf, soundIdentical } from './clips.ts';
import type { RedundancyGroups } from './redundancyGroups.ts';
import { pairThreshold } from './similarPairs.ts';

type Proof = Pick<Removal, 'level' | 'partner' | 'similarity' | 'theta'>;

const STRENGTH: Readonly<Record<RemovalLevel, number>> = {
  identical: 3,
  'near-identical': 2,
  redundant: 1,
  unsupported: 0,
};

/**
 * Why each removed clip could go, ascending by index: the kept clip of its group that proves it best, which is the strongest level, then the
 * greatest similarity, then the lowest index. Every group's leader is kept and proves each of its members, so there always is one.
 */
export function certify(
  clips: Clips,
  groups: RedundancyGroups,
  thresholds: Float64Array,
  isKept: Uint8Array,
): Removal[] {
  const removed: Removal[] = [];
  for (const [group, members] of groups.members.entries()) {
    const kept = members.filter((clip) => isKept[clip]);
    if (kept.length === members.length) continue;
    for (const index of members) {
      if (isKept[index]) continue;
      const cluster = clips.clusters[clips.clusterOf[index]!]!.label;
      removed.push({ index, cluster, group, ...bestProof(clips, thresholds, index, kept) });
    }
  }
  return removed.sort((a, b) => a.index - b.index);
}

function bestProof(clips: Clips, thresholds: Float64Array, index: number, kept: Uint32Array): Proof {
  let best: Proof | undefined;
  for (const partner of kept) {
    const proof = proofBy(clips, thresholds, index, partner);
    if (proof !== undefined && (best === undefined || isStronger(proof, best))) best = proof;
  }
  return best!;
}

function isStronger(a: Proof, b: Proof): boolean {
  return a.level === b.level ? a.similarity > b.similarity : STRENGTH[a.level] > STRENGTH[b.level];
}

/** What `partner` proves about clip `index`, if anything. */
function proofBy(clips: Clips, thresholds: Float64Array, index: number, partner: number): Proof | undefined {
  const { input, silent, duplicateThreshold } = clips;
  const similarity = similarityOf(input.embeddings, index, partner);
  const identical = soundIdentical(input, index, partner);
  const sameSet = inOneSet(input, index, partner);
  const isCopy = identical || sameSet || similarity >= duplicateThreshold;
  const needed = pairThreshold(thresholds, index, partner);
  const theta = isCopy ? Math.min(needed, duplicateThreshold) : needed;
  const level = identical ? 'identical' : isCopy ? 'near-identical' : 'redundant';
  if (similarity >= theta) return { level, partner, similarity, theta };
  // Equal audio needs no similarity, and silence has none: the proof then is the audio itself, and names no θ.
  const bothSilent = silent[index] === 1 && silent[partner] === 1;
  return identical || (sameSet && bothSilent) ? { level, partner, similarity } : undefined;
}
