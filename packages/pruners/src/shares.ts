import type { PruneInput } from '@refrain/core';

/** How many clips there are together with those that were settled before. */
export function allClips({ ids, beside }: Pick<PruneInput, 'ids' | 'beside'>): number {
  return ids.length + (beside === undefined ? 0 : beside.kept + beside.gone);
}

/** The smallest share of all clips that is at least `clips` of them, to four digits. */
export function smallestShare(clips: number, input: Pick<PruneInput, 'ids' | 'beside'>): number {
  return Math.ceil((clips / allClips(input)) * 1e4) / 1e4;
}
