import { type NpyRows, onGrid } from '@refrain/core';
import type { PrunedFolder } from '../read.ts';
import { FILES, type RemovedRecord } from '../records.ts';
import { expectedLevel, expectedTheta } from './expected.ts';
import { pairSimilarities, type RowPairs } from './similarities.ts';

/**
 * Names the first removed clip, in the order of removed.jsonl, that has no kept partner as claimed: with this similarity, at this level, of
 * its cluster and group, reaching θ. Undefined when each has one. That every removed clip is one of clips.jsonl was checked before.
 */
export async function checkRemovals(folder: PrunedFolder, embeddings: NpyRows): Promise<string | undefined> {
  const { pairs, failure } = partnersOf(folder);
  // All similarities before the first is compared: the order of the file is not one in which the disk reads well.
  const similarities = await pairSimilarities(embeddings, pairs);
  for (const [at, similarity] of similarities.entries()) {
    const record = folder.removed[at]!;
    const why = checkRemoval(folder, record, pairs.rows[at]!, pairs.partners[at]!, onGrid(similarity));
    if (why !== undefined) return `clip ${record.id}: ${why}`;
  }
  return failure;
}

/** The rows of the removed clips and of their partners, up to the first whose partner is not kept, which is the failure. */
function partnersOf({ clips, keep, removed }: PrunedFolder): {
  readonly pairs: RowPairs;
  readonly failure: string | undefined;
} {
  const position = new Map(clips.map((clip, i) => [clip.id, i]));
  const kept = new Set(keep);
  const partners = removed.map(({ partner_id }) => position.get(partner_id));
  const wrong = partners.findIndex((partner) => partner === undefined || !kept.has(partner));
  const count = wrong < 0 ? removed.length : wrong;
  const failure =
    wrong < 0 ? undefined : `clip ${removed[wrong]!.id}: its partner ${removed[wrong]!.partner_id} is not a kept clip`;
  return {
    pairs: {
      rows: Uint32Array.from({ length: count }, (_, at) => position.get(removed[at]!.id)!),
      partners: Uint32Array.from({ length: count }, (_, at) => partners[at]!),
    },
    failure,
  };
}

function checkRemoval(
  { clips, labels, short, metadata }: PrunedFolder,
  record: RemovedRecord,
  index: number,
  partner: number,
  similarity: number,
): string | undefined {
  if (record.path !== clips[index]!.path) return `${FILES.removed} gives another path than ${FILES.clips}`;
  if (record.cluster !== labels[index])
    return `${FILES.removed} says cluster ${record.cluster}, ${FILES.labels} says ${labels[index]}`;
  if (record.similarity !== similarity)
    return `its similarity to ${record.partner_id} is ${similarity}, not ${record.similarity}`;
  const run = record.run === undefined ? undefined : metadata.earlier?.[record.run];
  if (record.run !== undefined && run === undefined)
    return `${FILES.removed} says run ${record.run}, which ${FILES.metadata} does not know`;
  // A rule may have taken a clip that nothing stands for; how many, the report says.
  const isTaken = (run?.constrained ?? metadata.constraints !== undefined) && record.level === 'unsupported';
  const level = isTaken
    ? 'unsupported'
    : expectedLevel(run ?? metadata, record.level, clips[index]!, clips[partner]!, similarity);
  if (record.level !== level) return `its level is ${level}, not ${record.level}`;
  if (level === 'unsupported') return record.theta === undefined ? undefined : 'an unsupported removal has no theta';
  if (labels[partner] !== labels[index]) return `its partner ${record.partner_id} is in another cluster`;
  if (record.group !== clips[index]!.group || record.group !== clips[partner]!.group)
    return `its partner ${record.partner_id} is in another group`;
  // Equal audio needs no similarity: silence has none.
  if (record.theta === undefined)
    return level === 'identical' || level === 'same-recording' ? undefined : 'it has no theta';
  const expected = expectedTheta(
    run ?? metadata,
    level,
    run === undefined ? short : new Set(run.short),
    clips[index]!,
    clips[partner]!,
  );
  if (expected !== undefined && record.theta !== expected) return `its theta is ${expected}, not ${record.theta}`;
  if (similarity < record.theta)
    return `its similarity ${similarity} to ${record.partner_id} is below theta ${record.theta}`;
  return undefined;
}
