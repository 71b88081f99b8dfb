import { dot } from '../matrix.ts';
import type { PruneInput, Pruning, Removal, RemovalLevel } from '../pruner.ts';
import { DUPLICATE_THRESHOLD, neededBy } from '../pruning/proof.ts';
import { onGrid } from '../similarityGrid.ts';

/**
 * What is wrong with the first removal that has no kept partner as claimed: with this similarity, at this level, reaching what the stated
 * rule asks of the two. Undefined where each has one. What is true here, `refrain verify` finds true in the folder.
 */
export function firstMismatch(pruning: Pruning, input: PruneInput): string | undefined {
  const kept = new Set(pruning.keep);
  for (const removal of pruning.removed) {
    const why = kept.has(removal.partner) ? mismatch(pruning, removal, input) : 'its partner is not kept';
    if (why !== undefined) return `clip ${input.ids[removal.index]} for ${input.ids[removal.partner]}: ${why}`;
  }
  return undefined;
}

function mismatch({ rule, clusterOfGroup }: Pruning, removal: Removal, input: PruneInput): string | undefined {
  const { index, partner, level, theta, similarity } = removal;
  const found = onGrid(dot(input.embeddings, index, input.embeddings, partner));
  if (similarity !== found) return `its similarity is ${found}, not ${similarity}`;
  // Nothing but a copy stands for a clip that is too short.
  const isShort = input.excluded?.[index] === 1 || input.excluded?.[partner] === 1;
  const needed = isShort ? Infinity : neededBy(rule, index, partner);
  const copy = copyLevel(removal, input);
  if (copy !== undefined)
    return level === copy ? copyMismatch(removal, needed, input) : `its level is ${copy}, not ${level}`;
  const { labels } = input.clustering;
  const isNear = clusterOfGroup !== undefined || labels[index] === labels[partner];
  const isProved = isNear && similarity >= needed;
  if (level === 'unsupported' && !isProved)
    return theta === undefined ? undefined : 'an unsupported removal has no theta';
  if (rule.kind === 'none')
    return `it is ${level}, but the pruner states no rule (kind "none"): say what its removals had to reach`;
  if (level !== 'redundant') return `its level is redundant, not ${level}`;
  if (!isNear) return 'its partner is in another cluster';
  if (theta !== needed) return `its theta is ${theta}, its rule asks for ${needed}`;
  return similarity < needed ? `its similarity ${similarity} is below theta ${needed}` : undefined;
}

/** At which level of copies a clip goes for its partner; undefined where they are none. */
function copyLevel({ index, partner, level, similarity }: Removal, input: PruneInput): RemovalLevel | undefined {
  const areOne = (numbers: Int32Array | undefined) =>
    numbers !== undefined && numbers[index]! >= 0 && numbers[index] === numbers[partner];
  if (areOne(input.audioIdentity)) return 'identical';
  if (level === 'same-recording' && input.sameRecording?.get(index)?.includes(partner)) return level;
  if (similarity >= copyThreshold(input)) return 'near-identical';
  return level === 'near-identical' && areOne(input.duplicateSet) ? level : undefined;
}

function copyMismatch({ level, theta, similarity, index, partner }: Removal, needed: number, input: PruneInput) {
  const { embeddings } = input;
  const isSilent = [index, partner].every((clip) => dot(embeddings, clip, embeddings, clip) === 0);
  // Equal audio and equal fingerprints need no similarity, and silence has none.
  if (theta === undefined) return level !== 'near-identical' || isSilent ? undefined : 'it has no theta';
  const threshold = copyThreshold(input);
  const own = Math.min(needed, threshold);
  if (theta !== threshold && theta !== own) return `its theta is ${own}, not ${theta}`;
  return similarity < theta ? `its similarity ${similarity} is below theta ${theta}` : undefined;
}

function copyThreshold({ duplicateThreshold }: PruneInput): number {
  return onGrid(duplicateThreshold ?? DUPLICATE_THRESHOLD);
}
