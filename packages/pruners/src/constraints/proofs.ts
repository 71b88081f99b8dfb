import { onGrid, type Pruning, type Removal, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD } from '../duplicates/findDuplicates.ts';
import type { ConstraintInput } from './constraints.ts';
import { type NearestKept, similarityOf } from './nearestKept.ts';

type Proof = Pick<Removal, 'level' | 'partner' | 'similarity' | 'theta'>;

const STRENGTH: Readonly<Record<RemovalLevel, number>> = {
  identical: 3,
  'near-identical': 2,
  redundant: 1,
  unsupported: 0,
};

/**
 * Why each clip that is not kept could go, ascending by index. What the strategy said stands wherever nothing changed in the clip's
 * redundancy group. Otherwise the kept clip of the group that proves it best is named: the strongest level, then the greatest similarity,
 * then the lowest index. Where no kept clip of the group reaches θ, the nearest of all kept clips is named, as `unsupported`.
 */
export async function removalsOf(
  input: ConstraintInput,
  pruning: Pruning,
  isKept: Uint8Array,
  nearest: NearestKept,
): Promise<Removal[]> {
  const { group } = pruning;
  const was = new Map(pruning.removed.map((removal) => [removal.index, removal]));
  const added = pruning.removed.filter(({ index }) => isKept[index]);
  const changed = new Set(pruning.keep.filter((clip) => !isKept[clip]).map((clip) => group[clip]!));
  for (const { index } of added) changed.add(group[index]!);
  const keptOf = keptMembers(group, changed, isKept);
  const removed: Removal[] = [];
  for (const [index, kept] of isKept.entries()) {
    if (kept) continue;
    const old = was.get(index);
    const isUntouched =
      group[index]! < 0 || old?.level === 'unsupported' ? added.length === 0 : !changed.has(group[index]!);
    if (old !== undefined && isUntouched && isKept[old.partner]) {
      removed.push(old);
      continue;
    }
    const proof = bestProof(input, old, index, keptOf.get(group[index]!) ?? []) ?? (await unsupported(index, nearest));
    removed.push({ index, cluster: input.clustering.labels[index]!, group: group[index]!, ...proof });
  }
  return removed;
}

/** The kept clips of each group among `groups`, ascending; −1 is no group. */
function keptMembers(group: Int32Array, groups: ReadonlySet<number>, isKept: Uint8Array): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (const [clip, own] of group.entries()) {
    if (own < 0 || !isKept[clip] || !groups.has(own)) continue;
    const list = members.get(own);
    if (list === undefined) members.set(own, [clip]);
    else list.push(clip);
  }
  return members;
}

async function unsupported(index: number, nearest: NearestKept): Promise<Proof> {
  return { level: 'unsupported', ...(await nearest.of(index)) };
}

function bestProof(
  input: ConstraintInput,
  old: Removal | undefined,
  index: number,
  kept: readonly number[],
): Proof | undefined {
  let best: Proof | undefined;
  for (const partner of kept) {
    const proof = proofBy(input, old, index, partner);
    if (proof !== undefined && (best === undefined || isStronger(proof, best))) best = proof;
  }
  return best;
}

function isStronger(a: Proof, b: Proof): boolean {
  return a.level === b.level ? a.similarity > b.similarity : STRENGTH[a.level] > STRENGTH[b.level];
}

/** What `partner` proves about clip `index`, if anything. */
function proofBy(input: ConstraintInput, old: Removal | undefined, index: number, partner: number): Proof | undefined {
  const { embeddings, thresholds, audioIdentity, duplicateSet } = input;
  const duplicateThreshold = onGrid(input.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  const similarity = similarityOf(embeddings, index, partner);
  const identical = isShared(audioIdentity, index, partner);
  const sameSet = isShared(duplicateSet, index, partner);
  const isCopy = identical || sameSet || similarity >= duplicateThreshold;
  // A clip that the strategy kept, or let go as silence, has no θ of its own: then only a copy can prove it.
  const needed = thresholds ? Math.max(thresholds[index]!, thresholds[partner]!) : (old?.theta ?? Infinity);
  const theta = isCopy ? Math.min(needed, duplicateThreshold) : needed;
  const level = identical ? 'identical' : isCopy ? 'near-identical' : 'redundant';
  if (similarity >= theta) return { level, partner, similarity, theta };
  const bothSilent = similarityOf(embeddings, index, index) === 0 && similarityOf(embeddings, partner, partner) === 0;
  return identical || (sameSet && bothSilent) ? { level, partner, similarity } : undefined;
}

function isShared(numbers: Int32Array | undefined, i: number, j: number): boolean {
  return numbers !== undefined && numbers[i]! >= 0 && numbers[i] === numbers[j];
}
