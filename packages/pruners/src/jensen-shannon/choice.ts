import type { Removal } from '@refrain/core';
import { bestProof, worstPartner } from '../proof.ts';
import { certify } from './certificate.ts';
import { chooseKept, type KeptRules } from './chooseKept.ts';
import type { Clips } from './clips.ts';
import type { Grouping } from './grouping.ts';
import { sizesOfGroups } from './keptSizes.ts';
import { pairThreshold } from './similarPairs.ts';

/** Which clips stay. */
export interface Choice {
  /** How many members of each group stay. */
  readonly keptOf: Uint32Array;
  /** Ascending. */
  readonly keep: Uint32Array;
  /** The others, ascending, each with its proof. */
  readonly removed: readonly Removal[];
  /** Of the removed clips, see `worstPartner`. */
  readonly worst: number;
}

/** The clips that stay when each pruned cluster keeps `sizes` of them; those outside the pruned clusters all stay. */
export function chooseClips(clips: Clips, { groups, thresholds }: Grouping, sizes: Uint32Array): Choice {
  const { input, clusterOf } = clips;
  const keptOf = sizesOfGroups(groups, sizes);
  const isKept = Uint8Array.from(clusterOf, (cluster) => (cluster < 0 ? 1 : 0));
  const rules = keptRules(clips, thresholds);
  for (const [group, members] of groups.members.entries()) {
    const kept = chooseKept(input.embeddings, members, groups.leaders[group]!, keptOf[group]!, rules);
    for (const clip of kept) isKept[clip] = 1;
  }
  const removed = certify(clips, groups, thresholds, isKept);
  return {
    keptOf,
    keep: Uint32Array.from(isKept.keys()).filter((clip) => isKept[clip]),
    removed,
    worst: worstPartner(removed),
  };
}

function keptRules({ input }: Clips, thresholds: Float64Array): KeptRules | undefined {
  const { preference } = input;
  if (preference === undefined) return undefined;
  const proves = (kept: number, removed: number) =>
    bestProof(input, removed, [kept], () => pairThreshold(thresholds, removed, kept)) !== undefined;
  return { preference, proves };
}
