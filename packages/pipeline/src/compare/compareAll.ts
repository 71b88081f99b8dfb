import { join } from 'node:path';
import { defined, seededRandom } from '@refrain/core';
import { FILES } from '@refrain/pruned-dataset';
import type { Choice } from '../assembly/assemble.ts';
import { withProbeEncoder } from '../calls/probeEncoder.ts';
import { clusterSpace, findCopies, withNoisePolicy } from '../cluster/cluster.ts';
import { type EvaluationTask, taskOf } from '../evaluate/evaluate.ts';
import { writePredictions } from '../evaluate/evaluationFolder.ts';
import { recordedValues } from '../options/options.ts';
import { resolvedSettings } from '../prune/folderContent.ts';
import { loadSource } from '../prune/prunedSource.ts';
import { type Decisions, rulingOf } from '../rules/rules.ts';
import { type Run, Stopwatch } from '../run.ts';
import type { TrainSource } from '../source/source.ts';
import { trainFacts } from '../source/trainFacts.ts';
import { versions } from '../versions.ts';
import { type EvaluatedRow, EvaluationStore, evaluateAll } from './evaluations.ts';
import { findings, metricNames, predicts } from './findings.ts';
import type { Grid, GridPoint } from './grid.ts';
import { refuseTouched, refuseUnsuitable, tellUnseen } from './refusals.ts';
import type { Published } from './report/published.ts';
import type { ComparisonReport } from './report/report.ts';
import { refusedText, rowName } from './report/wording.ts';
import { comparedSets } from './sets.ts';
import { testParts, usualGrouping } from './testParts.ts';

/** Of the intervals. */
export const LEVEL = 0.95;
/** Of the test groups alone: the least p-value is 2 / 1001. */
export const RESAMPLES = 1000;
/** Fewer seeds leave the spread between them to chance. */
const FEWEST_SEEDS = 10;

/** Comparisons of the same sets, one for each evaluator, and what they came from. */
export interface Compared extends Pick<TrainSource, 'name' | 'bad'> {
  readonly task: EvaluationTask;
  readonly comparisons: readonly Comparison[];
}

/** The comparison by one evaluator. */
interface Comparison {
  readonly report: ComparisonReport;
  /** As the rows of the report. */
  readonly evaluated: readonly EvaluatedRow[];
}

/** The predictions of each row, `row-0.npy` those of the report's first; nothing where the evaluator predicts nothing. */
export async function savePredictions(
  draft: string,
  { classes, test }: EvaluationTask,
  { evaluated }: Comparison,
): Promise<void> {
  if (!predicts(evaluated)) return;
  const clips = test.ids.map((id, i) => ({ id, labels: test.labels[i]!, groups: test.groups[i] }));
  const rows = evaluated.map(({ evaluations }, row) => [
    `row-${row}`,
    evaluations.map(({ predictions }) => predictions!),
  ]);
  await writePredictions(join(draft, FILES.predictions), classes, clips, Object.fromEntries(rows));
}

/**
 * Chooses the sets of a grid, whose strategies have those of `options` that they know, evaluates them by every chosen evaluator, and puts the
 * reports together, with the figures that somebody else `published` beside them.
 */
export async function compareAll(
  run: Run,
  points: readonly GridPoint[],
  grid: Grid,
  options: Readonly<Record<string, unknown>>,
  published: Published | undefined,
  decisions: Decisions | undefined,
): Promise<Compared> {
  const { assembly, settings, host } = run;
  if (settings.draws < FEWEST_SEEDS)
    host.notice(
      `${settings.draws} seeds tell little of how much results vary; \`draws\` ${FEWEST_SEEDS} is the usual.`,
    );
  const source = await loadSource(run, ['train', 'valid', 'test'], undefined, new Stopwatch());
  const inSpace = await taskOf(source.embedded!, run.settings);
  const task = await withProbeEncoder(run, inSpace, seededRandom(settings.seed).fork('probe'));
  const evaluators = await assembly.evaluators();
  for (const evaluator of evaluators) refuseUnsuitable(source.name, evaluator, task);
  if (task.classes.length > 0) tellUnseen(task, host.notice);
  const random = seededRandom(settings.seed).fork('compare');
  const { sets, refused } = await chooseSets(run, source, points, decisions, random);
  for (const one of refused) host.notice(`left out: ${refusedText(one)}`);
  for (const set of sets) for (const line of set.unmet ?? []) host.notice(`${rowName(set)}: ${line}`);
  refuseTouched(sets, task.train.ids.length);
  const groupedBy = settings.resampleBy ?? usualGrouping(task.test);
  // Before the evaluations, which take long: too few groups are refused here.
  const parts = testParts(task.train, task.test, groupedBy, RESAMPLES, random.fork('resamples'));
  const shared = {
    ...sharedFacts(run, source, task, { ...grid, options, budgets: settings.budget }),
    groupedBy,
    ...defined({ published, refused: refused.length > 0 ? refused : undefined }),
  };
  const comparisons: Comparison[] = [];
  for (const [at, evaluator] of evaluators.entries()) {
    const store = new EvaluationStore(join(settings.cacheDir, 'evaluations'), host.notice);
    const how = { evaluator, budgets: settings.budget, seeds: settings.draws, store, random, host };
    const evaluated = await evaluateAll(task, sets, how);
    const known = predicts(evaluated) ? parts : parts.slice(0, 1);
    if (!predicts(evaluated))
      host.notice(`${evaluator.name} predicts nothing for test clips, so its differences have no intervals.`);
    const { compared: metrics, further: furtherMetrics } = metricNames(task, evaluated);
    const rows = findings(task, evaluated, known, LEVEL, host.notice);
    const report = {
      ...shared,
      settings: { ...shared.settings, evaluators: { [evaluator.name]: assembly.resolved.evaluator![at]!.options } },
      evaluator: evaluator.name,
      parts: known.map(({ name, clips, resamples }) => ({ name, clips: clips.length, groups: resamples.groupCount })),
      ...{ metrics, furtherMetrics, rows },
    };
    comparisons.push({ report, evaluated });
  }
  return { name: source.name, bad: source.bad, task, comparisons };
}

/** What the reports of all evaluators say alike. */
function sharedFacts(run: Run, source: TrainSource, task: EvaluationTask, grid: object) {
  const { assembly, settings } = run;
  // The strategies are in the grid.
  const { pruner: _, ...resolved } = resolvedSettings(run);
  const rules = recordedValues(settings, ['rules', 'parent']);
  const split = (assembly.resolved.dataset?.[0]?.options as { splitName?: string } | undefined)?.splitName;
  return {
    dataset: source.name,
    ...(split === undefined ? {} : { split }),
    task: task.task,
    classes: task.classes,
    trainClips: task.train.ids.length,
    seeds: settings.draws,
    level: LEVEL,
    resamples: RESAMPLES,
    ...(Object.keys(rules).length > 0 && { rules }),
    settings: { ...resolved, grid },
    encoder: source.encoderFingerprint,
    versions: versions(),
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
  const kernel = await assembly.get('kernel');
  const copies = await findCopies(space, facts, kernel);
  const clusterer = await assembly.get('clusterer');
  const first = await clusterSpace(space, facts, copies, clusterer, false);
  const again = points.some(({ recluster }) => recluster)
    ? await withNoisePolicy(space, facts, first, copies, clusterer, true)
    : first;
  const choosing = {
    ...{ space, facts, copies, kernel, random, duplicates: settings.duplicates },
    clusters: (recluster: boolean) => (recluster ? again : first),
    ruling: (keep: number | undefined) =>
      rulingOf(settings.rules, { ...facts, ids: space.ids }, { decisions, keep, notice: host.notice }),
    pruner: (choice: Choice) => assembly.make('pruner', choice),
    seeds: settings.draws,
    signal: host.signal,
  };
  return comparedSets(choosing, points);
}
