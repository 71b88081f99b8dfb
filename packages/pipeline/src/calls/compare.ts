import { type Compared, compareAll } from '../compare/compareAll.ts';
import { type Grid, gridPoints } from '../compare/grid.ts';
import { refuseClips, refuseOneSet, refuseOwnEmbeddings } from '../compare/refusals.ts';
import { readPublished } from '../compare/report/published.ts';
import type { ComparisonReport } from '../compare/report/report.ts';
import { earlyDecisions } from '../prune/prunedSource.ts';
import type { Run } from '../run.ts';
import { datasetOf } from './audioMeans.ts';
import { inRun } from './inRun.ts';
import { refuseLoadedHead } from './loadedHead.ts';
import type { PipelineOptions } from './options.ts';

/** What is compared, and how. */
export interface CompareOptions {
  /** Names of strategies; default `jensen-shannon`. */
  readonly pruners?: readonly string[];
  /** Values of t, 0…1, and shares that stay; by default the shares 0.75, 0.5 and 0.25. */
  readonly t?: readonly number[];
  readonly keep?: readonly number[];
  readonly noise?: readonly ('prune' | 'keep' | 'recluster')[];
  /** Options of strategies, for those that have them. */
  readonly strategyOptions?: Readonly<Record<string, unknown>>;
  /** Probes for each set; default 10. */
  readonly seeds?: number;
}

/** Compares strategies, each at several t or sizes, with random sets of the same size and the whole set; a report for each evaluator. */
export async function compare(
  options: Omit<PipelineOptions, keyof CompareOptions | 'pruner' | 'threshold' | 'draws'> & CompareOptions,
): Promise<readonly ComparisonReport[]> {
  const { pruners = ['jensen-shannon'], t = [], keep = [], noise = [], strategyOptions = {}, seeds, ...rest } = options;
  const grid = { strategies: pruners, t, keep: t.length + keep.length > 0 ? keep : [0.75, 0.5, 0.25], noise };
  return inRun({ evaluators: ['linear-probe'], ...rest, ...(seeds !== undefined && { draws: seeds }) }, async (run) => {
    refuseIncomparable(run);
    return (await compareGrid(run, grid, strategyOptions)).comparisons.map(({ report }) => report);
  });
}

/** Throws a ConfigError where no sets of the options can be compared. */
export function refuseIncomparable(run: Run): void {
  refuseLoadedHead(run);
  refuseOneSet(run);
  refuseOwnEmbeddings(run);
}

/** Compares the points of a grid, with these options for the strategies that have them; what cannot be compared is refused before any audio is read, as far as that can be known. */
export async function compareGrid(run: Run, grid: Grid, options: Readonly<Record<string, unknown>>): Promise<Compared> {
  const { assembly, settings } = run;
  const { resampleBy, published: file } = settings;
  const published = file === undefined ? undefined : await readPublished(file);
  const points = gridPoints(grid, options, assembly);
  // Options of a wrong kind are refused here: later they would read like sizes that a strategy cannot reach.
  for (const { choice } of points) await assembly.make('pruner', choice);
  refuseClips(await datasetOf(assembly, settings), await assembly.evaluators(), resampleBy);
  const decisions = await earlyDecisions(run, grid.t.length > 0 ? [undefined] : grid.keep);
  return compareAll(run, points, grid, options, published, decisions);
}
