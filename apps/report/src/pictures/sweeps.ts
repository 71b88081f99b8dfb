import { dot, line, ruleX } from '@observablehq/plot';
import type { PruningPage, SweepPoint } from '@refrain/pruned-dataset';
import { figure, percent } from '../format.ts';
import { COLOUR, type Picture, stacked, svgPlot } from './picture.ts';
import { records, type Table } from './table.ts';

const COLUMNS = [
  'kept clips',
  'kept share',
  'worst partner similarity',
  'worst partner z',
  'tags lost',
  'tracks lost',
  'divergence, bits',
  'divergence before, bits',
  'taken',
] as const;
/** What is drawn, each below the one before. */
const PANELS = ['kept share', 'worst partner similarity', 'tags lost', 'tracks lost', 'divergence, bits'] as const;

/** What each `t`, or each threshold, would keep and lose: which one to take. */
export function sweepPicture(page: PruningPage, option: 't' | 'theta'): Picture | undefined {
  const points = option === 't' ? page.overT : page.overTheta;
  if (points === undefined || points.length < 2) return undefined;
  const name = option === 't' ? 't' : 'θ';
  const table = {
    columns: ['number', name, ...COLUMNS],
    rows: points.map((point, i) => [i + 1, ...rowOf(point, page.sizes.original)]),
  };
  // Strengths of the rule may differ in other things than the threshold: then they stand by their number.
  const x = new Set(points.map(({ value }) => value)).size === points.length ? name : 'number';
  const taken = points.findIndex(({ isTaken }) => isTaken);
  const takenAt = x === 'number' ? taken + 1 : points[taken]?.value;
  return {
    name: option === 't' ? 'over-t' : 'over-theta',
    title: option === 't' ? 'Which t?' : 'Which θ?',
    says: `${overWhat(option, x)}.${points.some(({ jsdBefore }) => jsdBefore !== null) ? ' Divergence is that from the target, dotted that of all clips.' : ''}${taken < 0 ? '' : ` Taken: ${x === 'number' ? 'number' : `${x} =`} ${figure(takenAt)}, with which ${percent(points[taken]!.kept / page.sizes.original)} stay.`}`,
    table,
    draw: (width) => {
      const known = PANELS.filter((panel) => table.rows.some((row) => row[table.columns.indexOf(panel)] !== null));
      return stacked(
        width,
        known.map((y, i) => panel(table, { x, y }, taken < 0 ? undefined : takenAt, width, i === known.length - 1)),
      );
    },
  };
}

function overWhat(option: 't' | 'theta', x: string): string {
  if (option === 't') return 'What stays and what is lost over t';
  if (x !== 'number') return 'What stays and what is lost over the median threshold of a clip';
  return 'What stays and what is lost with other strengths of the rule, by number';
}

function rowOf(point: SweepPoint, original: number): (string | number | null)[] {
  const { kept, worstSimilarity, worstZ, labelsLost, tracksLost, jsd, jsdBefore } = point;
  return [
    point.value,
    kept,
    kept / original,
    worstSimilarity,
    worstZ,
    labelsLost,
    tracksLost,
    jsd,
    jsdBefore,
    point.isTaken ? 'yes' : 'no',
  ];
}

function panel(
  table: Table,
  { x, y }: { readonly x: string; readonly y: (typeof PANELS)[number] },
  taken: number | undefined,
  width: number,
  isLast: boolean,
): SVGSVGElement {
  const all = records(table);
  const known = all.filter((record) => record[y] !== null);
  const isTaken = (record: Record<string, unknown>) => record.taken === 'yes';
  return svgPlot({
    width,
    height: isLast ? 138 : 110,
    marginTop: 26,
    marginBottom: isLast ? 40 : 12,
    x: {
      label: isLast ? x : null,
      domain: [all[0]![x], all.at(-1)![x]] as [number, number],
      ticks: 6,
      ...(!isLast && { tickFormat: () => '' }),
    },
    y: {
      label: y === 'kept share' ? 'kept' : y,
      grid: true,
      ticks: 3,
      domain: domainOf(
        y,
        known.flatMap((record) => [
          Number(record[y]),
          ...(y === 'divergence, bits' ? [Number(record['divergence before, bits'])] : []),
        ]),
      ),
      ...(y === 'kept share' && { tickFormat: '.0%' }),
      ...(y.endsWith('lost') && { tickFormat: (count: number) => (Number.isInteger(count) ? String(count) : '') }),
    },
    marks: [
      taken === undefined ? null : ruleX([taken], { stroke: COLOUR.removed, strokeDasharray: '4 3' }),
      y === 'divergence, bits'
        ? line(known, { x, y: 'divergence before, bits', stroke: COLOUR.soft, strokeDasharray: '2 3' })
        : null,
      line(known, { x, y, stroke: COLOUR.kept, strokeWidth: 2 }),
      dot(known, {
        x,
        y,
        fill: (record: Record<string, unknown>) => (isTaken(record) ? COLOUR.removed : COLOUR.kept),
        r: (record: Record<string, unknown>) => (isTaken(record) ? 5 : 2.5),
      }),
    ],
    r: { type: 'identity' },
    color: { type: 'identity' },
  });
}

/** Shares of all clips from 0 to 1 and counts from 0, so that nothing looks larger than it is; similarities between those that occur. */
function domainOf(y: (typeof PANELS)[number], values: readonly number[]): [number, number] {
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (y === 'kept share') return [0, 1];
  if (y === 'tags lost' || y === 'tracks lost') return [0, Math.max(1, most)];
  if (y === 'divergence, bits') return [0, most > 0 ? most : 1];
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return [least - 0.02, Math.min(1, most + 0.02)];
}
