import { join } from 'node:path';
import { DataError, dot, type Matrix, onGrid, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, isSameRecording } from '@refrain/pruners';
import { checkConstraints } from './checkConstraints.ts';
import { fingerprintOfText } from './fingerprints.ts';
import { fileHash, rowHash } from './hashes.ts';
import { type PrunedFolder, readFolder, readFolderEmbeddings } from './read.ts';
import { type ClipRecord, FILES, type Metadata, type RemovedRecord } from './records.ts';

/** What a verification found. */
export interface Verification {
  readonly clips: number;
  readonly kept: number;
  readonly removed: number;
  /** The first thing that does not hold, naming the clip; undefined when all holds. */
  readonly failure: string | undefined;
}

/**
 * Recomputes the certificate of a pruned dataset folder from its embeddings: that kept and removed clips make up the train list, that
 * every removed clip has a kept partner in its cluster and group, that their similarity is what is claimed and reaches θ, and that
 * θ follows from the clips' reliability. The first clip that breaks it is named.
 */
export async function verifyFolder(path: string): Promise<Verification> {
  const folder = await readFolder(path);
  const embeddings = await readFolderEmbeddings(path);
  const counts = { clips: folder.clips.length, kept: folder.keep.length, removed: folder.removed.length };
  const failure =
    checkSizes(folder, embeddings) ??
    checkRows(folder, embeddings) ??
    checkPartition(folder) ??
    checkConstraints(folder) ??
    checkRemovals(folder, embeddings) ??
    (await checkFiles(folder));
  return { ...counts, failure };
}

function checkSizes({ clips, labels, metadata }: PrunedFolder, embeddings: Matrix): string | undefined {
  if (labels.length !== clips.length)
    return `${FILES.labels} has ${labels.length} labels for ${clips.length} clips of ${FILES.clips}`;
  if (embeddings.rows !== clips.length)
    return `${FILES.embeddings} has ${embeddings.rows} rows for ${clips.length} clips of ${FILES.clips}`;
  if (metadata.original_size !== clips.length)
    return `${FILES.metadata} says ${metadata.original_size} clips, ${FILES.clips} has ${clips.length}`;
  return undefined;
}

function checkRows({ clips }: PrunedFolder, embeddings: Matrix): string | undefined {
  const changed = clips.findIndex((clip, i) => rowHash(embeddings, i) !== clip.embedding_hash);
  return changed < 0
    ? undefined
    : `clip ${clips[changed]!.id}: its row ${changed} of ${FILES.embeddings} is not the one that was written`;
}

function checkPartition({ clips, keep, removed, metadata }: PrunedFolder): string | undefined {
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

function checkRemovals(folder: PrunedFolder, embeddings: Matrix): string | undefined {
  const position = new Map(folder.clips.map((clip, i) => [clip.id, i]));
  const kept = new Set(folder.keep);
  for (const record of folder.removed) {
    const index = position.get(record.id)!;
    const partner = position.get(record.partner_id);
    if (partner === undefined || !kept.has(partner))
      return `clip ${record.id}: its partner ${record.partner_id} is not a kept clip`;
    const failure = checkRemoval(folder, record, index, partner, embeddings);
    if (failure !== undefined) return `clip ${record.id}: ${failure}`;
  }
  return undefined;
}

function checkRemoval(
  { clips, labels, short, metadata }: PrunedFolder,
  record: RemovedRecord,
  index: number,
  partner: number,
  embeddings: Matrix,
): string | undefined {
  const similarity = onGrid(dot(embeddings, index, embeddings, partner));
  if (record.path !== clips[index]!.path) return `${FILES.removed} gives another path than ${FILES.clips}`;
  if (record.cluster !== labels[index])
    return `${FILES.removed} says cluster ${record.cluster}, ${FILES.labels} says ${labels[index]}`;
  if (record.similarity !== similarity)
    return `its similarity to ${record.partner_id} is ${similarity}, not ${record.similarity}`;
  // A rule may have taken a clip that nothing stands for; how many, the report says.
  const isTaken = metadata.constraints !== undefined && record.level === 'unsupported';
  const level = isTaken
    ? 'unsupported'
    : expectedLevel(metadata, record.level, clips[index]!, clips[partner]!, similarity);
  if (record.level !== level) return `its level is ${level}, not ${record.level}`;
  if (level === 'unsupported') return record.theta === undefined ? undefined : 'an unsupported removal has no theta';
  if (labels[partner] !== labels[index]) return `its partner ${record.partner_id} is in another cluster`;
  if (record.group !== clips[index]!.group || record.group !== clips[partner]!.group)
    return `its partner ${record.partner_id} is in another group`;
  // Equal audio needs no similarity: silence has none.
  if (record.theta === undefined)
    return level === 'identical' || level === 'same-recording' ? undefined : 'it has no theta';
  const expected = expectedTheta(metadata, level, short, clips[index]!, clips[partner]!);
  if (expected !== undefined && record.theta !== expected) return `its theta is ${expected}, not ${record.theta}`;
  if (similarity < record.theta)
    return `its similarity ${similarity} to ${record.partner_id} is below theta ${record.theta}`;
  return undefined;
}

function expectedLevel(
  { duplicates, decisions }: Metadata,
  claimed: RemovalLevel,
  a: ClipRecord,
  b: ClipRecord,
  similarity: number,
): RemovalLevel {
  // A strategy without a rule for θ removes without looking for a partner.
  if (decisions.theta === undefined) return 'unsupported';
  const same = (key: 'audio_hash' | 'duplicate_set') =>
    duplicates !== null && a[key] !== undefined && a[key] === b[key];
  if (same('audio_hash')) return 'identical';
  // The search for recordings may overlook a pair that proves itself, so it is checked where it is claimed.
  if (claimed === 'same-recording' && areSameRecording(a, b)) return claimed;
  return same('duplicate_set') || similarity >= onGrid(DUPLICATE_THRESHOLD) ? 'near-identical' : 'redundant';
}

function areSameRecording(a: ClipRecord, b: ClipRecord): boolean {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return false;
  return isSameRecording(fingerprintOfText(a.fingerprint), fingerprintOfText(b.fingerprint)) !== undefined;
}

// Where θ follows from what is known of the two clips it is recomputed; for the other rules it is taken as the file says it.
function expectedTheta(
  { decisions }: Metadata,
  level: RemovalLevel,
  short: ReadonlySet<string>,
  a: ClipRecord,
  b: ClipRecord,
): number | undefined {
  // Nothing but a copy stands for a clip that is too short.
  if (short.has(a.id) || short.has(b.id)) return onGrid(DUPLICATE_THRESHOLD);
  const reliability =
    a.reliability === undefined || b.reliability === undefined ? undefined : Math.max(a.reliability, b.reliability);
  const base =
    decisions.theta === 'reliability' || decisions.theta === 'tracks'
      ? reliability
      : decisions.theta === 'threshold'
        ? Number(decisions.threshold)
        : undefined;
  if (base === undefined) return undefined;
  const theta = onGrid(Number(decisions.kappaUsed) * base);
  return level === 'redundant' ? theta : Math.min(theta, onGrid(DUPLICATE_THRESHOLD));
}

async function checkFiles({ path, metadata }: PrunedFolder): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(metadata.files)) {
    const found = await fileHash(join(path, name)).catch((cause: unknown) => {
      throw new DataError(join(path, name), `${join(path, name)} is missing.`, { cause });
    });
    if (found !== expected) return `${name} is not the file that was written (its SHA-256 differs)`;
  }
  return undefined;
}
