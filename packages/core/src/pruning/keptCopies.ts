import type { PruneInput } from '../pruner.ts';

/** The kept clips of each clip's duplicate set. */
export function keptCopies(
  { duplicateSet }: Pick<PruneInput, 'duplicateSet'>,
  isKept: Uint8Array,
): (clip: number) => readonly number[] {
  const members = new Map<number, number[]>();
  for (const [clip, set] of duplicateSet?.entries() ?? []) {
    if (set < 0 || !isKept[clip]) continue;
    const known = members.get(set);
    if (known === undefined) members.set(set, [clip]);
    else known.push(clip);
  }
  return (clip) => members.get(duplicateSet?.[clip] ?? -1) ?? [];
}
