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
  const value = option === 't' ? 't' : 'θ';
  const table = { columns: [value, ...COLUMNS], rows: points.map((point) => rowOf(point, page.sizes.original)) };
  const taken = points.find(({ isTaken }) => isTaken);
  return {
    name: option === 't' ? 'over-t' : 'over-theta',
    title: option === 't' ? 'Which t?' : 'Which θ?',
    says: `What stays and what is lost over ${option === 't' ? 't' : 'the median threshold of a clip'}${points.some(({ jsdBefore }) => jsdBefore !== null) ? '; divergence is that from the target, dotted that of all clips' : ''}.${taken === undefined ? '' : ` Taken: ${value} = ${figure(taken.value)}, of which ${percent(taken.kept / page.sizes.original)} stay.`}`,
    table,
    draw: (width) => {
      const known = PANELS.filter((name) => table.rows.some((row) => row[table.columns.indexOf(name)] !== null));
      return stacked(
        width,
        known.map((name, i) => panel(table, value, name, taken?.value, width, i === known.length - 1)),
      );
    },
  };
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
  x: string,
  y: string,
  taken: number | undefined,
  width: number,
  isLast: boolean,
): SVGSVGElement {
  const known = records(table).filter((record) => record[y] !== null);
  return svgPlot({
    width,
    height: isLast ? 138 : 110,
    marginTop: 26,
    marginBottom: isLast ? 40 : 12,
    x: { label: isLast ? x : null, ...(!isLast && { tickFormat: () => '' }) },
    y: {
      label: y,
      grid: true,
      ticks: 3,
      zero: y !== 'worst partner similarity',
      nice: true,
      ...(y === 'kept share' && { percent: true, label: 'kept, %' }),
    },
    marks: [
      taken === undefined ? null : ruleX([taken], { stroke: COLOUR.removed, strokeDasharray: '4 3' }),
      y === 'divergence, bits'
        ? line(known, { x, y: 'divergence before, bits', stroke: COLOUR.soft, strokeDasharray: '2 3' })
        : null,
      // Of two strengths with one threshold neither comes first.
      new Set(known.map((record) => record[x])).size < known.length
        ? null
        : line(known, { x, y, stroke: COLOUR.kept, strokeWidth: 2 }),
      dot(known, {
        x,
        y,
        fill: (record: Record<string, unknown>) => (record.taken === 'yes' ? COLOUR.removed : COLOUR.kept),
        r: (record: Record<string, unknown>) => (record.taken === 'yes' ? 5 : 2.5),
      }),
    ],
    r: { type: 'identity' },
    color: { type: 'identity' },
  });
}
