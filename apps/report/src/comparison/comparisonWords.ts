import type { ComparisonPage } from '@refrain/pruned-dataset';
import { counted, figure, signed, whole } from '../format.ts';

export type Comparison = ComparisonPage['comparisons'][number];
type Row = Comparison['rows'][number];

const VERDICTS = ['worse', 'better'] as const;

/** What was compared, in a sentence. */
export function comparisonHeadline({ comparisons }: ComparisonPage): string {
  const names = new Set(
    comparisons.flatMap(({ rows }) => rows.filter(({ role }) => role === 'strategy').map(({ name }) => name)),
  );
  return `${counted(names.size, 'way')} of pruning against random sets of the same size`;
}

/** What the intervals of one metric carry: which strategies are better and worse than random, and how many are neither. */
export function comparisonClaims(
  { rows }: Comparison,
  metric: string,
): readonly (readonly [said: string, sentence: string])[] {
  const known = rows.flatMap((row) =>
    row.differences[metric] === undefined ? [] : [[row, row.differences[metric]] as const],
  );
  const claimed = VERDICTS.flatMap((wanted) => {
    const named = known.filter(([, { verdict }]) => verdict === wanted);
    if (named.length === 0) return [];
    const list = named.map(
      ([row, { difference, low, high }]) => `${nameOf(row)} ${signed(difference)} [${figure(low)}, ${figure(high)}]`,
    );
    return [[wanted, `${metric}, ${wanted} than random: ${list.join('; ')}.`] as const];
  });
  const others = known.filter(([, { verdict }]) => !(VERDICTS as readonly string[]).includes(verdict)).length;
  return others === 0
    ? claimed
    : [
        ...claimed,
        ['unclear', `${metric}, no difference from random shown: ${whole(others)} of ${whole(known.length)}.`] as const,
      ];
}

/** A row of the tables, by name and size. */
function nameOf({ name, kept }: Pick<Row, 'name' | 'kept'>): string {
  return `${name} (${whole(kept)})`;
}
