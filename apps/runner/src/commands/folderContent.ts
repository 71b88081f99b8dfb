import { takeRows } from '@refrain/core';
import { mergeLabels } from '@refrain/pruners';
import { fingerprintText } from '../folder/fingerprints.ts';
import type { ClipRecord, ClusterRecord, Metadata, RemovedRecord } from '../folder/records.ts';
import type { FolderContent } from '../folder/write.ts';
import type { PruneOutcome } from '../stages/prune.ts';
import type { TrainSource } from '../stages/source.ts';
import { resolvedSettings, versions } from './provenance.ts';
import type { PrunedSource } from './prune.ts';
import type { Session, Stopwatch } from './session.ts';
import { thresholdTable } from './thresholdTable.ts';

/** The content of the folder, in the order of the dataset. */
export function folderContent(
  session: Session,
  { source, outcome, short, decisions, recordings }: PrunedSource,
  watch: Stopwatch,
): FolderContent {
  const { clips, order, space } = source;
  const inSpace = Array.from(order, (position) => clips[position]!.labels);
  const merged = session.settings.rules.mergeLabels ? mergeLabels(inSpace, outcome.removed).labels : inSpace;
  const thresholds = thresholdTable(outcome, inSpace);
  const indexOf = new Uint32Array(order.length);
  for (const [index, position] of order.entries()) indexOf[position] = index;
  const removed = outcome.removed
    .map(({ index, cluster, group, level, partner, similarity, theta }) => ({
      position: order[index]!,
      cluster,
      group,
      level,
      partner: clips[order[partner]!]!.id,
      similarity,
      theta,
    }))
    .sort((a, b) => a.position - b.position);
  return {
    clips: clips.map(({ id, path, piece, contentHash, audioHash, labels, groups }, position) => ({
      id,
      ...(path === undefined ? {} : { path }),
      ...(piece === undefined ? {} : { piece }),
      ...(contentHash === undefined ? {} : { content_hash: contentHash }),
      ...(audioHash === undefined ? {} : { audio_hash: audioHash }),
      labels,
      ...(merged[indexOf[position]!]!.length > labels.length ? { merged_labels: merged[indexOf[position]!]! } : {}),
      ...(groups === undefined ? {} : { groups }),
      ...(space.reliability === undefined ? {} : { reliability: space.reliability[indexOf[position]!]! }),
      group: outcome.group[indexOf[position]!]!,
      ...copiesOf(outcome, indexOf[position]!),
      ...fingerprintOf(recordings, indexOf[position]!),
    })),
    embeddings: takeRows(space.embeddings, indexOf),
    labels: Array.from(indexOf, (index) => outcome.labels[index]!),
    probabilities: Array.from(indexOf, (index) => outcome.probabilities[index]!),
    keep: Array.from(outcome.keep, (index) => order[index]!).sort((a, b) => a - b),
    removed: removed.map(({ position, partner, theta, ...rest }): RemovedRecord => {
      const { id, path } = clips[position]!;
      return {
        id,
        ...(path === undefined ? {} : { path }),
        ...rest,
        partner_id: partner,
        ...(theta === undefined ? {} : { theta }),
      };
    }),
    bad: source.bad,
    ...(decisions === undefined ? {} : { overrides: decisions.text }),
    ...(thresholds === undefined ? {} : { thresholds }),
    metadata: {
      ...metadata(session, source, outcome, watch),
      short,
      ...constraintRecord(space.ids, outcome),
    },
  };
}

function metadata(
  session: Session,
  source: TrainSource,
  outcome: PruneOutcome,
  watch: Stopwatch,
): Omit<Metadata, 'files' | 'short'> {
  const { duplicates, labels, clusters, decisions } = outcome;
  const parameters = {
    ...session.assembly.resolved.clusterer?.[0]?.options,
    ...session.assembly.resolved.pruner?.[0]?.options,
  };
  const copies = duplicates?.duplicateSet.filter((set) => set >= 0);
  return {
    ...sizes(source, outcome),
    parameters: { min_cluster_size: parameters.minClusterSize, t: decisions.t ?? parameters.t },
    cluster_stats: Object.fromEntries(clusters.map((cluster) => [String(cluster.label), clusterRecord(cluster)])),
    noise_share: labels.filter((label) => label < 0).length / labels.length,
    decisions,
    duplicates: copies === undefined ? null : { sets: new Set(copies).size, clips: copies.length },
    silent: source.space.silent.map((index) => source.space.ids[index]!),
    settings: resolvedSettings(session),
    encoder_fingerprint: source.encoderFingerprint,
    versions: versions(),
    timings_s: watch.seconds,
  };
}

function constraintRecord(
  ids: readonly string[],
  { constraints, report }: PruneOutcome,
): Pick<Metadata, 'constraints'> {
  if (constraints === undefined || report === undefined) return {};
  const { minPerLabel = 0, maxPerGroup = {}, minPerGroup = {}, size, protect = [], exclude = [] } = constraints;
  return {
    constraints: {
      min_per_label: minPerLabel,
      max_per_group: maxPerGroup,
      min_per_group: minPerGroup,
      ...(size === undefined ? {} : { size }),
      protected: Array.from(protect, (index) => ids[index]!).sort(),
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
    ...(theta === undefined ? {} : { theta }),
    ...(similarity === undefined ? {} : { similarity }),
  };
}

/** Original and kept size, in the seed's words. */
export function sizes(
  source: TrainSource,
  outcome: PruneOutcome,
): Pick<Metadata, 'original_size' | 'pruned_size' | 'reduction_percentage'> {
  const [original, kept] = [source.clips.length, outcome.keep.length];
  return { original_size: original, pruned_size: kept, reduction_percentage: (1 - kept / original) * 100 };
}

function copiesOf({ duplicates }: PruneOutcome, index: number): Pick<ClipRecord, 'duplicate_set'> {
  const set = duplicates?.duplicateSet[index] ?? -1;
  return set < 0 ? {} : { duplicate_set: set };
}

function fingerprintOf(recordings: PrunedSource['recordings'], index: number): Pick<ClipRecord, 'fingerprint'> {
  const fingerprint = recordings?.fingerprints.get(index);
  return fingerprint === undefined ? {} : { fingerprint: fingerprintText(fingerprint) };
}
