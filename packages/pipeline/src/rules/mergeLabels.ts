import { DataError, type Removal } from '@refrain/core';

/** Label lists after a merge. */
export interface MergedLabels<L> {
  /** Per clip. A clip that got nothing has its list as it was; new labels come after the own ones, in the order of the removed clips. */
  readonly labels: readonly (readonly L[])[];
  /** How many labels were written to a clip that lacked them. */
  readonly moved: number;
  /** How many kept clips got at least one. */
  readonly clips: number;
  /** Removed clips that gave nothing because their partner does not stand for them (`unsupported`). */
  readonly unsupported: number;
}

/**
 * Gives each removed clip's labels to the kept clip that stands for it, for tags that were set on one copy and forgotten on another.
 * `labels` are names or numbers per clip and stay as they are; a caller whose lists must ascend sorts the result. An `unsupported` removal
 * gives nothing: its partner may sound like anything. Throws a DataError that names the clip whose partner is removed itself.
 */
export function mergeLabels<L extends string | number>(
  labels: readonly (readonly L[])[],
  removed: readonly Pick<Removal, 'index' | 'partner' | 'level'>[],
): MergedLabels<L> {
  const gone = new Set(removed.map(({ index }) => index));
  const merged = new Map<number, Set<L>>();
  let unsupported = 0;
  for (const { index, partner, level } of removed) {
    if (level === 'unsupported') {
      unsupported++;
      continue;
    }
    if (gone.has(partner))
      throw new DataError(
        `clip ${index}`,
        `Clip number ${index} names clip number ${partner}, which is removed too; expected a kept one.`,
      );
    const own = merged.get(partner) ?? new Set(labels[partner]!);
    for (const label of labels[index]!) own.add(label);
    merged.set(partner, own);
  }
  let moved = 0;
  let clips = 0;
  const result = labels.map((list, clip) => {
    const own = merged.get(clip);
    const fresh = [...(own ?? [])].filter((label) => !list.includes(label));
    moved += fresh.length;
    if (fresh.length > 0) clips++;
    return fresh.length > 0 ? [...list, ...fresh] : list;
  });
  return { labels: result, moved, clips, unsupported };
}
