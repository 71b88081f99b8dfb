import { join } from 'node:path';
import { ConfigError, counted, REMOVAL_LEVELS } from '@refrain/core';
import { worstPartner, worstScore } from '@refrain/core/pruning';
import {
  evaluatePruned,
  folderContent,
  originOf,
  type PrunedSource,
  prunedSource,
  refuseLoadedHead,
  reprune,
  resolvedSettings,
  type SetResult,
  Stopwatch,
  saveSegments,
  setNotes,
  sizes,
  writeResults,
} from '@refrain/pipeline';
import { FILES, type PrunedFolder, readPrunedDataset, writeFolder } from '@refrain/pruned-dataset';
import { spelling } from '../settings/flags.ts';
import { type RawValues, withAbsolutePaths } from '../settings/given.ts';
import { FLAGS } from '../settings/options.ts';
import { valuesOf } from '../settings/runFile.ts';
import { comparisonTable, setsJson } from './comparison.ts';
import { baseSettings, folderNamed, settingsOf } from './folderSettings.ts';
import { outputPath, refuseSave, takeOutput } from './output.ts';
import { draftPage, leavePage, namedRemovals, withPageFiles } from './page.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/**
 * `refrain prune`: embed, find duplicates, cluster, prune, and write the pruned dataset folder. With `--reuse DIR` the embeddings and clusters
 * are those of an earlier folder.
 */
export async function prune(given: RawValues, signal: AbortSignal, line: string): Promise<CommandResult> {
  const { reuse: _, ...options } = given;
  const reuse = await folderNamed('reuse', given);
  if (reuse === undefined)
    return withSession(options, signal, (session) => pruneAnew(session, line), await baseSettings(given));
  if ((await folderNamed('base', given)) !== undefined)
    throw new ConfigError(
      'base',
      '--base and --reuse exclude each other: an earlier folder is either gone on from, or pruned again.',
    );
  const folder = await readPrunedDataset(reuse);
  return withSession(options, signal, (session) => pruneAgain(session, folder, line), settingsOf(folder, 'reuse'));
}

/** `refrain run`: prune, then compare the pruned train set with the whole one and with random ones of the same size. */
export async function run(given: RawValues, signal: AbortSignal, line: string): Promise<CommandResult> {
  return withSession(given, signal, (session) => pruneAndEvaluate(session, line), await baseSettings(given));
}

async function pruneAnew(session: Session, line: string): Promise<CommandResult> {
  refuseSave(session, ['segments']);
  await takeOutput(session);
  const watch = new Stopwatch();
  return written(session, await prunedSource(session, ['train'], watch, session.settings.report), watch, line);
}

async function pruneAgain(session: Session, folder: PrunedFolder, line: string): Promise<CommandResult> {
  if (session.memory !== undefined)
    throw new ConfigError(
      'maxMemory',
      '--max-memory and --reuse exclude each other: of an earlier folder all embeddings are read. Prune anew, or leave --max-memory out.',
    );
  refuseOtherSource(session, folder);
  refuseSave(session, ['segments'], { audio: false });
  await takeOutput(session, { reads: false });
  const watch = new Stopwatch();
  return written(session, await reprune(session, folder, watch), watch, line);
}

async function pruneAndEvaluate(session: Session, line: string): Promise<CommandResult> {
  refuseLoadedHead(session);
  refuseSave(session, ['predictions', 'segments']);
  await takeOutput(session);
  const watch = new Stopwatch();
  const pruned = await prunedSource(session, ['train', 'valid', 'test'], watch, session.settings.report);
  const { source, outcome } = pruned;
  if (source.embedded === undefined)
    session.host.notice('own embeddings come without labels and splits: nothing to evaluate.');
  // Where all clips are kept, the three sets are one.
  const isOne = source.embedded === undefined || outcome.keep.length === source.embedded.space.ids.length;
  const results = isOne ? [] : await watch.time('evaluate', () => evaluatePruned(session, pruned));
  return written(session, pruned, watch, line, results);
}

/** Writes the folder, with the `results` of an evaluation if one was made. `line` is the command line. */
async function written(
  session: Session,
  pruned: PrunedSource,
  watch: Stopwatch,
  line: string,
  results?: readonly SetResult[],
): Promise<CommandResult> {
  const { source, outcome } = pruned;
  const { embedded } = source;
  const origin = originOf(session, watch);
  const content = await withPageFiles(session, pruned, folderContent(pruned, origin), watch, line);
  const target = await outputPath(session, source);
  let page: string | undefined;
  const folder = await writeFolder(target, content, {
    thresholds: session.settings.thresholds,
    extend: async (draft) => {
      await saveSegments(session, draft, embedded);
      if (embedded !== undefined && results !== undefined && results.length > 0)
        await writeResults(session, join(draft, FILES.evaluation), results, embedded);
      page = await leavePage(session, draft, target, (place) =>
        draftPage(session, draft, place, embedded !== undefined),
      );
    },
  });
  const isCompared = results !== undefined && results.length > 0;
  const comparison = isCompared ? ['', comparisonTable(results), ...setNotes(results)] : [];
  return {
    text: [[summary(pruned), ...comparison], namedRemovals(pruned), [...(page === undefined ? [] : [page]), folder]]
      .flatMap((lines) => (lines.length === 0 ? [] : [lines.join('\n')]))
      .join('\n\n'),
    folder,
    bad: source.bad,
    json: {
      ...{ ...sizes(source, outcome), encoded: source.encoded },
      ...{ ...(page !== undefined && { page }), ...(results && setsJson(results)) },
    },
  };
}

/** What happened, in a few lines. */
function summary({ source, outcome }: PrunedSource): string {
  const { original_size: original, pruned_size: kept, reduction_percentage: percent } = sizes(source, outcome);
  const count = (level: string) => outcome.removed.filter((removal) => removal.level === level).length;
  const levels = REMOVAL_LEVELS.filter((level) => count(level) > 0).map((level) => `${count(level)} ${level}`);
  const earlier = source.earlier?.clips.length ?? 0;
  if (earlier > 0) levels.push(`${earlier} by the base`);
  const worst = worstPartner(outcome.removed);
  const noise = outcome.labels.filter((label) => label < 0).length / outcome.labels.length;
  const clusters = new Set(outcome.labels.filter((label) => label >= 0)).size;
  return [
    ...(source.settled === undefined
      ? []
      : [
          `${counted(source.settled.size)} kept by the base stay, ${earlier} that it removed stay removed, ` +
            `${counted(source.clips.length - source.settled.size)} judged now`,
        ]),
    ...spaceLines(source.space),
    `${original} train clips in ${clusters} clusters, ${(noise * 100).toFixed(0)} % in none`,
    kept === original
      ? `nothing was removed: all ${counted(kept)} stay`
      : `${kept} kept, ${original - kept} removed (${percent.toFixed(1)} %)${levels.length > 0 ? `: ${levels.join(', ')}` : ''}`,
    ...(worst < Infinity ? [`the least similar kept partner of a removed clip: ${worst.toFixed(3)}`] : []),
    ...scoreLines(outcome),
  ].join('\n');
}

/** How a whitened space was found. */
function spaceLines({ fitted }: PrunedSource['source']['space']): string[] {
  if (fitted?.whitening === undefined) return [];
  const { covariance, shrinkage, effectiveRank, clips, segments } = fitted.whitening;
  const by = covariance === 'total' ? 'the covariance' : `${segments} segments`;
  const { length: kept } = fitted.columns;
  const dropped = fitted.dim - kept;
  return [
    `whitened by ${by} of ${counted(clips)}: α = ${shrinkage.toFixed(2)}, effective rank ${effectiveRank.toFixed(1)} of ${kept} dimensions` +
      (dropped > 0 ? `, ${dropped} constant ones dropped` : ''),
  ];
}

/** How far the removals are from what strangers have, where the rule says. */
function scoreLines({ rule, removed }: PrunedSource['outcome']): string[] {
  const worst = worstScore(rule, removed);
  if (rule.kind !== 's-norm' || worst === Infinity) return [];
  const tau = rule.tau < Infinity ? rule.tau.toFixed(2) : 'none';
  return [`the lowest z of a removed clip and its partner: ${worst.toFixed(2)} (τ ${tau})`];
}

/** The options that embeddings and clusters came from: with others, a folder is no use. */
const SETTLED = new Set(
  FLAGS.filter(({ invalidates }) => invalidates !== undefined && invalidates !== 'choice').map(({ name }) => name),
);

/** Throws a ConfigError for an option with which a folder would need the audio again. */
function refuseOtherSource(session: Session, { path, metadata }: PrunedFolder): void {
  const now = settledValues(JSON.parse(JSON.stringify(resolvedSettings(session))) as object);
  const then = settledValues(metadata.settings);
  const name = [...then.keys(), ...now.keys()].find((one) => now.get(one) !== then.get(one));
  if (name === undefined) return;
  const was = then.has(name) ? `${spelling(name)} ${then.get(name)}` : `no ${spelling(name)}`;
  throw new ConfigError(
    name,
    `--reuse keeps the embeddings and clusters of ${path}, which were made with ${was}, not ${now.get(name) ?? 'without'}: ` +
      'prune the dataset anew, without --reuse.',
  );
}

/** The settled options by name, those of components too, each as text. */
function settledValues(settings: object): Map<string, string> {
  const values = Object.entries(withAbsolutePaths(valuesOf(settings, (why) => new ConfigError('reuse', why))));
  return new Map(
    values
      .filter(([name]) => SETTLED.has(name.split('.')[0]!))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
