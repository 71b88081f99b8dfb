import { type PlotOptions, plot } from '@observablehq/plot';
import type { Table } from './table.ts';

/** A picture, its numbers, and what it says in words. */
export interface Picture {
  /** A part of a file's name. */
  readonly name: string;
  readonly title: string;
  readonly says: string;
  readonly table: Table;
  /** The picture at a width in pixels. */
  draw(width: number): SVGSVGElement;
}

/** Colours of the page's style. */
export const COLOUR = {
  kept: 'var(--kept)',
  removed: 'var(--removed)',
  soft: 'var(--soft)',
  line: 'var(--line)',
  good: 'var(--good)',
  bad: 'var(--bad)',
} as const;

/** A plot in the page's manner. Its style element is taken out, since the policy lets no new one in; what it says stands in pictures.css. */
export function svgPlot(options: PlotOptions): SVGSVGElement {
  const svg = plot({
    marginLeft: 56,
    marginRight: 16,
    marginBottom: 40,
    ...options,
    className: 'plot',
    style: { fontSize: '12px', fontFamily: 'inherit', background: 'none', overflow: 'visible' },
  }) as SVGSVGElement;
  for (const style of svg.querySelectorAll('style')) style.remove();
  // The picture is one to a screen reader, with a text of its own.
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  return svg;
}

/** Plots below each other as one picture. */
export function stacked(width: number, plots: readonly SVGSVGElement[]): SVGSVGElement {
  const all = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  let y = 0;
  for (const one of plots) {
    one.setAttribute('y', String(y));
    y += Number(one.getAttribute('height'));
    all.append(one);
  }
  for (const [name, value] of Object.entries({ class: 'plot', width, height: y, viewBox: `0 0 ${width} ${y}` }))
    all.setAttribute(name, String(value));
  return all;
}
