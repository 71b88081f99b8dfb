import type { Table } from './table.ts';

interface Spread {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
}

interface Difference {
  readonly difference: number;
  readonly interval: readonly [number, number];
  readonly verdict: 'better' | 'worse' | 'no difference';
}

/** A row of one report of `refrain compare`, as far as it is used here. */
interface ReportRow {
  readonly strategy: string;
  readonly role: 'whole' | 'baseline' | 'strategy';
  readonly kept: number;
  readonly results: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
  readonly against?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Difference>>>>>>;
}

/** A train set, and its line in the report of each evaluator. */
interface ComparedRow extends Pick<ReportRow, 'strategy' | 'role' | 'kept'> {
  readonly reports: readonly ReportRow[];
}

/** What was compared on one set;the whole set first. */
export interface Compared {
  readonly name: string;
  readonly trainClips: number;
  readonly rows: readonly ComparedRow[];
}

/** Those that are there are shown. */
const METRICS = ['track coverage', 'nearest kept similarity, mean', 'PR-AUC', 'ROC-AUC', 'Accuracy'];

/** The mean of a metric, and how a row differs from random sets. */
interface Cell {
  readonly metric: string;
  readonly spread: Spread;
  readonly difference?: Difference;
}

function cellsOf({ role, kept, reports }: ComparedRow, rows: readonly ComparedRow[]): Cell[] {
  const random = rows.find((row) => row.strategy === 'random' && row.kept === kept);
  return METRICS.flatMap((metric) =>
    reports.flatMap(({ results, against }, report) => {
      const [part, found] = Object.entries(results)[0] ?? [];
      const spread = found?.[metric];
      if (spread === undefined) return [];
      const draws = random?.reports[report]?.results[part!]?.[metric];
      const difference =
        against?.random?.[part!]?.[metric] ?? (role === 'strategy' && draws ? toDraws(spread, draws) : undefined);
      return [{ metric, spread, ...(difference && { difference }) }];
    }),
  );
}

/** How the one value of a strategy lies to those of random sets: its distance to all of them. Undefined where either is. */
function toDraws({ mean }: Spread, random: Spread): Difference | undefined {
  const values = random.values.filter((value) => value !== null);
  if (mean === null || random.mean === null || values.length === 0) return undefined;
  const interval = [mean - Math.max(...values), mean - Math.min(...values)] as const;
  const verdict = interval[0] > 0 ? 'better' : interval[1] < 0 ? 'worse' : 'no difference';
  return { difference: mean - random.mean, interval, verdict };
}

/** A line for each strategy and size: each metric, and its difference to random sets of the same size. */
export function evidenceTable({ rows }: Compared): Table {
  const metrics = cellsOf(rows[0]!, rows).map(({ metric }) => metric);
  const bySize = [...rows].sort((a, b) => b.kept - a.kept);
  return {
    header: ['strategy', 'kept', ...metrics.flatMap((metric) => [metric, 'Δ to random'])],
    rows: bySize.map((row) => {
      const cells = cellsOf(row, rows);
      const of = (metric: string) => cells.find((cell) => cell.metric === metric);
      return [row.strategy, String(row.kept), ...metrics.flatMap((metric) => textsOf(of(metric)))];
    }),
  };
}

function textsOf(cell: Cell | undefined): [string, string] {
  if (cell === undefined) return ['', ''];
  const { spread, difference } = cell;
  const sd = spread.sd === null ? '' : ` ± ${spread.sd.toFixed(3)}`;
  const mean = spread.mean === null ? 'n/a' : `${spread.mean.toFixed(3)}${sd}`;
  if (difference === undefined) return [mean, ''];
  const mark = { better: ' ▲', worse: ' ▼', 'no difference': '' }[difference.verdict];
  return [mean, `${signed(difference.difference)} [${difference.interval.map(signed).join(', ')}]${mark}`];
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  return `${Number(text) === 0 ? '' : value < 0 ? '−' : '+'}${text}`;
}

/** One sentence: in what jensen-shannon and the other direction differ from random sets beyond their intervals, and at which sizes. */
export function evidenceSentence({ rows }: Compared): string {
  const told = ['jensen-shannon', 'keep-redundant'].map((strategy) => {
    const sizes = new Map<string, number[]>();
    for (const row of rows.filter((one) => one.strategy === strategy))
      for (const { metric, difference } of cellsOf(row, rows)) {
        if (difference === undefined || difference.verdict === 'no difference') continue;
        const what = `${difference.verdict} in ${metric}`;
        sizes.set(what, [...(sizes.get(what) ?? []), row.kept]);
      }
    const found = Array.from(sizes, ([what, kept]) => `${what} (${kept.join(', ')} kept)`);
    return `${strategy}: ${found.length === 0 ? 'no difference to random sets is shown' : found.join(', ')}`;
  });
  return told.join('; ');
}
