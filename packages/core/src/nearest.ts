/**
 * The one of `known` that `name` was probably meant to be: the one with the fewest edits between (optimal string alignment: a letter more, less,
 * other, or two exchanged), at most one in three letters; of equals the first. Case does not count. Undefined where none is near.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let found: string | undefined;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const count = edits(name.toLowerCase(), candidate.toLowerCase());
    if (count < fewest) [found, fewest] = [candidate, count];
  }
  return found;
}

function edits(from: string, to: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isExchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isExchanged ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1), swapped));
    }
    [before, last] = [last, row];
  }
  return last[to.length]!;
}
