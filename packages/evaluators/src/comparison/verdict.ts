import type { PairedComparison } from './pairedComparison.ts';

/** What a comparison found. */
export type Verdict = 'better' | 'worse' | 'no difference';

/** One row of a table of comparisons. */
export interface ComparedRow {
  /** As in a table, e.g. `PR-AUC`. */
  readonly metric: string;
  readonly comparison: Pick<PairedComparison, 'difference' | 'interval' | 'pValue'>;
  /** After the correction over all rows, see `holmAdjusted`. */
  readonly adjustedPValue: number;
  /** How many comparisons the correction was over. */
  readonly comparisons: number;
}

/** The words of a sentence about a difference. */
export interface Wording {
  /** Of the interval; 1 − level is what the adjusted p-value has to fall below. 0.95 where absent. */
  readonly level?: number;
  /** What it is compared with, in words; `random sets of the same size` where absent. */
  readonly baseline?: string;
}

/** `better` or `worse` where the adjusted p-value is below 1 − level, by the sign of the difference; else `no difference`. */
export function verdictOf(row: ComparedRow, level = 0.95): Verdict {
  if (!significant(row.adjustedPValue, level) || row.comparison.difference === 0) return 'no difference';
  return row.comparison.difference > 0 ? 'better' : 'worse';
}

/**
 * One sentence with the difference, its interval, the adjusted p-value and the verdict, e.g. "PR-AUC +0.012 (95 % interval +0.004 … +0.020,
 * p = 0.003 after Holm over 6 comparisons): better than random sets of the same size." An interval is of its row alone, so it may leave out 0
 * where the verdict finds no difference; the sentence says so then.
 */
export function verdictSentence(row: ComparedRow, { level = 0.95, baseline = BASELINE }: Wording = {}): string {
  const { difference, interval, pValue } = row.comparison;
  const digits = digitsFor((interval[1] - interval[0]) / 2);
  const [low, high] = interval.map((end) => signed(end, digits));
  const percent = Number((level * 100).toFixed(6));
  const over = row.comparisons > 1 ? ` after Holm over ${row.comparisons} comparisons` : '';
  const figures = `${percent} % interval ${low} … ${high}, ${formatP(row.adjustedPValue, level)}${over}`;
  return `${row.metric} ${signed(difference, digits)} (${figures}): ${words(row, level, baseline, pValue)}.`;
}

const BASELINE = 'random sets of the same size';

function words(row: ComparedRow, level: number, baseline: string, pValue: number): string {
  const verdict = verdictOf(row, level);
  if (verdict !== 'no difference') return `${verdict} than ${baseline}`;
  const lost = significant(pValue, level) ? ' after the correction' : '';
  return `no difference from ${baseline} is shown${lost}`;
}

/** What an adjusted p-value has to fall below, 1 − level: 1 − 0.95 is a little above 0.05 in binary, and 0.05 itself must not pass. */
export function significanceOf(level: number): number {
  return Number((1 - level).toFixed(12));
}

function significant(pValue: number, level: number): boolean {
  return pValue < significanceOf(level);
}

// As many digits as the interval's half-width has any of, within reason.
function digitsFor(halfWidth: number): number {
  return halfWidth > 0 ? Math.min(6, Math.max(3, Math.ceil(-Math.log10(halfWidth)))) : 3;
}

function signed(value: number, digits: number): string {
  const rounded = Math.abs(value).toFixed(digits);
  if (Number(rounded) === 0) return rounded;
  return `${value < 0 ? '−' : '+'}${rounded}`;
}

// Three digits, or more where rounding would carry the number across the line that the verdict is about.
function formatP(pValue: number, level: number): string {
  if (pValue < 0.001) return 'p < 0.001';
  const side = significant(pValue, level);
  const digits = [3, 4, 5].find((count) => significant(Number(pValue.toFixed(count)), level) === side) ?? 6;
  return `p = ${pValue.toFixed(digits)}`;
}
