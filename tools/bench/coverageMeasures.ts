import { mean, sampleVariance } from '@refrain/core';
/** A measure of what a kept set still covers, and whether more of it is better. */
export interface CoverageMeasure {
  /** As the evaluator `coverage` calls it, or `labels lost`. */
  readonly name: string;
  /** The head of its column. */
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** Whether it counts things, so that it is printed without decimals. */
  readonly counts: boolean;
}

/** The measures, in the order of the columns. */
export const MEASURES: readonly CoverageMeasure[] = [
  { name: 'nearest kept similarity, mean', title: 'nearest kept, mean', better: 'higher', counts: false },
  { name: 'nearest kept similarity, worst', title: 'nearest kept, worst', better: 'higher', counts: false },
  { name: 'track coverage', title: 'track coverage', better: 'higher', counts: false },
  { name: 'safe-removal rate', title: 'safe removals', better: 'higher', counts: false },
  { name: 'redundancy left', title: 'redundancy left', better: 'lower', counts: false },
  { name: 'labels lost', title: 'labels lost', better: 'lower', counts: true },
];

/** Values by the name of the measure; one that says nothing here (no tracks, no labels, nothing removed) is absent or NaN. */
export type Values = Readonly<Record<string, number>>;

/** One measure over several draws. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; NaN below two draws. */
  readonly sd: number;
}

/** Mean and sample standard deviation of each measure of `draws`, which all have the same measures. */
export function spreadOf(draws: readonly Values[]): Readonly<Record<string, Spread>> {
  const names = Object.keys(draws[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const values = draws.map((draw) => draw[name]!);
      return [name, { mean: mean(values), sd: Math.sqrt(sampleVariance(values)) }];
    }),
  );
}

/** By how much `value` is worse than `other`, so below 0 where it is better; NaN where either says nothing. */
export function shortfall({ better }: CoverageMeasure, value: number, other: number): number {
  return better === 'higher' ? other - value : value - other;
}

/** Whether `value` is worse than `other` by more than rounding: 1e-9. */
export function isWorse(measure: CoverageMeasure, value: number, other: number): boolean {
  return shortfall(measure, value, other) > 1e-9;
}

/** The labels that some clip has and no kept one, with the number of clips that have them, by name; undefined where no clip has a label. */
export function labelsLost(
  labels: readonly (readonly string[])[],
  keep: Iterable<number>,
): ReadonlyMap<string, number> | undefined {
  const counts = new Map<string, number>();
  for (const names of labels) for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === 0) return undefined;
  for (const clip of keep) for (const name of labels[clip]!) counts.delete(name);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
