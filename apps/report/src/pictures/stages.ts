import { barX, ruleX, text } from '@observablehq/plot';
import type { PruningPage } from '@refrain/pruned-dataset';
import { duration } from '../format.ts';
import { COLOUR, type Picture, svgPlot } from './picture.ts';
import { records } from './table.ts';

/** How long each stage of the run took. */
export function stagePicture({ timings }: PruningPage): Picture | undefined {
  const rows = Object.entries(timings);
  if (rows.length === 0) return undefined;
  const table = { columns: ['stage', 'seconds'], rows };
  const total = rows.reduce((sum, [, seconds]) => sum + seconds, 0);
  return {
    name: 'stages',
    title: 'Time per stage',
    says: `${duration(total)} in all.`,
    table,
    draw: (width) =>
      svgPlot({
        width,
        height: 50 + 24 * rows.length,
        marginLeft: 90,
        marginRight: 70,
        x: { label: 'seconds', grid: true },
        y: { label: null, domain: rows.map(([stage]) => stage) },
        marks: [
          barX(records(table), { x: 'seconds', y: 'stage', fill: COLOUR.kept, inset: 2 }),
          text(records(table), {
            x: 'seconds',
            y: 'stage',
            text: ({ seconds }) => duration(Number(seconds)),
            textAnchor: 'start',
            dx: 5,
          }),
          ruleX([0]),
        ],
      }),
  };
}
