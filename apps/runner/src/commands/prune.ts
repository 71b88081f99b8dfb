import { join } from 'node:path';
import { type Split, seededRandom } from '@refrain/core';
import { refuseExisting, writeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/settings.ts';
import { type PruneOutcome, pruneSpace } from '../stages/prune.ts';
import { loadTrainSource, type TrainSource } from '../stages/source.ts';
import { folderContent, sizes } from './folderContent.ts';
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
  splits: readonly Split[],
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
  const facts = {
    audioHashes: inSpace.map((clip) => clip.audioHash),
    groups: inSpace.map((clip) => clip.groups),
    labels: inSpace.map((clip) => clip.labels),
  };
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
