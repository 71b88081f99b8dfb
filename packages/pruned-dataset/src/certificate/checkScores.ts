import { type NpyRows, SIMILARITY_GRID } from '@refrain/core';
import type { MeasureCosines } from '@refrain/core/pruning';
import type { PrunedFolder } from '../read.ts';
import { FILES } from '../schemas.ts';
import { everyBlock } from './similarities.ts';

/** Sums are taken in the order of the file, not of the ids: a number between two grid steps may come out on either. */
const CLOSE = 1.5 * SIMILARITY_GRID;

/**
 * Names the first clip whose mean and deviation of cosines are not those that the embeddings give; undefined where all are, or the rule has no
 * scores. A set of copies counts once, by its first clip in the order of ids; clips that an earlier run removed do not count.
 */
export async function checkScores(
  folder: PrunedFolder,
  embeddings: NpyRows,
  measure: MeasureCosines,
): Promise<string | undefined> {
  const { clips, metadata } = folder;
  if (metadata.rule.kind !== 's-norm') return undefined;
  const gone = new Set(folder.removed.flatMap(({ id, run }) => (run === undefined ? [] : [id])));
  const counts = strangers(clips, gone);
  const blocks = () => everyBlock(embeddings);
  const { means, deviations } = await measure(embeddings.cols, blocks, (row) => counts.has(clips[row]!.id));
  for (const [row, { id, cosine_mean: mean, cosine_deviation: deviation }] of clips.entries()) {
    if (mean === undefined || gone.has(id)) continue;
    if (!(Math.abs(mean - means[row]!) <= CLOSE))
      return `clip ${id}: the mean of its cosines is ${means[row]}, ${FILES.clips} says ${mean}`;
    if (!(Math.abs(deviation! - deviations[row]!) <= CLOSE))
      return `clip ${id}: the deviation of its cosines is ${deviations[row]}, ${FILES.clips} says ${deviation ?? 'none'}`;
  }
  return undefined;
}

/** The ids of the clips that count: those with a mean, of each set of copies the first. */
function strangers(clips: PrunedFolder['clips'], gone: ReadonlySet<string>): Set<string> {
  const firstOf = new Map<number, string>();
  const ids = new Set<string>();
  for (const { id, cosine_mean: mean, duplicate_set: set } of clips) {
    if (mean === undefined || gone.has(id)) continue;
    if (set === undefined) ids.add(id);
    else {
      const before = firstOf.get(set);
      if (before === undefined || id < before) firstOf.set(set, id);
    }
  }
  for (const id of firstOf.values()) ids.add(id);
  return ids;
}
