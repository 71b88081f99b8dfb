import { areaY, axisX, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import type { PruningPage } from '@refrain/pruned-dataset';
import { figure, whole } from '../format.ts';
import { COLOUR, type Picture, svgPlot } from './picture.ts';
import { records } from './table.ts';

/** How similar pairs inside clusters are, and removed clips to what stays for them, with what was asked. */
export function similarityPicture({ similarities, removals, rule }: PruningPage): Picture | undefined {
  if (similarities === undefined) return undefined;
  const { bins, within, removed } = similarities;
  const from = (bin: number) => -1 + (2 * bin) / bins;
  const table = {
    columns: ['from', 'to', 'removed clips with their partners', ...(within ? ['pairs inside clusters'] : [])],
    rows: removed.map((count, bin) => [from(bin), from(bin + 1), count, ...(within ? [within[bin]!] : [])]),
  };
  const thetas = removals.theta.filter((theta) => theta !== null).sort((a, b) => a - b);
  const [least, most] = rule.kind === 'constant' ? [rule.theta, rule.theta] : [thetas[0], thetas.at(-1)];
  const asked =
    least === undefined
      ? ''
      : least === most
        ? ` θ is ${figure(least)}.`
        : ` θ lies between ${figure(least)} and ${figure(most)}, by the clips.`;
  return {
    name: 'similarities',
    title: 'How similar',
    says: `Similarities of removed clips to what stays for them${within ? ', and of all pairs inside clusters (grey)' : ''}, each as a share.${asked}`,
    table,
    draw: (width) => {
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0) || 1;
      const sums = [sum(removed), sum(within ?? [])] as const;
      const shares = table.rows.map(([from, to, count, pairs]) => ({
        from,
        to,
        removed: Number(count) / sums[0],
        pairs: Number(pairs ?? 0) / sums[1],
      }));
      return svgPlot({
        width,
        height: 220,
        x: { label: 'similarity', domain: [-1, 1] },
        y: { label: 'share', percent: true, grid: true },
        marks: [
          within === undefined
            ? null
            : areaY(shares, { x: 'from', y: 'pairs', fill: COLOUR.soft, fillOpacity: 0.3, curve: 'step-after' }),
          rectY(shares, {
            x1: 'from',
            x2: 'to',
            y: 'removed',
            stroke: COLOUR.removed,
            fill: COLOUR.removed,
            fillOpacity: 0.35,
            inset: 0.5,
          }),
          least === undefined ? null : ruleX([...new Set([least, most!])], { strokeDasharray: '4 3' }),
          least === undefined
            ? null
            : text([most!], { x: (theta: number) => theta, frameAnchor: 'top', text: () => 'θ', dy: -8 }),
          ruleY([0]),
          axisX({ anchor: 'bottom' }),
        ],
      });
    },
  };
}

const SCORE_BINS = 40;

/** The scores of removed clips, with τ. */
export function scorePicture({ removals, rule }: PruningPage): Picture | undefined {
  const scores = removals.z.filter((z) => z !== null);
  if (rule.kind !== 's-norm' || scores.length === 0) return undefined;
  const tau = rule.tau;
  const low = Math.floor(scores.reduce((least, z) => Math.min(least, z), Number.POSITIVE_INFINITY));
  const high = Math.ceil(scores.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY) + 1e-9);
  const width = (high - low) / SCORE_BINS || 1;
  const counts = new Array<number>(SCORE_BINS).fill(0);
  for (const z of scores) counts[Math.min(SCORE_BINS - 1, Math.floor((z - low) / width))]!++;
  const table = {
    columns: ['from', 'to', 'removed clips'],
    rows: counts.map((count, bin) => [low + bin * width, low + (bin + 1) * width, count]),
  };
  return {
    name: 'scores',
    title: 'How rare among strangers',
    says: `Scores z of ${whole(scores.length)} redundant clips with what stays for them.${tau === undefined ? '' : ` τ is ${figure(tau)}.`}`,
    table,
    draw: (wide) =>
      svgPlot({
        width: wide,
        height: 220,
        x: { label: 'z' },
        y: { label: 'clips', grid: true },
        marks: [
          rectY(records(table), {
            x1: 'from',
            x2: 'to',
            y: 'removed clips',
            fill: COLOUR.removed,
            fillOpacity: 0.55,
            inset: 0.5,
          }),
          tau === undefined ? null : ruleX([tau], { strokeDasharray: '4 3' }),
          tau === undefined ? null : text([tau], { x: (z: number) => z, frameAnchor: 'top', text: () => 'τ', dy: -8 }),
          ruleY([0]),
        ],
      }),
  };
}
