import { type NpyRows, SIMILARITY_GRID } from '@refrain/core';
import { addRows, cosineMoments, noMoments, type RowMoments } from '@refrain/core/pruning';
import type { PrunedFolder } from '../read.ts';
import { FILES } from '../schemas.ts';
import { everyBlock } from './similarities.ts';

/** Sums are taken in the order of the file, not of the ids: a number between two grid steps may come out on either. */
const CLOSE = 1.5 * SIMILARITY_GRID;

/**
 * Names the first clip whose mean and deviation of cosines are not those that the embeddings give; undefined where all are, or the rule has no
 * scores. A set of copies counts once, by its first clip in the order of ids; clips that an earlier run removed do not count.
 */
export async function checkScores(folder: PrunedFolder, embeddings: NpyRows): Promise<string | undefined> {
  const { clips, metadata } = folder;
  if (metadata.rule.kind !== 's-norm') return undefined;
  const gone = new Set(folder.removed.flatMap(({ id, run }) => (run === undefined ? [] : [id])));
  const moments = await momentsOf(folder, gone, embeddings);
  for await (const { matrix, start } of everyBlock(embeddings)) {
    const { means, deviations } = cosineMoments(moments, matrix);
    for (let row = 0; row < matrix.rows; row++) {
      const { id, cosine_mean: mean, cosine_deviation: deviation } = clips[start + row]!;
      if (mean === undefined || gone.has(id)) continue;
      if (!(Math.abs(mean - means[row]!) <= CLOSE))
        return `clip ${id}: the mean of its cosines is ${means[row]}, ${FILES.clips} says ${mean}`;
      if (!(Math.abs(deviation! - deviations[row]!) <= CLOSE))
        return `clip ${id}: the deviation of its cosines is ${deviations[row]}, ${FILES.clips} says ${deviation ?? 'none'}`;
    }
  }
  return undefined;
}

async function momentsOf({ clips }: PrunedFolder, gone: ReadonlySet<string>, embeddings: NpyRows): Promise<RowMoments> {
  const moments = noMoments(embeddings.cols);
  const counts = strangers(clips, gone);
  for await (const { matrix, start } of everyBlock(embeddings)) {
    addRows(moments, matrix, (row) => counts.has(clips[start + row]!.id));
  }
  return moments;
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
