import { join } from 'node:path';
import { seededRandom, takeRows } from '@refrain/core';
import type { ClusterRecord, Metadata, RemovedRecord } from '../folder/records.ts';
import type { FolderContent } from '../folder/write.ts';
import { refuseExisting, writeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/settings.ts';
import { type PruneOutcome, pruneSpace } from '../stages/prune.ts';
import { loadTrainSource, type TrainSource } from '../stages/source.ts';
import { resolvedSettings, versions } from './provenance.ts';
import { type CommandResult, type Session, Stopwatch, withSession } from './session.ts';

/** `refrain prune`: embed, find duplicates, cluster, prune, and write the pruned dataset folder. */
export async function prune(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const watch = new Stopwatch();
    await refuseOutput(session);
    const { source, outcome } = await prunedSource(session, ['train'], watch);
    const folder = await writeFolder(outputPath(session, source), folderContent(session, source, outcome, watch));
    return {
      text: `${summary(source, outcome)}\n${folder}`,
      json: { folder, ...sizes(source, outcome), encoded: source.encoded, bad: source.bad.length },
    };
  });
}

/** Loads the train set and prunes it. */
export async function prunedSource(
  { assembly, settings, host }: Session,
  splits: readonly ('train' | 'valid' | 'test')[],
  watch: Stopwatch,
): Promise<{ source: TrainSource; outcome: PruneOutcome }> {
  const random = seededRandom(settings.seed);
  const source = await watch.time('embed', () => loadTrainSource(assembly, settings, host, random, splits));
  const components = {
    kernel: await assembly.get('kernel'),
    clusterer: await assembly.get('clusterer'),
    pruner: await assembly.get('pruner'),
  };
  const inSpace = Array.from(source.order, (position) => source.clips[position]!);
  const facts = { audioHashes: inSpace.map((clip) => clip.audioHash), groups: inSpace.map((clip) => clip.groups) };
  if (source.space.silent.length > 0) {
    host.notice(`${counted(source.space.silent.length)} of digital silence belong to no cluster.`);
  }
  const outcome = await watch.time('prune', () =>
    pruneSpace(source.space, facts, components, {
      duplicates: settings.duplicates,
      keep: settings.keep,
      random: random.fork('prune'),
    }),
  );
  return { source, outcome };
}

/** Fails before the work begins when the folder that --output names is taken. */
export async function refuseOutput({ settings }: Session): Promise<void> {
  if (settings.output !== undefined) await refuseExisting(settings.output);
}

/** Where the folder goes: --output, or a new name with the local time, as the seed's scripts made it. */
export function outputPath({ settings }: Session, source: TrainSource): string {
  if (settings.output !== undefined) return settings.output;
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return join(
    settings.outputDir,
    `pruned_${source.name}_${date}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  );
}

/** The content of the folder, in the order of the dataset. */
export function folderContent(
  session: Session,
  source: TrainSource,
  outcome: PruneOutcome,
  watch: Stopwatch,
): FolderContent {
  const { clips, order, space } = source;
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
    clips: clips.map(({ id, path, contentHash, labels, groups }, position) => ({
      id,
      ...(path === undefined ? {} : { path }),
      ...(contentHash === undefined ? {} : { content_hash: contentHash }),
      labels,
      ...(groups === undefined ? {} : { groups }),
      ...(space.reliability === undefined ? {} : { reliability: space.reliability[indexOf[position]!]! }),
      group: outcome.group[indexOf[position]!]!,
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
    metadata: metadata(session, source, outcome, watch),
  };
}

function metadata(
  session: Session,
  source: TrainSource,
  outcome: PruneOutcome,
  watch: Stopwatch,
): Omit<Metadata, 'files'> {
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

/** What happened, in a few lines. */
export function summary(source: TrainSource, outcome: PruneOutcome): string {
  const { original_size: original, pruned_size: kept, reduction_percentage: percent } = sizes(source, outcome);
  const count = (level: string) => outcome.removed.filter((removal) => removal.level === level).length;
  const levels = ['identical', 'near-identical', 'redundant', 'unsupported']
    .filter((level) => count(level) > 0)
    .map((level) => `${count(level)} ${level}`);
  const supported = outcome.removed.filter((removal) => removal.level !== 'identical');
  const worst = supported.reduce((least, removal) => Math.min(least, removal.similarity), 1);
  const noise = outcome.labels.filter((label) => label < 0).length / outcome.labels.length;
  const clusters = new Set(outcome.labels.filter((label) => label >= 0)).size;
  return [
    ...(source.bad.length > 0 ? [`${counted(source.bad.length)} could not be read; bad.jsonl says why`] : []),
    `${original} train clips in ${clusters} clusters, ${(noise * 100).toFixed(0)} % in none`,
    `${kept} kept, ${original - kept} removed (${percent.toFixed(1)} %)${levels.length > 0 ? `: ${levels.join(', ')}` : ''}`,
    ...(supported.length > 0 ? [`the least similar kept partner of a removed clip: ${worst.toFixed(3)}`] : []),
  ].join('\n');
}

function counted(clips: number): string {
  return clips === 1 ? '1 clip' : `${clips} clips`;
}
