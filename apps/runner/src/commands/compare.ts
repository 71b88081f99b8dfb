import { join } from 'node:path';
import { ConfigError, DataError, seededRandom } from '@refrain/core';
import { LinearProbe, type LinearProbeOptions } from '@refrain/evaluators';
import type { ComparisonReport } from '../folder/comparison/report.ts';
import { comparisonText } from '../folder/comparison/text.ts';
import { writeComparison } from '../folder/comparison/write.ts';
import { makeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/settings.ts';
import { clusterSpace, findCopies, withNoisePolicy } from '../stages/cluster.ts';
import { findings, metricsOf } from '../stages/compare/findings.ts';
import { type Grid, gridPoints } from '../stages/compare/grid.ts';
import { ProbeStore } from '../stages/compare/probeStore.ts';
import { probeAll } from '../stages/compare/probes.ts';
import { type ComparedSet, comparedSets } from '../stages/compare/sets.ts';
import { testParts, usualGrouping } from '../stages/compare/testParts.ts';
import { clipsOf, evaluationTask } from '../stages/evaluate.ts';
import { asksRules } from '../stages/rules.ts';
import { projectInto } from '../stages/space.ts';
import { trainFacts } from '../stages/trainFacts.ts';
import { type Plan, readPlan } from './comparePlan.ts';
import { probeOptions, refuseLoadedHead } from './loadedHead.ts';
import { resolvedSettings, versions } from './provenance.ts';
import { outputPath, refuseOutput } from './prune.ts';
import { loadSource } from './prunedSource.ts';
import { type CommandResult, type Session, Stopwatch, withSession } from './session.ts';

/** Of the intervals. */
const LEVEL = 0.95;
const RESAMPLES = 1000;
/** Fewer seeds leave the spread between them to chance. */
const FEWEST_SEEDS = 10;

/**
 * `refrain compare`: strategies, each at several t or sizes, against random sets of the same size and the whole set, with intervals. The values of
 * --pruner, --t, --keep and --noise may be lists, separated by commas.
 */
export async function compare(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { grid, plan, rest } = await readPlan(given);
  return withSession(rest, signal, async (session) => {
    refuseLoadedHead(session);
    refuseRules(session);
    await refuseOutput(session);
    const { report, name } = await compareAll(session, grid, plan);
    const target = outputPath(session, { name }, 'compared');
    const folder = await makeFolder(target, (draft) => writeComparison(draft, report));
    return { text: `${comparisonText(report)}\n\n${folder}`, json: { folder, ...report } };
  });
}

async function compareAll(
  session: Session,
  grid: Grid,
  { budgets, resampleBy }: Plan,
): Promise<{ readonly report: ComparisonReport; readonly name: string }> {
  const { assembly, settings, host } = session;
  const points = gridPoints(grid, settings.choices.pruner?.options ?? {}, assembly);
  if (settings.draws < FEWEST_SEEDS)
    host.notice(`${settings.draws} seeds tell little of how much results vary; --draws ${FEWEST_SEEDS} is the usual.`);
  const watch = new Stopwatch();
  const source = await loadSource(session, ['train', 'valid', 'test'], undefined, watch);
  const { embedded, space } = source;
  if (embedded === undefined)
    throw new ConfigError('embeddings', '--embeddings come without labels and splits: there is nothing to compare by.');
  const task = taskOf(session, embedded);
  const options = probeOptions(assembly) as LinearProbeOptions;
  const reason = new LinearProbe(options).unsuitable({
    ...task,
    keep: Uint32Array.from(space.ids.keys()),
    random: seededRandom(0),
  });
  if (reason !== undefined || task.task === 'unlabelled') throw new DataError(source.name, `${reason}`);
  const random = seededRandom(settings.seed).fork('compare');
  const { sets, refused } = await watch.time('prune', () => chooseSets(session, source, points, random));
  for (const { strategy, asked, why } of refused) host.notice(`${strategy} ${told(asked)} is left out. ${why}`);
  refuseTouched(sets, task.train.ids.length);
  const store = new ProbeStore(join(settings.cacheDir, 'probes'));
  const probing = { options, budgets, seeds: settings.draws, store, random, host };
  const probed = await watch.time('probes', () => probeAll(task, sets, probing));
  const groupedBy = resampleBy ?? usualGrouping(task.test);
  const parts = testParts(task.train, task.test, groupedBy, RESAMPLES, random.fork('resamples'));
  const rows = await watch.time('statistics', async () => findings(task, probed, parts, LEVEL, once(host.notice)));
  const split = (assembly.resolved.dataset?.[0]?.options as { splitName?: string } | undefined)?.splitName;
  return {
    name: source.name,
    report: {
      dataset: source.name,
      ...(split === undefined ? {} : { split }),
      task: task.task,
      classes: task.classes,
      trainClips: task.train.ids.length,
      seeds: settings.draws,
      level: LEVEL,
      resamples: RESAMPLES,
      groupedBy,
      parts: parts.map(({ name, clips, resamples }) => ({ name, clips: clips.length, groups: resamples.groupCount })),
      metrics: metricsOf(task),
      rows,
      settings: { ...resolvedSettings(session), probe: options, grid },
      encoder: source.encoderFingerprint,
      versions: versions(),
    },
  };
}

function taskOf({ settings }: Session, embedded: NonNullable<Awaited<ReturnType<typeof loadSource>>['embedded']>) {
  const { space: train, dataset } = embedded;
  const spaces = {
    train,
    valid: projectInto(train, embedded.valid, settings),
    test: projectInto(train, embedded.test, settings),
  };
  const clips = { train: clipsOf(embedded.train), valid: clipsOf(embedded.valid), test: clipsOf(embedded.test) };
  return evaluationTask(dataset, spaces, clips);
}

async function chooseSets(
  { assembly, settings, host }: Session,
  source: Awaited<ReturnType<typeof loadSource>>,
  points: ReturnType<typeof gridPoints>,
  random: ReturnType<typeof seededRandom>,
) {
  const facts = trainFacts(source);
  const { space } = source;
  const copies = settings.duplicates ? await findCopies(space, facts, await assembly.get('kernel')) : undefined;
  const clusterer = await assembly.get('clusterer');
  const first = await clusterSpace(space, facts, copies, clusterer, false);
  const again = points.some(({ recluster }) => recluster)
    ? await withNoisePolicy(space, facts, first, copies, clusterer, true)
    : first;
  const clusters = async (recluster: boolean) => (recluster ? again : first);
  const drawing = { seeds: settings.draws, random, signal: host.signal };
  return comparedSets({ space, facts, copies, clusters }, points, assembly, drawing);
}

/** Valid and test clips are never pruned: every set names clips of the train split alone, each once. */
function refuseTouched(sets: readonly ComparedSet[], trainClips: number): void {
  for (const { strategy, keep } of sets) {
    const isTrain = keep.every((clips) =>
      clips.every((clip, i) => clip < trainClips && (i === 0 || clip > clips[i - 1]!)),
    );
    if (!isTrain) throw new DataError(strategy, `${strategy} chose clips that are not of the train split.`);
  }
}

function refuseRules({ settings }: Session): void {
  if (!asksRules(settings.rules) && settings.base === undefined) return;
  throw new ConfigError(
    'compare',
    'compare takes strategies as they are: leave out --overrides, --base and the minima and maxima, or compare folders by `refrain run`.',
  );
}

function told(asked: Readonly<Record<string, number | string>>): string {
  return Object.entries(asked)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Says each thing only once. */
function once(notice: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    notice(message);
  };
}
