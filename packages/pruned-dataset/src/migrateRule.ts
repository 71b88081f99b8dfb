import { onGrid } from '@refrain/core';
import type { ClipRecord, EarlierRun, Metadata, PrunedFolder, RemovedRecord, RuleRecord } from './records.ts';

/** A folder as its files have it: those of version 0.1.0 state no rule. */
type Stated = Omit<PrunedFolder, 'metadata' | 'statesRule'> & {
  readonly metadata: Omit<Metadata, 'rule' | 'earlier'> & {
    readonly rule?: RuleRecord;
    readonly earlier?: readonly (Omit<EarlierRun, 'rule'> & { readonly rule?: RuleRecord })[];
  };
};

/** What jensen-shannon multiplied by κ for a clip of lower reliability is that of a wholly reliable one. */
const LEAST_RELIABILITY = 0.7;

/** What a run decided, as far as its rule follows from it. */
type Decisions = Metadata['decisions'];

/**
 * A folder with the rule of each run and θ per clip, derived from what the runs decided and from the clips' reliability where its files do not
 * state them. Of a rule that does not follow from those, what removed.jsonl says of each clip is taken.
 */
export function withRule(folder: Stated): PrunedFolder {
  const { metadata, clips, removed } = folder;
  const earlier = metadata.earlier?.map((run) => ({ ...run, rule: run.rule ?? ruleOf(run.decisions) }));
  const { rule = ruleOf(metadata.decisions) } = metadata;
  const whole = { ...metadata, rule, ...(earlier && { earlier }) } as Metadata;
  const statesRule = metadata.rule !== undefined;
  const isOlder = (run: number | undefined) =>
    (run === undefined ? metadata : metadata.earlier?.[run])?.rule === undefined;
  if (statesRule && !removed.some(({ run }) => run !== undefined && isOlder(run)))
    return { ...folder, metadata: whole, statesRule };
  const removalOf = new Map(removed.map((record) => [record.id, record]));
  const clipOf = new Map(clips.map((clip) => [clip.id, clip]));
  const decisionsOf = (run: number | undefined) =>
    (run === undefined ? metadata : metadata.earlier?.[run])?.decisions ?? {};
  return {
    ...folder,
    metadata: whole,
    statesRule,
    clips: clips.map((clip) => {
      const removal = removalOf.get(clip.id);
      return isOlder(removal?.run) ? withTheta(clip, 'theta', thetaOf(decisionsOf(removal?.run), clip, removal)) : clip;
    }),
    removed: removed.map((record) => {
      const partner = clipOf.get(record.partner_id);
      if (record.run === undefined || partner === undefined || !isOlder(record.run)) return record;
      return withTheta(record, 'partner_theta', thetaOf(decisionsOf(record.run), partner, undefined));
    }),
  };
}

function ruleOf({ theta, threshold, kappaUsed }: Decisions): RuleRecord {
  if (theta === undefined) return { kind: 'none' };
  if (theta === 'threshold') return { kind: 'constant', theta: onGrid(Number(kappaUsed) * Number(threshold)) };
  return { kind: theta === 'reliability' || theta === 'tracks' ? 'pair' : 'per-clip' };
}

/** θ of a clip by the rule `ruleOf` gives. */
function thetaOf(
  decisions: Decisions,
  { reliability }: ClipRecord,
  removal: RemovedRecord | undefined,
): number | undefined {
  const { kind } = ruleOf(decisions);
  if (kind === 'per-clip') return removal?.theta;
  if (kind !== 'pair' || typeof reliability !== 'number') return undefined;
  return onGrid(Number(decisions.kappaUsed) * (reliability < LEAST_RELIABILITY ? 1 : reliability));
}

function withTheta<T, K extends 'theta' | 'partner_theta'>(record: T, key: K, theta: number | undefined): T {
  return theta === undefined ? record : { ...record, [key]: theta };
}
