import type { Pruning, Removal } from '@refrain/core';
import { bestProof, copyProof, keptCopies, neededBy, type Proof } from '@refrain/core/pruning';
import type { ConstraintInput } from './constraints.ts';
import type { NearestKept } from './nearestKept.ts';

/**
 * Why each clip that is not kept could go, ascending by index. What was said before stands wherever nothing changed in the clip's redundancy group
 * and duplicate set. Otherwise the kept clip of these that proves it most surely is named. Where none does, the nearest of all kept clips is named, as
 * `unsupported` unless it is a copy.
 */
export async function removalsOf(
  input: ConstraintInput,
  pruning: Pruning,
  isKept: Uint8Array,
  nearest: NearestKept,
): Promise<Removal[]> {
  const { group, rule } = pruning;
  const was = new Map(pruning.removed.map((removal) => [removal.index, removal]));
  const added = pruning.removed.filter(({ index }) => isKept[index]);
  const changed = new Set(pruning.keep.filter((clip) => !isKept[clip]).map((clip) => group[clip]!));
  for (const { index } of added) changed.add(group[index]!);
  const keptOf = keptMembers(group, changed, isKept);
  const keptInSetOf = keptCopies(input, isKept);
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
    const candidates = [...(keptOf.get(group[index]!) ?? []), ...keptInSetOf(index)].sort((a, b) => a - b);
    const proof =
      bestProof(input, index, candidates, (partner) => neededBy(rule, index, partner)) ??
      (await proofByNearest(input, index, nearest));
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

async function proofByNearest(input: ConstraintInput, index: number, nearest: NearestKept): Promise<Proof> {
  const found = await nearest.of(index);
  return copyProof(input, index, found.partner) ?? { level: 'unsupported', ...found };
}
