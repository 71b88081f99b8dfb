import type { Spread } from './report.ts';

/** What tables say for a value that is not defined. */
export const UNDEFINED = 'n/a';

/**
 * How many decimals a column of means has: as many as show two digits of its largest standard deviation (JCGM 100:2008, section 7.2.6), at most
 * four. Three where no standard deviation is above 0.
 */
export function decimalsFor(sds: readonly (number | null | undefined)[]): number {
  const largest = Math.max(0, ...sds.map((sd) => sd ?? 0));
  if (largest === 0) return 3;
  return Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(largest))));
}

/** Mean ± standard deviation, e.g. `0.712 ± 0.012`; the mean alone where there is one value, `n/a` where there is none. */
export function spreadText(spread: Pick<Spread, 'mean' | 'sd'> | undefined, decimals: number): string {
  if (spread === undefined || spread.mean === null) return UNDEFINED;
  const mean = spread.mean.toFixed(decimals).replace('-', '−');
  return spread.sd === null ? mean : `${mean} ± ${spread.sd.toFixed(decimals)}`;
}

/** A difference with its sign, `+` or `−`; without one where it rounds to 0. */
export function signedText(value: number, decimals: number): string {
  const size = Math.abs(value).toFixed(decimals);
  if (Number(size) === 0) return size;
  return `${value < 0 ? '−' : '+'}${size}`;
}

/** Every digit that tells a number from its neighbours, as programs read it; `n/a` where it is not defined. */
export function exactText(value: number | null | undefined): string {
  return value === null || value === undefined ? UNDEFINED : String(value);
}
