import { barX, dot, link, ruleX } from '@observablehq/plot';
import type { ClusterBar, PruningPage } from '@refrain/pruned-dataset';
import { counted } from '../format.ts';
import { COLOUR, type Picture, svgPlot } from './picture.ts';
import { records } from './table.ts';

/** So many are drawn, the largest; the table has all. */
const DRAWN = 40;

const nameOf = ({ label }: ClusterBar) => (label === -1 ? 'none' : String(label));
const shown = (count: number, what: string) =>
  count > DRAWN ? ` The ${DRAWN} largest of ${counted(count, what)}; the numbers have all.` : '';

/** Clusters before and after. */
export function clusterPicture({ clusters }: PruningPage): Picture | undefined {
  if (clusters.length === 0) return undefined;
  const sorted = [...clusters].sort((a, b) => b.original - a.original);
  const table = {
    columns: ['cluster', 'clips', 'kept', 'groups'],
    rows: sorted.map((cluster) => [nameOf(cluster), cluster.original, cluster.kept, cluster.groups]),
  };
  return {
    name: 'clusters',
    title: 'Clusters before and after',
    says: `Clips of each cluster: outlined before, filled what stays.${shown(sorted.length, 'cluster')}`,
    table,
    draw: (width) => {
      const drawn = records(table).slice(0, DRAWN);
      return svgPlot({
        width,
        height: 50 + 17 * drawn.length,
        x: { label: 'clips', grid: true },
        y: { label: 'cluster', domain: drawn.map(({ cluster }) => cluster!) },
        marks: [
          barX(drawn, { x: 'clips', y: 'cluster', fill: 'none', stroke: COLOUR.removed, inset: 1 }),
          barX(drawn, { x: 'kept', y: 'cluster', fill: COLOUR.kept, inset: 1 }),
          ruleX([0]),
        ],
      });
    },
  };
}

/** How far the sizes of the groups in each cluster are from the target, before and after. */
export function divergencePicture({ clusters }: PruningPage): Picture | undefined {
  const known = clusters.filter(({ jsdBefore, jsdAfter }) => jsdBefore > 0 || jsdAfter > 0);
  if (known.length === 0) return undefined;
  const sorted = [...known].sort((a, b) => b.jsdBefore - a.jsdBefore);
  const table = {
    columns: ['cluster', 'before', 'after'],
    rows: sorted.map((cluster) => [nameOf(cluster), cluster.jsdBefore, cluster.jsdAfter]),
  };
  return {
    name: 'divergence',
    title: 'Distance from the target',
    says: `Jensen–Shannon divergence of each cluster from the target at the t that was taken, in bits: hollow before, filled after.${shown(sorted.length, 'cluster')}`,
    table,
    draw: (width) => {
      const drawn = records(table).slice(0, DRAWN);
      return svgPlot({
        width,
        height: 50 + 17 * drawn.length,
        x: { label: 'bits', grid: true, zero: true },
        y: { type: 'band', label: 'cluster', domain: drawn.map(({ cluster }) => cluster!) },
        marks: [
          link(drawn, { x1: 'before', x2: 'after', y: 'cluster', stroke: COLOUR.soft }),
          dot(drawn, { x: 'before', y: 'cluster', stroke: COLOUR.removed, r: 4 }),
          dot(drawn, { x: 'after', y: 'cluster', fill: COLOUR.kept, r: 4 }),
        ],
      });
    },
  };
}
