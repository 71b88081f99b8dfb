import { onGrid } from '@refrain/core';
import {
  CLIP_RECORD,
  type ClipRecord,
  FORMAT,
  METADATA,
  type Metadata,
  type RemovedRecord,
  type RuleRecord,
} from './schemas.ts';

// Format 1 is what version 0.1.0 wrote: it has no number. Fields that no reader of format 2 knows were let through then, and are left out here.

type Fields = Readonly<Record<string, unknown>>;

/** The records of a folder. */
interface Records {
  readonly metadata: Metadata;
  readonly clips: readonly ClipRecord[];
  readonly removed: readonly RemovedRecord[];
}

/** What jensen-shannon multiplied by κ for a clip of lower reliability is that of a wholly reliable one. */
const LEAST_RELIABILITY = 0.7;

/**
 * What metadata.json of format 1 says, as format 2 has it: with the rule of each run, derived from what it decided. `labels` are those of
 * cluster_labels.npy. What does not fit is left as it is.
 */
export function metadataOfFormat1(content: object, labels: readonly number[]): Fields {
  const { earlier, ...said } = known(content, METADATA.shape);
  const withRule = (run: unknown) => ({ ...Object(run), rule: ruleOf(Object(Object(run).decisions)) });
  return {
    // Folders of version 0.1.0 from before there was a limit, silence or a second clustering say nothing of them.
    short: [],
    silent: [],
    second_clustering_from: labels.reduce((most, label) => Math.max(most, label + 1), 0),
    encoder_fingerprint: null,
    ...withRule(said),
    ...settingsOfFormat1(said.settings),
    ...(earlier === undefined ? {} : { earlier: Array.isArray(earlier) ? earlier.map(withRule) : earlier }),
    format: FORMAT,
  };
}

/** Whether features were standardised is told by the option `space` since. */
function settingsOfFormat1(settings: unknown): Fields {
  if (typeof settings !== 'object' || settings === null || !('standardize' in settings)) return {};
  const { standardize, ...others } = settings;
  return { settings: { ...others, space: standardize === true ? 'standardized' : 'raw' } };
}

/** A line of clips.jsonl of format 1, as format 2 has it: the position was the line, and a reliability of NaN was written as null. */
export function clipOfFormat1(record: object, position: number): Fields {
  const { id, reliability, ...rest } = known(record, CLIP_RECORD.shape);
  return { id, position, ...rest, ...(reliability === undefined || reliability === null ? {} : { reliability }) };
}

/**
 * A folder of format 1 with θ per clip, derived from what the runs decided and from the clips' reliability. Of a rule that does not follow from
 * those, what removed.jsonl says of each clip is taken.
 */
export function withThetas<F extends Records>(folder: F): F {
  const { metadata, clips, removed } = folder;
  const runOf = (run: number | undefined) => (run === undefined ? metadata : metadata.earlier?.[run]);
  const removalOf = new Map(removed.map((record) => [record.id, record]));
  const clipOf = new Map(clips.map((clip) => [clip.id, clip]));
  return {
    ...folder,
    clips: clips.map((clip) => {
      const removal = removalOf.get(clip.id);
      return withTheta(clip, 'theta', thetaOf(runOf(removal?.run), clip, removal?.theta));
    }),
    removed: removed.map((record) => {
      const partner = clipOf.get(record.partner_id);
      if (record.run === undefined || partner === undefined) return record;
      return withTheta(record, 'partner_theta', thetaOf(runOf(record.run), partner, undefined));
    }),
  };
}

function ruleOf({ theta, threshold, kappaUsed }: Fields): RuleRecord {
  if (theta === undefined) return { kind: 'none' };
  if (theta === 'threshold') return { kind: 'constant', theta: onGrid(Number(kappaUsed) * Number(threshold)) };
  return { kind: theta === 'reliability' || theta === 'tracks' ? 'pair' : 'per-clip' };
}

/** θ of a clip by the rule of the run that judged it; `removal` is what its removal says. */
function thetaOf(
  run: Pick<Metadata, 'rule' | 'decisions'> | undefined,
  { reliability }: ClipRecord,
  removal: number | undefined,
): number | undefined {
  if (run?.rule.kind === 'per-clip') return removal;
  if (run?.rule.kind !== 'pair' || reliability === undefined) return undefined;
  return onGrid(Number(run.decisions.kappaUsed) * (reliability < LEAST_RELIABILITY ? 1 : reliability));
}

function withTheta<T, K extends 'theta' | 'partner_theta'>(record: T, key: K, theta: number | undefined): T {
  return theta === undefined ? record : { ...record, [key]: theta };
}

function known(content: object, shape: object): Fields {
  return Object.fromEntries(Object.entries(content).filter(([name]) => Object.hasOwn(shape, name)));
}
