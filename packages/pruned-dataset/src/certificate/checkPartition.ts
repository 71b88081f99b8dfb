import type { PrunedFolder } from '../records.ts';
import { FILES } from '../records.ts';

/** What keeps kept and removed clips from making up the train list, each clip once; undefined when they do. */
export function checkPartition({ clips, keep, removed, metadata }: PrunedFolder): string | undefined {
  const state = new Map<string, 'kept' | 'removed'>();
  for (const [at, index] of keep.entries()) {
    const clip = clips[index];
    if (clip === undefined) return `${FILES.indices} names position ${index}, but there are ${clips.length} clips`;
    if (at > 0 && index <= keep[at - 1]!)
      return `clip ${clip.id}: position ${index} in ${FILES.indices} is not above the one before it`;
    state.set(clip.id, 'kept');
  }
  const known = new Set(clips.map((clip) => clip.id));
  for (const { id } of removed) {
    if (!known.has(id)) return `clip ${id} of ${FILES.removed} is not in ${FILES.clips}`;
    if (state.has(id))
      return `clip ${id} is in ${FILES.removed}, but ${state.get(id) === 'kept' ? `kept by ${FILES.indices}` : 'stands there twice'}`;
    state.set(id, 'removed');
  }
  const lost = clips.find((clip) => !state.has(clip.id));
  if (lost !== undefined) return `clip ${lost.id} is neither kept by ${FILES.indices} nor in ${FILES.removed}`;
  return keep.length === metadata.pruned_size
    ? undefined
    : `${FILES.metadata} says ${metadata.pruned_size} kept clips, ${FILES.indices} has ${keep.length}`;
}
