import { areaY, dot, line, ruleY, text } from '@observablehq/plot';
import { COLOUR, type Picture, svgPlot } from '../pictures/picture.ts';
import { records } from '../pictures/table.ts';
import type { Comparison } from './comparisonWords.ts';

/** With more strategies than that their names would cover each other: a pointer shows them. */
const LABELLED = 12;

/** A metric over the size of the kept set: each strategy, in the band of random sets. */
export function metricPicture({ rows, evaluator }: Comparison, metric: string): Picture | undefined {
  const known = rows
    .flatMap(({ role, name, kept, metrics }) => {
      const value = metrics[metric];
      return value?.mean == null ? [] : [[role, name, kept, value.mean, value.sd] as const];
    })
    .sort((a, b) => a[2] - b[2]);
  if (known.length === 0) return undefined;
  const table = { columns: ['role', 'name', 'kept', 'mean', 'standard deviation'], rows: known };
  return {
    name: `${evaluator}-${metric}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    title: `${metric} over size`,
    says: `${metric} with as many clips as stay: strategies as dots, random sets as a line with a band of one standard deviation, all clips dashed.`,
    table,
    draw: (width) => {
      const all = records(table);
      const of = (role: string) => all.filter((row) => row.role === role);
      const edge = (sign: number) => (row: Record<string, unknown>) =>
        Number(row.mean) + sign * Number(row['standard deviation'] ?? 0);
      const named = of('strategy').length > LABELLED ? [] : of('strategy');
      return svgPlot({
        width,
        height: 320,
        marginRight: 90,
        inset: 10,
        x: { label: 'clips kept', grid: true },
        y: { label: metric, grid: true, nice: true },
        marks: [
          areaY(of('random'), { x: 'kept', y1: edge(-1), y2: edge(1), fill: COLOUR.soft, fillOpacity: 0.22 }),
          line(of('random'), { x: 'kept', y: 'mean', stroke: COLOUR.soft }),
          dot(of('random'), { x: 'kept', y: 'mean', stroke: COLOUR.soft, r: 3 }),
          ruleY(of('whole'), { y: 'mean', strokeDasharray: '5 4' }),
          line(of('strategy'), { x: 'kept', y: 'mean', z: 'name', stroke: COLOUR.kept, strokeOpacity: 0.4 }),
          dot(of('strategy'), { x: 'kept', y: 'mean', fill: COLOUR.kept, r: 4.5, title: 'name' }),
          text(named, {
            x: 'kept',
            y: 'mean',
            text: 'name',
            textAnchor: 'start',
            dx: 8,
            stroke: 'var(--paper)',
            fill: 'currentColor',
          }),
        ],
      });
    },
  };
}
