/** The quantile at `probability` (0…1) of at least one sorted value, linear between neighbours (Hyndman & Fan 1996, definition 7). */
export function quantile(ascending: ArrayLike<number>, probability: number): number {
  const at = probability * (ascending.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below]! + (at - below) * (ascending[above]! - ascending[below]!);
}
