import { type NpyRows, onGrid, type PruningRule, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, neededBy, scoreOf } from '@refrain/core/pruning';
import { fingerprintOfText, isSameRecording } from '../fingerprints.ts';
import type { PrunedFolder } from '../read.ts';
import {
  type ClipRecord,
  type EarlierRun,
  FILES,
  type Metadata,
  type RemovedRecord,
  type RuleRecord,
} from '../schemas.ts';
import { pairSimilarities } from './similarities.ts';

/** A folder, and the position of each clip by its id. */
type IndexedFolder = PrunedFolder & { readonly position: ReadonlyMap<string, number> };

/**
 * Names the first removed clip, in the order of removed.jsonl, that has no kept partner as claimed: with this similarity, at this level, of
 * its cluster and group, reaching θ. Undefined when each has one. That every removed clip is one of clips.jsonl was checked before.
 */
export async function checkRemovals(folder: PrunedFolder, embeddings: NpyRows): Promise<string | undefined> {
  const position = new Map(folder.clips.map((clip, i) => [clip.id, i]));
  const { clips, keep, removed } = folder;
  const kept = new Set(keep.map((index) => clips[index]!.id));
  const pairs = {
    rows: Uint32Array.from(removed, ({ id }) => position.get(id)!),
    partners: Uint32Array.from(removed, ({ id, partner_id: partner }) => position.get(partner) ?? position.get(id)!),
  };
  // All similarities before the first is compared: the order of the file is not one in which the disk reads well.
  const similarities = await pairSimilarities(embeddings, pairs);
  for (const [at, similarity] of similarities.entries()) {
    const record = removed[at]!;
    const why = kept.has(record.partner_id)
      ? checkRemoval({ ...folder, position }, record, pairs.rows[at]!, pairs.partners[at]!, onGrid(similarity))
      : `its partner ${record.partner_id} is not a kept clip`;
    if (why !== undefined) return `clip ${record.id}: ${why}`;
  }
  return undefined;
}

function checkRemoval(
  folder: IndexedFolder,
  record: RemovedRecord,
  index: number,
  partner: number,
  similarity: number,
): string | undefined {
  const { clips, labels, metadata } = folder;
  const [clip, stays] = [clips[index]!, clips[partner]!];
  if (record.path !== clip.path) return `${FILES.removed} gives another path than ${FILES.clips}`;
  if (record.cluster !== labels[index])
    return `${FILES.removed} says cluster ${record.cluster}, ${FILES.labels} says ${labels[index]}`;
  if (record.similarity !== similarity)
    return `its similarity to ${record.partner_id} is ${similarity}, not ${record.similarity}`;
  if (record.run !== undefined && metadata.earlier?.[record.run] === undefined)
    return `${FILES.removed} says run ${record.run}, which ${FILES.metadata} does not know`;
  if (record.group !== clip.group)
    return `${FILES.removed} says group ${record.group}, ${FILES.clips} says ${clip.group}`;
  const copy = expectedCopy(record.level, clip, stays, similarity);
  return copy === undefined
    ? checkRedundant(folder, record, index, partner)
    : (checkCopy(folder, record, copy, index, partner) ?? checkTheta(record));
}

/** What is wrong with the removal of a clip that is a copy of its partner. */
function checkCopy(
  folder: IndexedFolder,
  record: RemovedRecord,
  level: RemovalLevel,
  index: number,
  partner: number,
): string | undefined {
  if (record.level !== level) return `its level is ${level}, not ${record.level}`;
  // Equal audio and equal fingerprints need no similarity: silence has none.
  if (record.theta === undefined)
    return level === 'identical' || level === 'same-recording' ? undefined : 'it has no theta';
  const threshold = onGrid(DUPLICATE_THRESHOLD);
  // A copy that a strategy took for redundant had to reach its θ alone, where that is lower.
  const own = Math.min(thetaOf(folder, record, index, partner), threshold);
  return record.theta === threshold || record.theta === own ? undefined : `its theta is ${own}, not ${record.theta}`;
}

/** What is wrong with the removal of a clip that is no copy of its partner. */
function checkRedundant(
  folder: IndexedFolder,
  record: RemovedRecord,
  index: number,
  partner: number,
): string | undefined {
  const { clips, labels, metadata } = folder;
  const run = runOf(folder, record);
  const theta = thetaOf(folder, record, index, partner);
  const isFar = run.spans_clusters !== true && labels[partner] !== labels[index];
  // A strategy may have no rule for θ, or remove by what went itself; and a rule may have taken a clip that nothing stands for: how many, the
  // report says.
  const mayLackProof =
    run.rule.kind === 'none' ||
    record.similarity < theta ||
    isFar ||
    ('constrained' in run ? run.constrained : metadata.constraints !== undefined);
  if (record.level === 'unsupported' && mayLackProof)
    return record.theta === undefined ? undefined : 'an unsupported removal has no theta';
  const level = run.rule.kind === 'none' ? 'unsupported' : 'redundant';
  if (record.level !== level) return `its level is ${level}, not ${record.level}`;
  if (isFar) return `its partner ${record.partner_id} is in another cluster`;
  const first = firstOf(folder, record, index);
  if (first === undefined) return `it is no copy of ${record.copy_of}`;
  if (first.group !== clips[partner]!.group) return `its partner ${record.partner_id} is in another group`;
  if (record.theta === undefined) return 'it has no theta';
  if (record.theta !== theta) return `its theta is ${theta}, not ${record.theta}`;
  const score = scoreIn(run.rule, first, partnerThen(folder, record, partner), record.similarity);
  if (record.z !== score) return `its z is ${score ?? 'none'}, not ${record.z}`;
  return checkTheta(record);
}

function checkTheta({ similarity, theta, partner_id: partner }: RemovedRecord): string | undefined {
  return theta === undefined || similarity >= theta
    ? undefined
    : `its similarity ${similarity} to ${partner} is below theta ${theta}`;
}

/** A removed clip itself, or the clip that it is said to be a copy of; undefined where that is not in its set. */
function firstOf(
  { clips, position }: IndexedFolder,
  { copy_of: copyOf }: RemovedRecord,
  index: number,
): PrunedFolder['clips'][number] | undefined {
  const clip = clips[index]!;
  if (copyOf === undefined) return clip;
  const first = clips[position.get(copyOf) ?? -1];
  return first?.duplicate_set !== undefined && first.duplicate_set === clip.duplicate_set ? first : undefined;
}

/** The run that removed a clip. */
function runOf({ metadata }: PrunedFolder, { run }: RemovedRecord): Metadata | EarlierRun {
  return run === undefined ? metadata : metadata.earlier![run]!;
}

/** The θ that a removal had to reach; of a copy it is that of the clip it went first for. */
function thetaOf(folder: IndexedFolder, record: RemovedRecord, index: number, partner: number): number {
  const { clips } = folder;
  const run = runOf(folder, record);
  const short = record.run === undefined ? folder.short : new Set((run as EarlierRun).short);
  return expectedTheta(
    run.rule,
    short,
    firstOf(folder, record, index) ?? clips[index]!,
    partnerThen(folder, record, partner),
  );
}

/** What the run that removed a clip knew of its partner: that one stays in later runs, which may ask something else of it. */
function partnerThen({ clips }: IndexedFolder, record: RemovedRecord, partner: number): RuledClip {
  if (record.run === undefined) return clips[partner]!;
  return {
    id: record.partner_id,
    theta: record.partner_theta,
    reliability: record.partner_reliability,
    cosine_mean: record.partner_cosine_mean,
    cosine_deviation: record.partner_cosine_deviation,
  };
}

/**
 * At which level of copies a removed clip `a` goes for its partner `b`, by what is known of the two; undefined where they are no copies. `claimed` is
 * what removed.jsonl says.
 */
function expectedCopy(
  claimed: RemovalLevel,
  a: ClipRecord,
  b: ClipRecord,
  similarity: number,
): RemovalLevel | undefined {
  const same = (key: 'audio_hash' | 'duplicate_set') => a[key] !== undefined && a[key] === b[key];
  if (same('audio_hash')) return 'identical';
  // The search for recordings may overlook a pair that proves itself, so it is checked where it is claimed.
  if (claimed === 'same-recording' && areSameRecording(a, b)) return claimed;
  if (similarity >= onGrid(DUPLICATE_THRESHOLD)) return 'near-identical';
  // Two of one set may be copies of a third one without being copies of each other: what is claimed then has to reach its θ.
  return claimed === 'near-identical' && same('duplicate_set') ? claimed : undefined;
}

/** A clip, and what a rule asks of it or knows of it. */
interface RuledClip {
  readonly id: string;
  readonly theta?: number | undefined;
  readonly reliability?: number | undefined;
  readonly cosine_mean?: number | undefined;
  readonly cosine_deviation?: number | undefined;
}

/**
 * The θ that the pair of a removed clip `a` and its partner `b`, which are no copies, has to reach by the rule of the run and the θ of both
 * clips; Infinity where only a copy can stand for `a`.
 */
function expectedTheta(rule: RuleRecord, short: ReadonlySet<string>, a: RuledClip, b: RuledClip): number {
  // Nothing but a copy stands for a clip that is too short.
  if (short.has(a.id) || short.has(b.id)) return onGrid(DUPLICATE_THRESHOLD);
  return neededBy(pairRule(rule, a, b), 0, 1);
}

/** A rule for two clips alone: the first of them is clip 0. */
function pairRule(rule: RuleRecord, a: RuledClip, b: RuledClip): PruningRule {
  if (rule.kind === 'constant') return rule;
  const both = (of: (clip: RuledClip) => number) => Float64Array.of(of(a), of(b));
  if (rule.kind !== 's-norm') return { kind: rule.kind, thetas: both(({ theta }) => theta ?? Infinity) };
  const { kind, kappa, tau = Infinity, false_discovery_rate: falseDiscoveryRate } = rule;
  return {
    ...{ kind, kappa, tau, falseDiscoveryRate },
    means: both((clip) => clip.cosine_mean ?? Infinity),
    deviations: both((clip) => clip.cosine_deviation ?? 1),
    ...(kappa > 0 && { reliability: both((clip) => clip.reliability ?? Infinity) }),
  };
}

/** The score of two clips by the rule of a run, on the grid; undefined where it has none. */
function scoreIn(rule: RuleRecord, a: RuledClip, b: RuledClip, similarity: number): number | undefined {
  const own = pairRule(rule, a, b);
  return own.kind === 's-norm' ? onGrid(scoreOf(own, 0, 1, similarity)) : undefined;
}

function areSameRecording(a: ClipRecord, b: ClipRecord): boolean {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return false;
  return isSameRecording(fingerprintOfText(a.fingerprint), fingerprintOfText(b.fingerprint)) !== undefined;
}
