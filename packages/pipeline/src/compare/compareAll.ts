import { join } from 'node:path';
import { seededRandom } from '@refrain/core';
import type { LinearProbeOptions } from '@refrain/evaluators';
import { FILES } from '@refrain/pruned-dataset';
import { clusterSpace, findCopies, withNoisePolicy } from '../cluster/cluster.ts';
import { taskOf } from '../evaluate/compareSets.ts';
import type { EvaluationTask } from '../evaluate/evaluate.ts';
import { probeOptions } from '../evaluate/loadedHead.ts';
import { writePredictions } from '../evaluate/saved.ts';
import { resolvedSettings, ruleOptions, versions } from '../prune/provenance.ts';
import { loadSource } from '../prune/prunedSource.ts';
import { type Decisions, rulingOf } from '../rules/rules.ts';
import { type Run, Stopwatch } from '../run.ts';
import type { TrainSource } from '../source/source.ts';
import { trainFacts } from '../source/trainFacts.ts';
import { findings } from './findings.ts';
import type { Grid, GridPoint } from './grid.ts';
import { furtherMetricsOf, metricsOf } from './measure.ts';
import { ProbeStore } from './probeStore.ts';
import { type Budget, type ProbedRow, probeAll } from './probes.ts';
import { refuseTouched, refuseUnsuitable, tellUnseen } from './refusals.ts';
import type { Published } from './report/published.ts';
import type { ComparisonReport } from './report/report.ts';
import { refusedText, rowName } from './report/wording.ts';
import { comparedSets } from './sets.ts';
import { type Grouping, testParts, usualGrouping } from './testParts.ts';

/** Of the intervals. */
const LEVEL = 0.95;
/** Of the test groups alone: the least p-value is 2 / 1001. */
const RESAMPLES = 1000;
/** Fewer seeds leave the spread between them to chance. */
const FEWEST_SEEDS = 10;

/** How strategies are made and probes compared, beside the grid. */
export interface Plan {
  /** Options of strategies, for those of the grid that have them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly budgets: readonly Budget[];
  readonly resampleBy: Grouping | undefined;
  /** Figures that somebody else published. */
  readonly published: Published | undefined;
}

/** A comparison, and what it came from. */
export interface Compared extends Pick<TrainSource, 'name' | 'bad'> {
  readonly report: ComparisonReport;
  readonly task: EvaluationTask;
  /** As the rows of the report. */
  readonly probed: readonly ProbedRow[];
}

/** The predictions of each row, `row-0.npy` those of the report's first. */
export function savePredictions(draft: string, { classes, test }: EvaluationTask, probed: readonly ProbedRow[]) {
  const clips = test.ids.map((id, i) => ({ id, labels: test.labels[i]!, groups: test.groups[i] }));
  const rows = probed.map(({ probes }, row) => [`row-${row}`, probes.map(({ probabilities }) => probabilities)]);
  return writePredictions(join(draft, FILES.predictions), classes, clips, Object.fromEntries(rows));
}

/** Chooses the sets of a grid, trains probes on them, and puts the report together. */
export async function compareAll(
  run: Run,
  points: readonly GridPoint[],
  grid: Grid,
  { options: strategyOptions, budgets, resampleBy, published }: Plan,
  decisions: Decisions | undefined,
): Promise<Compared> {
  const { assembly, settings, host } = run;
  if (settings.draws < FEWEST_SEEDS)
    host.notice(
      `${settings.draws} seeds tell little of how much results vary; \`draws\` ${FEWEST_SEEDS} is the usual.`,
    );
  const watch = new Stopwatch();
  const source = await loadSource(run, ['train', 'valid', 'test'], undefined, watch);
  const task = taskOf(run.settings, source.embedded!);
  refuseUnsuitable(source.name, task);
  tellUnseen(task, host.notice);
  const options = probeOptions(assembly) as LinearProbeOptions;
  const random = seededRandom(settings.seed).fork('compare');
  const { sets, refused } = await watch.time('prune', () => chooseSets(run, source, points, decisions, random));
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
      settings: { ...settingsOf(run), grid: { ...grid, options: strategyOptions, budgets } },
      encoder: source.encoderFingerprint,
      versions: versions(),
    },
  };
}

async function chooseSets(
  { assembly, settings, host }: Run,
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
function settingsOf(run: Run): Record<string, unknown> {
  const { pruner: _, ...others } = resolvedSettings(run);
  return others;
}
