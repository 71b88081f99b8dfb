import { defined, onGrid, type Removal } from '@refrain/core';
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
import { recordedValues } from '../options/options.ts';
import { mergeLabels } from '../rules/mergeLabels.ts';
import type { Run, Stopwatch } from '../run.ts';
import type { TrainSource } from '../source/source.ts';
import { versions } from '../versions.ts';
import type { PrunedSource } from './prunedSource.ts';
import type { PruneOutcome } from './pruneSpace.ts';

/** How a folder came about, besides the clips themselves. */
export interface FolderOrigin {
  /** Every option as it took effect. */
  readonly settings: Metadata['settings'];
  readonly mergeLabels: boolean;
  /** Seconds of each stage. */
  readonly timings: Metadata['timings_s'];
  /** What each worker of an executor did. */
  readonly workers?: Metadata['workers'];
}

/** What a session knows of a folder's origin. */
export function originOf(session: Run, watch: Stopwatch): FolderOrigin {
  const { mergeLabels } = session.settings.rules;
  const { workers } = session;
  return { settings: resolvedSettings(session), mergeLabels, timings: watch.seconds, ...(workers && { workers }) };
}

/** Every option as it took effect, in the form of a run file, so that another run can start from it again. */
export function resolvedSettings({ settings, assembly }: Run): Record<string, unknown> {
  // Who does the work is no matter of the result.
  const { evaluator = [], executor: _executor, ...components } = assembly.resolved;
  // A loaded head belongs to one evaluation, not to the folder.
  const probe = evaluator.find(({ use }) => use === 'linear-probe');
  const { headPath: _, ...probeOptions } = (probe?.options ?? {}) as { readonly headPath?: string };
  return {
    ...Object.fromEntries(
      Object.entries(components).map(([kind, [choice]]) => [
        kind,
        {
          use: choice!.use,
          ...choice!.options,
          ...(kind === 'pruner' && settings.recluster && { noise: 'recluster' }),
        },
      ]),
    ),
    ...(probe === undefined ? {} : { 'linear-probe': probeOptions }),
    ...(settings.probeEncoder === undefined ? {} : { 'probe-encoder': settings.probeEncoder }),
    // Where nothing is said, pruning takes none.
    fingerprints: false,
    ...recordedValues({
      ...settings,
      ...(typeof settings.embeddings === 'object' && { embeddings: 'in memory' }),
      ...(typeof settings.segments === 'object' && { segments: 'in memory' }),
      ...(typeof settings.segmentStarts === 'object' && { segmentStarts: 'in memory' }),
      ...(typeof settings.ids === 'object' && { ids: undefined }),
    }),
    plugins: settings.plugins,
  };
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
  { settings, mergeLabels: merges, timings, workers = {} }: FolderOrigin,
): FolderContent {
  const { clips, space, recordings } = source;
  const labels = clips.map((clip) => clip.labels);
  const merged = merges ? mergeLabels(labels, outcome.removed) : labels;
  const thresholds = thresholdTable(outcome, labels);
  return {
    clips: clips.map((clip, index) =>
      // Field by field: to spread a clip over its record would take most of the time.
      defined({
        id: clip.id,
        position: clip.position,
        path: clip.path,
        piece: clip.piece,
        content_hash: clip.contentHash,
        audio_hash: clip.audioHash,
        labels: clip.labels,
        merged_labels: merged[index]!.length > clip.labels.length ? merged[index]! : undefined,
        groups: clip.groups,
        seconds: clip.seconds,
        sample_rate: clip.sampleRate,
        clipping: clip.clipping,
        reliability: space.reliability?.[index],
        ...ruledOf(outcome, index),
        group: outcome.group[index]!,
        duplicate_set: setOf(outcome, index),
        fingerprint: fingerprintOf(source, index),
        same_recording: recordings?.sameRecording.get(index)?.map((other) => space.ids[other]!),
        from_base: source.settled?.has(clip.id) ? (true as const) : undefined,
      }),
    ),
    embeddings: space.embeddings,
    labels: outcome.labels,
    probabilities: outcome.probabilities,
    keep: outcome.keep,
    removed: outcome.removed.map((removal): RemovedRecord => {
      const { index, cluster, group, level, partner, similarity, theta } = removal;
      const { id, path } = clips[index]!;
      const partnerId = space.ids[partner]!;
      const stayed = outcome.copyOf.get(index);
      // The clip that a copy went first for, where that one is not its partner.
      const copyOf = stayed === undefined || stayed === partner ? undefined : space.ids[stayed]!;
      const proof = { cluster, group, level, similarity, partner_id: partnerId, theta, z: scoreIn(outcome, removal) };
      return defined({ id, path, ...proof, copy_of: copyOf });
    }),
    bad: source.bad,
    ...defined({ overrides: decisions?.text, thresholds, space: space.fitted }),
    metadata: {
      ...sizes(source, outcome),
      parameters: seedParameters(settings, outcome),
      ...findings(source, outcome),
      settings,
      encoder_fingerprint: source.encoderFingerprint,
      versions: versions(),
      timings_s: timings,
      ...(Object.keys(workers).length > 0 && { workers }),
    },
  };
}

/** The two parameters that the seed's readers look for. */
function seedParameters(settings: Metadata['settings'], { decisions }: PruneOutcome): Metadata['parameters'] {
  const { clusterer, pruner } = settings as Record<string, { minClusterSize?: number; t?: number } | undefined>;
  return { min_cluster_size: clusterer?.minClusterSize, t: decisions.t ?? pruner?.t };
}

/** What metadata.json says of the choice itself: all of it follows from clips, clusters and options. */
function findings({ space, short, settled }: TrainSource, outcome: PruneOutcome) {
  const { duplicates, labels, clusters, decisions, rule } = outcome;
  const copies = duplicates.duplicateSet.filter((set) => set >= 0);
  return {
    cluster_stats: Object.fromEntries(clusters.map((cluster) => [String(cluster.label), clusterRecord(cluster)])),
    noise_share: labels.filter((label) => label < 0).length / labels.length,
    second_clustering_from: outcome.secondFrom,
    decisions,
    rule: ruleRecord(rule),
    ...(outcome.clusterOfGroup && { spans_clusters: true as const }),
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
      ...(size !== undefined && { size }),
      // Those of an earlier run are marked in clips.jsonl.
      protected: Array.from(protect, (index) => ids[index]!)
        .filter((id) => !settled?.has(id))
        .sort(),
      excluded: Array.from(exclude, (index) => ids[index]!).sort(),
      report,
    },
  };
}

function clusterRecord(cluster: PruneOutcome['clusters'][number]): ClusterRecord {
  return defined({
    original_size: cluster.size,
    kept_size: cluster.kept,
    removal_fraction: 1 - cluster.kept / cluster.size,
    groups: cluster.groups,
    jsd_before: cluster.divergenceBefore,
    jsd_after: cluster.divergenceAfter,
    group_jsd_before: cluster.groupDivergenceBefore,
    group_jsd_after: cluster.groupDivergenceAfter,
    theta: cluster.theta,
    similarity: cluster.similarity,
  });
}

/** Original and kept size, in the seed's words. */
export function sizes(
  source: TrainSource,
  outcome: PruneOutcome,
): Pick<Metadata, 'original_size' | 'pruned_size' | 'reduction_percentage'> {
  const [original, kept] = [source.clips.length + (source.earlier?.clips.length ?? 0), outcome.keep.length];
  return { original_size: original, pruned_size: kept, reduction_percentage: (1 - kept / original) * 100 };
}

/** A rule without what it knows of single clips. */
function ruleRecord(rule: PruneOutcome['rule']): Metadata['rule'] {
  if (rule.kind === 'constant') return rule;
  if (rule.kind !== 's-norm') return { kind: rule.kind };
  const { kind, kappa, tau, falseDiscoveryRate } = rule;
  return defined({
    kind,
    kappa,
    tau: tau < Infinity ? tau : undefined,
    false_discovery_rate: falseDiscoveryRate,
  });
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
export function scoreIn({ rule }: PruneOutcome, { level, index, partner, similarity }: Removal): number | undefined {
  if (rule.kind !== 's-norm' || level !== 'redundant') return undefined;
  return onGrid(scoreOf(rule, index, partner, similarity));
}

function setOf({ duplicates }: PruneOutcome, index: number): number | undefined {
  const set = duplicates.duplicateSet[index]!;
  return set < 0 ? undefined : set;
}

function fingerprintOf({ recordings }: TrainSource, index: number): string | undefined {
  const fingerprint = recordings?.fingerprints.get(index);
  return fingerprint && fingerprintText(fingerprint);
}

/**
 * The table "θ → kept, worst partner, labels lost", tab-separated: what the same strategy would keep at other thresholds, before any rules.
 * `labels` are those of the clips of the space. Undefined where the strategy has no θ.
 */
function thresholdTable(
  { alternatives = [] }: Pick<PruneOutcome, 'alternatives'>,
  labels: readonly (readonly string[])[],
): string | undefined {
  if (alternatives.length === 0) return undefined;
  const all = new Set(labels.flat());
  const hasTau = alternatives.some(({ tau }) => tau !== undefined);
  const rows = alternatives.map(({ kappa, tau = Infinity, theta, keep, worstPartnerSimilarity }) => {
    const left = new Set(Array.from(keep, (clip) => labels[clip]!).flat());
    const taus = hasTau ? [tau < Infinity ? tau : 'none'] : [];
    return [kappa, ...taus, theta, keep.length, worstPartnerSimilarity ?? 'n/a', all.size - left.size];
  });
  const taus = hasTau ? ['tau'] : [];
  const header = ['kappa', ...taus, 'median_theta', 'kept', 'worst_partner_similarity', 'labels_lost'];
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
