import { onGrid, type Removal } from '@refrain/core';
import { scoreOf } from '@refrain/core/pruning';
import {
  type ClipRecord,
  type ClusterRecord,
  type FolderContent,
  fingerprintText,
  type Metadata,
  type RemovedRecord,
  withEarlier,
} from '@refrain/pruned-dataset';
import { mergeLabels } from '../rules/mergeLabels.ts';
import type { Run, Stopwatch } from '../run.ts';
import type { TrainClip, TrainSource } from '../source/source.ts';
import { resolvedSettings, versions } from './provenance.ts';
import type { PrunedSource } from './prunedSource.ts';
import type { PruneOutcome } from './pruneSpace.ts';
import { thresholdTable } from './thresholdTable.ts';

/** How a folder came about, besides the clips themselves. */
export interface FolderOrigin {
  /** Every option as it took effect. */
  readonly settings: Metadata['settings'];
  readonly mergeLabels: boolean;
  /** Seconds of each stage. */
  readonly timings: Metadata['timings_s'];
}

/** What a session knows of a folder's origin. */
export function originOf(session: Run, watch: Stopwatch): FolderOrigin {
  const { mergeLabels } = session.settings.rules;
  return { settings: resolvedSettings(session), mergeLabels, timings: watch.seconds };
}

/** The content of the folder, by id as everything here. */
export function folderContent(pruned: PrunedSource, origin: FolderOrigin): FolderContent {
  const content = judgedContent(pruned, origin);
  const { earlier } = pruned.source;
  return earlier === undefined ? content : withEarlier(content, earlier);
}

/** The content as far as this run judged it. */
function judgedContent(
  { source, outcome, decisions }: PrunedSource,
  { settings, mergeLabels: merges, timings }: FolderOrigin,
): FolderContent {
  const { clips, space, recordings } = source;
  const labels = clips.map((clip) => clip.labels);
  const merged = merges ? mergeLabels(labels, outcome.removed).labels : labels;
  const thresholds = thresholdTable(outcome, labels);
  return {
    clips: clips.map(({ id, position, path, piece, contentHash, audioHash, labels, groups, ...heard }, index) => ({
      id,
      position,
      ...(path === undefined ? {} : { path }),
      ...(piece === undefined ? {} : { piece }),
      ...(contentHash === undefined ? {} : { content_hash: contentHash }),
      ...(audioHash === undefined ? {} : { audio_hash: audioHash }),
      labels,
      ...(merged[index]!.length > labels.length ? { merged_labels: merged[index]! } : {}),
      ...(groups === undefined ? {} : { groups }),
      ...soundOf(heard),
      ...(space.reliability === undefined ? {} : { reliability: space.reliability[index]! }),
      ...ruledOf(outcome, index),
      group: outcome.group[index]!,
      ...copiesOf(outcome, index),
      ...recordingOf(recordings, index, space.ids),
      ...(source.settled?.has(id) ? { from_base: true as const } : {}),
    })),
    embeddings: space.embeddings,
    labels: outcome.labels,
    probabilities: outcome.probabilities,
    keep: outcome.keep,
    removed: outcome.removed.map((removal): RemovedRecord => {
      const { index, cluster, group, level, partner, similarity, theta } = removal;
      const { id, path } = clips[index]!;
      const copyOf = firstKeptFor(outcome, index, partner, space.ids);
      return {
        id,
        ...(path === undefined ? {} : { path }),
        cluster,
        group,
        level,
        similarity,
        partner_id: space.ids[partner]!,
        ...(theta === undefined ? {} : { theta }),
        ...scoreRecord(outcome, removal),
        ...(copyOf === undefined ? {} : { copy_of: copyOf }),
      };
    }),
    bad: source.bad,
    ...(decisions === undefined ? {} : { overrides: decisions.text }),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(space.standardization === undefined ? {} : { standardization: space.standardization }),
    metadata: {
      ...sizes(source, outcome),
      parameters: seedParameters(settings, outcome),
      ...findings(source, outcome),
      settings,
      encoder_fingerprint: source.encoderFingerprint,
      versions: versions(),
      timings_s: timings,
    },
  };
}

/** The two parameters that the seed's readers look for. */
function seedParameters(settings: Metadata['settings'], { decisions }: PruneOutcome): Metadata['parameters'] {
  const { clusterer, pruner } = settings as Record<string, { minClusterSize?: number; t?: number } | undefined>;
  return { min_cluster_size: clusterer?.minClusterSize, t: decisions.t ?? pruner?.t };
}

/** What metadata.json says of the choice itself: all of it follows from clips, clusters and options. */
function findings(
  { space, short, settled }: TrainSource,
  outcome: PruneOutcome,
): Pick<
  Metadata,
  | 'cluster_stats'
  | 'noise_share'
  | 'second_clustering_from'
  | 'decisions'
  | 'rule'
  | 'duplicates'
  | 'silent'
  | 'short'
  | 'constraints'
> {
  const { duplicates, labels, clusters, decisions, rule } = outcome;
  const copies = duplicates.duplicateSet.filter((set) => set >= 0);
  return {
    cluster_stats: Object.fromEntries(clusters.map((cluster) => [String(cluster.label), clusterRecord(cluster)])),
    noise_share: labels.filter((label) => label < 0).length / labels.length,
    second_clustering_from: outcome.secondFrom,
    decisions,
    rule: ruleRecord(rule),
    duplicates: { sets: new Set(copies).size, clips: copies.length },
    silent: space.silent.map((index) => space.ids[index]!),
    short,
    ...constraintRecord(space.ids, outcome, settled),
  };
}

function constraintRecord(
  ids: readonly string[],
  { constraints, report }: PruneOutcome,
  settled: TrainSource['settled'],
): Pick<Metadata, 'constraints'> {
  if (constraints === undefined || report === undefined) return {};
  const { minPerLabel = 0, maxPerGroup = {}, minPerGroup = {}, size, protect = [], exclude = [] } = constraints;
  return {
    constraints: {
      min_per_label: minPerLabel,
      max_per_group: maxPerGroup,
      min_per_group: minPerGroup,
      ...(size === undefined ? {} : { size }),
      // Those of an earlier run are marked in clips.jsonl.
      protected: Array.from(protect, (index) => ids[index]!)
        .filter((id) => !settled?.has(id))
        .sort(),
      excluded: Array.from(exclude, (index) => ids[index]!).sort(),
      report,
    },
  };
}

function clusterRecord({
  size,
  kept,
  groups,
  divergenceBefore,
  divergenceAfter,
  groupDivergenceBefore,
  groupDivergenceAfter,
  theta,
  similarity,
}: PruneOutcome['clusters'][number]): ClusterRecord {
  return {
    original_size: size,
    kept_size: kept,
    removal_fraction: 1 - kept / size,
    groups,
    jsd_before: divergenceBefore,
    jsd_after: divergenceAfter,
    ...(groupDivergenceBefore === undefined ? {} : { group_jsd_before: groupDivergenceBefore }),
    ...(groupDivergenceAfter === undefined ? {} : { group_jsd_after: groupDivergenceAfter }),
    ...(theta === undefined ? {} : { theta }),
    ...(similarity === undefined ? {} : { similarity }),
  };
}

/** Original and kept size, in the seed's words. */
export function sizes(
  source: TrainSource,
  outcome: PruneOutcome,
): Pick<Metadata, 'original_size' | 'pruned_size' | 'reduction_percentage'> {
  const [original, kept] = [source.clips.length + (source.earlier?.clips.length ?? 0), outcome.keep.length];
  return { original_size: original, pruned_size: kept, reduction_percentage: (1 - kept / original) * 100 };
}

/** What is known of the sound itself. */
function soundOf({
  seconds,
  sampleRate,
  clipping,
}: Pick<TrainClip, 'seconds' | 'sampleRate' | 'clipping'>): Pick<ClipRecord, 'seconds' | 'sample_rate' | 'clipping'> {
  return {
    ...(seconds === undefined ? {} : { seconds }),
    ...(sampleRate === undefined ? {} : { sample_rate: sampleRate }),
    ...(clipping === undefined ? {} : { clipping }),
  };
}

/** The clip that a copy went first for, where that one is not its partner. */
function firstKeptFor(
  { copyOf }: PruneOutcome,
  index: number,
  partner: number,
  ids: readonly string[],
): string | undefined {
  const stayed = copyOf.get(index);
  return stayed === undefined || stayed === partner ? undefined : ids[stayed]!;
}

/** A rule without what it knows of single clips. */
function ruleRecord(rule: PruneOutcome['rule']): Metadata['rule'] {
  if (rule.kind === 'constant') return rule;
  if (rule.kind !== 's-norm') return { kind: rule.kind };
  const { kind, kappa, tau, falseDiscoveryRate, sure } = rule;
  return {
    kind,
    kappa,
    ...(tau < Infinity && { tau }),
    false_discovery_rate: falseDiscoveryRate,
    ...(sure && { sure }),
  };
}

/** What the rule knows of a clip, or asks of it; none where only a copy can stand for it. */
function ruledOf(
  { rule, copyOf }: PruneOutcome,
  index: number,
): Pick<ClipRecord, 'theta' | 'cosine_mean' | 'cosine_deviation'> {
  if (rule.kind === 's-norm') {
    const mean = rule.means[index]!;
    // A copy that went first was no stranger to anyone.
    if (mean === Infinity || copyOf.has(index)) return {};
    return { cosine_mean: mean, cosine_deviation: rule.deviations[index]! };
  }
  const theta = 'thetas' in rule ? rule.thetas[index]! : Infinity;
  return theta < Infinity ? { theta } : {};
}

/** The score of a redundant clip with its partner, where the rule has scores. */
function scoreRecord({ rule }: PruneOutcome, { level, index, partner, similarity }: Removal): Pick<RemovedRecord, 'z'> {
  if (rule.kind !== 's-norm' || level !== 'redundant') return {};
  return { z: onGrid(scoreOf(rule, index, partner, similarity)) };
}

function copiesOf({ duplicates }: PruneOutcome, index: number): Pick<ClipRecord, 'duplicate_set'> {
  const set = duplicates.duplicateSet[index]!;
  return set < 0 ? {} : { duplicate_set: set };
}

function recordingOf(
  recordings: TrainSource['recordings'],
  index: number,
  ids: readonly string[],
): Pick<ClipRecord, 'fingerprint' | 'same_recording'> {
  const fingerprint = recordings?.fingerprints.get(index);
  const same = recordings?.sameRecording.get(index);
  return {
    ...(fingerprint === undefined ? {} : { fingerprint: fingerprintText(fingerprint) }),
    ...(same === undefined ? {} : { same_recording: same.map((other) => ids[other]!) }),
  };
}
