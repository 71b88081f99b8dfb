import { barX, dot, link, ruleX } from '@observablehq/plot';
import type { EvaluationTables } from '@refrain/pruned-dataset';
import { COLOUR, type Picture, svgPlot } from './picture.ts';
import { type Cell, records } from './table.ts';

/** So many tags are drawn; the table has all. */
const DRAWN = 40;
const MARGIN = 130;

type PerTag = NonNullable<EvaluationTables['perTag']>;

/** Positives of each tag in all clips and in what stays. */
export function positivesPicture(perTag: PerTag | undefined): Picture | undefined {
  const [before, after] = [perTag?.columns['whole positives'], perTag?.columns['pruned positives']];
  if (perTag === undefined || before === undefined || after === undefined) return undefined;
  const rows = perTag.tags
    .map((tag, i): [string, Cell, Cell] => [tag, before[i]!, after[i]!])
    .sort((a, b) => Number(b[1]) - Number(a[1]));
  const table = { columns: ['tag', 'all clips', 'what stays'], rows };
  return {
    name: 'positives',
    title: 'Tags before and after',
    says: `Clips with each tag: outlined before, filled what stays.${rows.length > DRAWN ? ` The ${DRAWN} most frequent of ${rows.length}; the numbers have all.` : ''}`,
    table,
    draw: (width) => {
      const drawn = records(table).slice(0, DRAWN);
      return svgPlot({
        width,
        height: 50 + 17 * drawn.length,
        marginLeft: MARGIN,
        x: { label: 'clips', grid: true },
        y: { label: null, domain: drawn.map(({ tag }) => tag!), tickFormat: short },
        marks: [
          barX(drawn, { x: 'all clips', y: 'tag', fill: 'none', stroke: COLOUR.removed, inset: 1 }),
          barX(drawn, { x: 'what stays', y: 'tag', fill: COLOUR.kept, inset: 1 }),
          ruleX([0]),
        ],
      });
    },
  };
}

/** A metric of each tag: what stays minus random. */
export function tagDifferencePicture(perTag: PerTag | undefined, metric: string): Picture | undefined {
  const [pruned, random] = [perTag?.columns[`pruned ${metric}`], perTag?.columns[`random ${metric}`]];
  if (perTag === undefined || pruned === undefined || random === undefined) return undefined;
  const rows = perTag.tags
    .flatMap((tag, i): [string, number, number, number][] => {
      const [own, other] = [pruned[i], random[i]];
      return own == null || other == null ? [] : [[tag, own, other, own - other]];
    })
    .sort((a, b) => a[3] - b[3]);
  if (rows.length === 0) return undefined;
  const table = { columns: ['tag', 'what stays', 'random', 'difference'], rows };
  return {
    name: `tags-${metric.toLowerCase()}`,
    title: `${metric} by tag`,
    says: `${metric} of each tag with what stays, minus that with random sets of the same size, the worst first. Single tags have few positives: no interval is claimed.${rows.length > DRAWN ? ` The ${DRAWN} that differ most; the numbers have all.` : ''}`,
    table,
    draw: (width) => {
      const most = new Set(
        [...rows]
          .sort((a, b) => Math.abs(b[3]) - Math.abs(a[3]))
          .slice(0, DRAWN)
          .map(([tag]) => tag),
      );
      const drawn = records(table).filter(({ tag }) => most.has(tag as string));
      return svgPlot({
        width,
        height: 50 + 17 * drawn.length,
        marginLeft: MARGIN,
        x: { label: `${metric}, what stays − random`, grid: true },
        y: { type: 'band', label: null, domain: drawn.map(({ tag }) => tag!), tickFormat: short },
        marks: [
          ruleX([0]),
          link(drawn, { x1: 0, x2: 'difference', y: 'tag', stroke: COLOUR.soft }),
          dot(drawn, { x: 'difference', y: 'tag', fill: COLOUR.kept, r: 4, symbol: 'circle' }),
        ],
      });
    },
  };
}

/** The metrics that are known per tag for what stays and for random sets. */
export function metricsOfTags(perTag: PerTag | undefined): string[] {
  return Object.keys(perTag?.columns ?? {}).flatMap((name) => {
    const metric = /^pruned (?!positives)(.+)$/.exec(name)?.[1];
    return metric === undefined ? [] : [metric];
  });
}

function short(tag: string): string {
  const letters = [...tag.replaceAll(/\s+/g, ' ')];
  return letters.length > 18 ? `${letters.slice(0, 17).join('')}…` : letters.join('');
}
