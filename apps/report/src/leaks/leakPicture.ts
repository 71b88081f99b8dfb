import { barX, ruleX, text } from '@observablehq/plot';
import type { LeaksPage } from '@refrain/pruned-dataset';
import { COLOUR, type Picture, svgPlot } from '../pictures/picture.ts';
import { records } from '../pictures/table.ts';

/** How many clips of each split have something in common with another split, by kind. */
export function leakPicture({ shared, sizes }: LeaksPage): Picture | undefined {
  const rows = shared.flatMap(({ kind, splits, clips }) =>
    ([0, 1] as const).map((side) => {
      const [own, other] = [splits[side], splits[1 - side]!];
      return [kind, own, other, clips[side], sizes[own] ? clips[side] / sizes[own] : null] as const;
    }),
  );
  if (!rows.some(([, , , clips]) => clips > 0)) return undefined;
  const table = { columns: ['kind', 'split', 'shares with', 'clips', 'share of the split'], rows };
  return {
    name: 'leaks',
    title: 'Leaks between splits',
    says: 'Clips of each split that have something in common with another split.',
    table,
    draw: (width) => {
      const drawn = records(table).map((row) => ({
        ...row,
        name: `${row.kind}: ${row.split} ∩ ${row['shares with']}`,
      }));
      return svgPlot({
        width,
        height: 60 + 20 * drawn.length,
        marginLeft: Math.min(240, width / 2),
        marginRight: 50,
        x: { label: 'clips', grid: true },
        y: { label: null, domain: drawn.map(({ name }) => name) },
        marks: [
          barX(drawn, { x: 'clips', y: 'name', fill: COLOUR.removed, inset: 2 }),
          text(drawn, { x: 'clips', y: 'name', text: 'clips', textAnchor: 'start', dx: 5 }),
          ruleX([0]),
        ],
      });
    },
  };
}
