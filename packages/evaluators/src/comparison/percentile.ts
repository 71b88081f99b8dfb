/**
 * The value below which the share `q`, 0…1, of `ascending` lies, linear between neighbours: entry q·(n − 1), counted from 0 (Hyndman & Fan
 * 1996, definition 7; numpy's default). NaN for no values.
 */
export function percentile(ascending: ArrayLike<number>, q: number): number {
  const position = q * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[below + 1] ?? low;
  return low + (high - low) * (position - below);
}
