import type { Published } from './published.ts';

/** What a comparison of strategies found: results.json, without timings. Every number is finite, or null where a metric is undefined. */
export interface ComparisonReport {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Name of its split, where it has several, e.g. `pons2017`. */
  readonly split?: string;
  readonly task: 'multi-label' | 'single-label' | 'unlabelled';
  /** What the sets were evaluated by, e.g. `linear-probe`. */
  readonly evaluator: string;
  readonly classes: readonly string[];
  readonly trainClips: number;
  readonly seeds: number;
  /** Of the intervals, e.g. 0.95. */
  readonly level: number;
  /**
   * Samples of test groups, with replacement, that `testGroupsAlone` comes from. The intervals themselves come from the differences between seeds
   * and a jackknife over blocks of test groups.
   */
  readonly resamples: number;
  /** What test clips are drawn together by. */
  readonly groupedBy: 'track' | 'artist' | 'clip';
  /** The test set, and its part without artists (or tracks) of the train set where that is another one. */
  readonly parts: readonly TestPart[];
  /** Metrics in the order of the tables, e.g. `PR-AUC`, `ROC-AUC`. */
  readonly metrics: readonly string[];
  /** Metrics that are told beside them and not compared, e.g. `PR-AUC (micro)`: in the CSV, the learning curves and results.json. */
  readonly furtherMetrics: readonly string[];
  /** In the order of the tables: the whole set first. */
  readonly rows: readonly ComparisonRow[];
  /** What was asked for and could not be had; absent where there was everything. */
  readonly refused?: readonly RefusedRow[];
  /** The rules that strategies were held to, as options of the command line; absent where there were none. Random sets were not. */
  readonly rules?: Readonly<Record<string, unknown>>;
  /** Figures of somebody else, to stand beside these; absent where none were given. */
  readonly published?: Published;
  /** Every option as it took effect. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly encoder: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

/** What a strategy was asked for and refused, such as a share that it cannot reach, and why. */
export interface RefusedRow {
  readonly strategy: string;
  readonly asked: ComparisonRow['asked'];
  readonly why: string;
}

/** Clips of the test split on which probes are tested. */
export interface TestPart {
  /** E.g. `test`, `test without artists of the train set`. */
  readonly name: string;
  readonly clips: number;
  /** Different tracks or artists among them. */
  readonly groups: number;
}

/** One train set, or one per seed. */
export interface ComparisonRow {
  /** `whole set`, a baseline (`random`, `random-stratified`) or a strategy. */
  readonly strategy: string;
  readonly role: 'whole' | 'baseline' | 'strategy';
  /** What was asked of the strategy, e.g. t, noise; empty for the others. */
  readonly asked: Readonly<Record<string, number | string>>;
  readonly kept: number;
  /** A sentence for each rule that its clips do not meet everywhere; absent where all hold. */
  readonly unmet?: readonly string[];
  /** What trainings of the row may take: as many epochs as the whole set's, or as many optimiser steps. */
  readonly budget: 'epochs' | 'steps';
  /** Mean epochs and optimiser steps over the seeds; absent where the evaluator counts none. */
  readonly epochs?: number;
  readonly steps?: number;
  /** By the name of the part, then of the metric. */
  readonly results: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  /** Against each baseline of the same size and the whole set, by its name; then as `results`. Absent for whole set and baselines. */
  readonly against?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Difference>>>>>>;
  /** By metric, one value a class: the mean over the seeds on the whole test split. */
  readonly perClass: Readonly<Record<string, readonly (number | null)[]>>;
  /** Kept train clips of each class, the mean over the seeds. */
  readonly positives: readonly number[];
}

/** One metric over the seeds. */
export interface Spread {
  readonly mean: number | null;
  /** Sample standard deviation. */
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
}

/** How a row differs from another one, row minus other. */
export interface Difference {
  readonly difference: number;
  /** Of the difference, over sets, heads and test groups; Student's t is their ratio, with these degrees of freedom. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  readonly interval: readonly [number, number];
  /** Two-sided, before and after Holm's correction over all rows that are compared with one baseline on one part and metric. */
  readonly pValue: number;
  readonly adjustedPValue: number;
  readonly verdict: 'better' | 'worse' | 'no difference';
  readonly sentence: string;
  /**
   * What resampling the test groups alone says of these very runs: an interval without what varies between seeds, usually narrower. No verdict
   * comes from it. Absent where the metric is undefined on every resample.
   */
  readonly testGroupsAlone?: { readonly interval: readonly [number, number]; readonly pValue: number };
}
