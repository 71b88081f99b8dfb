import { type Clip, DataError } from '@refrain/core';
import type { PrunedFolder } from '@refrain/pruned-dataset';
import type { PrunedSource } from '../prune/prunedSource.ts';

/** The kept clips as indices into `ids`, which may hold clips that an earlier run removed. */
export function keptIn(ids: readonly string[], { source: { space }, outcome }: PrunedSource): Uint32Array {
  const kept = new Set(Array.from(outcome.keep, (index) => space.ids[index]!));
  return Uint32Array.from(ids.keys()).filter((index) => kept.has(ids[index]!));
}

/** The clips that a folder keeps, as indices into `ids`, ascending. Throws a DataError for one that is not there. */
export function keptOfFolder({ path, keep, clips }: PrunedFolder, ids: readonly string[]): Uint32Array {
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  return Uint32Array.from(keep, (position) => {
    const { id } = clips[position]!;
    const found = indexOf.get(id);
    if (found !== undefined) return found;
    throw new DataError(
      path,
      `${path} keeps clip ${id}, which cannot be read any more: bring it back, or prune again.`,
    );
  }).sort();
}

/** Refuses a folder of another dataset before anything is embedded: a DataError where kept clips are not in the train split. */
export function refuseOtherClips({ path, keep, clips }: PrunedFolder, known: readonly Clip[]): void {
  const train = new Set(known.filter(({ split }) => split === 'train').map(({ id }) => id));
  const missing = keep.map((position) => clips[position]!.id).filter((id) => !train.has(id));
  if (missing.length === 0) return;
  throw new DataError(
    path,
    `${path} keeps clips that this dataset does not have in its train split: ${missing.length}, the first of them ${missing[0]}. Is it the same dataset?`,
  );
}
