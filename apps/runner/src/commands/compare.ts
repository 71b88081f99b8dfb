import { join } from 'node:path';
import { seededRandom } from '@refrain/core';
import type { LinearProbeOptions } from '@refrain/evaluators';
import type { ComparisonReport } from '../folder/comparison/report.ts';
import { comparisonText } from '../folder/comparison/text.ts';
import { refusedText, rowName } from '../folder/comparison/wording.ts';
import { writeComparison } from '../folder/comparison/write.ts';
import { FILES } from '../folder/records.ts';
import { writePredictions } from '../folder/saved.ts';
import { makeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/given.ts';
import { pluginFolderOf } from '../settings/settings.ts';
import { clusterSpace, findCopies, withNoisePolicy } from '../stages/cluster.ts';
import { findings } from '../stages/compare/findings.ts';
import { type Grid, type GridPoint, gridPoints } from '../stages/compare/grid.ts';
import { furtherMetricsOf, metricsOf } from '../stages/compare/measure.ts';
import { ProbeStore } from '../stages/compare/probeStore.ts';
import { type ProbedRow, probeAll } from '../stages/compare/probes.ts';
import { comparedSets } from '../stages/compare/sets.ts';
import { testParts, usualGrouping } from '../stages/compare/testParts.ts';
import type { EvaluationTask } from '../stages/evaluate.ts';
import { type Decisions, rulingOf } from '../stages/rules.ts';
import { datasetOf, type TrainSource } from '../stages/source.ts';
import { trainFacts } from '../stages/trainFacts.ts';
import { type Plan, readPlan } from './comparePlan.ts';
import {
  refuseClips,
  refuseOneSet,
  refuseOwnEmbeddings,
  refuseTouched,
  refuseUnsuitable,
  tellUnseen,
} from './compareRefusals.ts';
import { taskOf } from './comparison.ts';
import { probeOptions, refuseLoadedHead } from './loadedHead.ts';
import { resolvedSettings, ruleOptions, versions } from './provenance.ts';
import { outputPath, takeOutput } from './prune.ts';
import { earlyDecisions, loadSource } from './prunedSource.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, type Session, Stopwatch, withSession } from './session.ts';

/** Of the intervals. */
const LEVEL = 0.95;
/** Of the test groups alone: the least p-value is 2 / 1001. */
const RESAMPLES = 1000;
/** Fewer seeds leave the spread between them to chance. */
const FEWEST_SEEDS = 10;

/**
 * `refrain compare`: strategies, each at several t or sizes, against random sets of the same size and the whole set, with intervals. The values of
 * --pruner, --t, --keep and --noise may be lists, separated by commas. What cannot be compared is refused before any audio is read, as far as that
 * can be known.
 */
export async function compare(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { grid, plan, rest } = await readPlan(given);
  const work = async (session: Session) => {
    refuseLoadedHead(session);
    refuseOneSet(session);
    refuseOwnEmbeddings(session);
    refuseSave(session, ['predictions']);
    await takeOutput(session);
    const { assembly, settings } = session;
    const points = gridPoints(grid, plan.options, assembly);
    // Options of a wrong kind are refused here: later they would read like sizes that a strategy cannot reach.
    for (const { choice } of points) await assembly.make('pruner', choice);
    refuseClips(await datasetOf(assembly, settings), plan.resampleBy);
    const decisions = await earlyDecisions(session, grid.t.length > 0 ? [undefined] : grid.keep);
    const { report, name, bad, task, probed } = await compareAll(session, points, grid, plan, decisions);
    const target = await outputPath(session, { name }, 'compared');
    const folder = await makeFolder(target, async (draft) => {
      await writeComparison(draft, report);
      if (settings.save.includes('predictions')) await savePredictions(draft, task, probed);
    });
    return { text: `${comparisonText(report)}\n\n${folder}`, folder, bad, json: report };
  };
  // The run file is read already, but what it names is found beside it.
  return withSession(rest, signal, work, undefined, pluginFolderOf(given));
}

/** A comparison, and what it came from. */
interface Compared extends Pick<TrainSource, 'name' | 'bad'> {
  readonly report: ComparisonReport;
  readonly task: EvaluationTask;
  /** As the rows of the report. */
  readonly probed: readonly ProbedRow[];
}

/** The predictions of each row, `row-0.npy` those of the report's first. */
function savePredictions(draft: string, { classes, test }: EvaluationTask, probed: readonly ProbedRow[]) {
  const clips = test.ids.map((id, i) => ({ id, labels: test.labels[i]!, groups: test.groups[i] }));
  const rows = probed.map(({ probes }, row) => [`row-${row}`, probes.map(({ probabilities }) => probabilities)]);
  return writePredictions(join(draft, FILES.predictions), classes, clips, Object.fromEntries(rows));
}

async function compareAll(
  session: Session,
  points: readonly GridPoint[],
  grid: Grid,
  { options: strategyOptions, budgets, resampleBy, published }: Plan,
  decisions: Decisions | undefined,
): Promise<Compared> {
  const { assembly, settings, host } = session;
  if (settings.draws < FEWEST_SEEDS)
    host.notice(`${settings.draws} seeds tell little of how much results vary; --draws ${FEWEST_SEEDS} is the usual.`);
  const watch = new Stopwatch();
  const source = await loadSource(session, ['train', 'valid', 'test'], undefined, watch);
  const task = taskOf(session.settings, source.embedded!);
  refuseUnsuitable(source.name, task);
  tellUnseen(task, host.notice);
  const options = probeOptions(assembly) as LinearProbeOptions;
  const random = seededRandom(settings.seed).fork('compare');
  const { sets, refused } = await watch.time('prune', () => chooseSets(session, source, points, decisions, random));
  for (const one of refused) host.notice(`left out: ${refusedText(one)}`);
  for (const set of sets) for (const line of set.unmet ?? []) host.notice(`${rowName(set)}: ${line}`);
  refuseTouched(sets, task.train.ids.length);
  const store = new ProbeStore(join(settings.cacheDir, 'probes'));
  const probing = { options, budgets, seeds: settings.draws, store, random, host };
  const groupedBy = resampleBy ?? usualGrouping(task.test);
  // Before the probes, which take long: too few groups are refused here.
  const parts = testParts(task.train, task.test, groupedBy, RESAMPLES, random.fork('resamples'));
  const probed = await watch.time('probes', () => probeAll(task, sets, probing));
  const rows = await watch.time('statistics', async () => findings(task, probed, parts, LEVEL, host.notice));
  const rules = ruleOptions(settings.rules);
  const split = (assembly.resolved.dataset?.[0]?.options as { splitName?: string } | undefined)?.splitName;
  return {
    name: source.name,
    bad: source.bad,
    task,
    probed,
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
      furtherMetrics: furtherMetricsOf(task),
      rows,
      ...(refused.length > 0 && { refused }),
      ...(Object.keys(rules).length > 0 && { rules }),
      ...(published && { published }),
      settings: { ...settingsOf(session), grid: { ...grid, options: strategyOptions, budgets } },
      encoder: source.encoderFingerprint,
      versions: versions(),
    },
  };
}

async function chooseSets(
  { assembly, settings, host }: Session,
  source: Awaited<ReturnType<typeof loadSource>>,
  points: readonly GridPoint[],
  decisions: Decisions | undefined,
  random: ReturnType<typeof seededRandom>,
) {
  const facts = trainFacts(source);
  const { space } = source;
  const copies = await findCopies(space, facts, await assembly.get('kernel'));
  const clusterer = await assembly.get('clusterer');
  const first = await clusterSpace(space, facts, copies, clusterer, false);
  const again = points.some(({ recluster }) => recluster)
    ? await withNoisePolicy(space, facts, first, copies, clusterer, true)
    : first;
  const clusters = async (recluster: boolean) => (recluster ? again : first);
  const drawing = { seeds: settings.draws, random, signal: host.signal };
  const ruling = (keep: number | undefined) =>
    rulingOf(settings.rules, { ...facts, ids: space.ids }, { decisions, keep, notice: host.notice });
  const { duplicates } = settings;
  return comparedSets({ space, facts, copies, duplicates, clusters, ruling }, points, assembly, drawing);
}

/** The settings but for the strategy, which the grid has. */
function settingsOf(session: Session): Record<string, unknown> {
  const { pruner: _, ...others } = resolvedSettings(session);
  return others;
}
