import { join } from 'node:path';
import { REMOVAL_LEVELS, type Split, seededRandom } from '@refrain/core';
import type { Rule } from '@refrain/pruners';
import { refuseExisting, writeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/settings.ts';
import { type PruneOutcome, pruneSpace } from '../stages/prune.ts';
import { findRecordings, type Recordings } from '../stages/recordings.ts';
import { asksRules, constraintsOf, type Decisions, type RuleFacts, readDecisions } from '../stages/rules.ts';
import { datasetOf, type EmbeddedDataset, loadTrainSource, type TrainSource } from '../stages/source.ts';
import { folderContent, sizes } from './folderContent.ts';
import { type CommandResult, type Session, Stopwatch, withSession } from './session.ts';

/** `refrain prune`: embed, find duplicates, cluster, prune, and write the pruned dataset folder. */
export async function prune(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const watch = new Stopwatch();
    await refuseOutput(session);
    const pruned = await prunedSource(session, ['train'], watch);
    const { source, outcome } = pruned;
    const folder = await writeFolder(outputPath(session, source), folderContent(session, pruned, watch));
    return {
      text: `${summary(source, outcome)}\n${folder}`,
      json: { folder, ...sizes(source, outcome), encoded: source.encoded, bad: source.bad.length },
    };
  });
}

/** A train set, pruned. */
export interface PrunedSource {
  readonly source: TrainSource;
  readonly outcome: PruneOutcome;
  /** Ids of clips too short to be compared by their embeddings, ascending. */
  readonly short: readonly string[];
  /** What a person decided about single clips. */
  readonly decisions?: Decisions;
  /** What acoustic fingerprints found, where they were taken. */
  readonly recordings?: Recordings;
}

/** Loads the train set and prunes it. Rules that no choice of clips can meet are refused before any audio is read. */
export async function prunedSource(
  session: Session,
  splits: readonly Split[],
  watch: Stopwatch,
): Promise<PrunedSource> {
  const { assembly, settings, host } = session;
  const random = seededRandom(settings.seed);
  const early = await earlyFacts(assembly, settings);
  const decisions = early && (await readDecisions(settings.rules, early.ids));
  if (early !== undefined) constraintsOf(settings.rules, early, { decisions, keep: settings.keep });
  const source = await watch.time('embed', () => loadTrainSource(assembly, settings, host, random, splits));
  const components = {
    kernel: await assembly.get('kernel'),
    clusterer: await assembly.get('clusterer'),
    pruner: await assembly.get('pruner'),
  };
  const recordings =
    settings.fingerprints && source.embedded !== undefined
      ? await watch.time('fingerprints', () => recordingsOf(session, source.embedded!))
      : undefined;
  const inSpace = Array.from(source.order, (position) => source.clips[position]!);
  const short = inSpace.filter((clip) => isShort(clip, settings)).map(({ id }) => id);
  const facts = {
    audioHashes: inSpace.map((clip) => clip.audioHash),
    groups: inSpace.map((clip) => clip.groups),
    labels: inSpace.map((clip) => clip.labels),
    ...(recordings && { sameRecording: recordings.sameRecording }),
    ...(short.length > 0 && { apart: Uint8Array.from(inSpace, (clip) => (isShort(clip, settings) ? 1 : 0)) }),
  };
  if (source.space.silent.length > 0) {
    host.notice(`${counted(source.space.silent.length)} of digital silence belong to no cluster.`);
  }
  const known = {
    ...facts,
    ids: source.space.ids,
    paths: inSpace.map((clip) => clip.path),
    seconds: inSpace.map((clip) => clip.seconds),
  };
  const asked = decisions ?? (await readDecisions(settings.rules, known.ids));
  const context = { decisions: asked, keep: settings.keep, notice: host.notice };
  const constraints = constraintsOf(settings.rules, known, context);
  const { preference } = constraints;
  if (short.length > 0) {
    host.notice(
      `${counted(short.length)} shorter than ${settings.shortest} s belong to no cluster; --shortest sets the limit.`,
    );
  }
  const outcome = await watch.time('prune', () =>
    pruneSpace(source.space, facts, components, {
      duplicates: settings.duplicates,
      keep: settings.keep,
      recluster: settings.recluster,
      ...(asksRules(settings.rules) && { constraints }),
      ...(preference && { preference }),
      random: random.fork('prune'),
      signal: host.signal,
    }),
  );
  for (const line of unmetLines(outcome)) host.notice(line);
  return { source, outcome, short, ...(asked && { decisions: asked }), ...(recordings && { recordings }) };
}

function isShort({ seconds = Infinity }: TrainSource['clips'][number], { shortest }: Session['settings']): boolean {
  return seconds < shortest;
}

function recordingsOf({ assembly, settings, host }: Session, { dataset, train }: EmbeddedDataset): Promise<Recordings> {
  const clips = train.map(({ clip }) => clip);
  return findRecordings(clips, dataset, assembly, settings, host);
}

/** What rules look at, before any audio is read; undefined where the embeddings come from a file. */
async function earlyFacts(
  assembly: Session['assembly'],
  settings: Session['settings'],
): Promise<RuleFacts | undefined> {
  if (settings.embeddings !== undefined) return undefined;
  const dataset = await datasetOf(assembly, settings);
  const clips = dataset.clips.filter(({ split }) => split === 'train').sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ids: clips.map(({ id }) => id),
    labels: clips.map(({ labels }) => labels.map((label) => dataset.classes[label]!)),
    groups: clips.map(({ groups }) => groups),
    paths: clips.map(({ path }) => path),
    // Known only when the audio is read: here any will do.
    seconds: clips.map(() => 0),
  };
}

/** A sentence for each rule that could not be met everywhere. */
function unmetLines({ report, keep }: PruneOutcome): string[] {
  return (report?.unmet ?? []).map(({ rule, wonBy, count, names }) => {
    const listed = `${names.join(', ')}${count > names.length ? ', …' : ''}`;
    if (rule === 'size')
      return `${keep.length} clips stay, not as many as --keep asks for: ${OPTION_OF[wonBy]} goes before it for ${counted(count)} (${listed}).`;
    return `${OPTION_OF[rule]} could not be met ${count} time${count === 1 ? '' : 's'}, because ${OPTION_OF[wonBy]} goes before it: ${listed}.`;
  });
}

/** How a rule is written on the command line. */
const OPTION_OF: Readonly<Record<Rule, string>> = {
  protect: '--overrides (keep)',
  exclude: '--overrides (remove)',
  copies: 'the rule that a recording keeps one of its copies',
  maxPerGroup: '--max-per-track, -album or -artist',
  minPerLabel: '--min-per-label',
  minPerGroup: '--min-per-track, -album or -artist',
  size: '--keep',
};

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
  const levels = REMOVAL_LEVELS.filter((level) => count(level) > 0).map((level) => `${count(level)} ${level}`);
  const supported = outcome.removed.filter(
    (removal) => removal.level !== 'identical' && removal.level !== 'same-recording',
  );
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
