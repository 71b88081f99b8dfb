/** The indices of each key, ascending; keys in the order of their first index. Entries that are undefined have none. */
export function indicesBy<K>(keys: Iterable<K | undefined>): Map<K, number[]> {
  const found = new Map<K, number[]>();
  let index = 0;
  for (const key of keys) {
    if (key !== undefined) {
      const known = found.get(key);
      if (known === undefined) found.set(key, [index]);
      else known.push(index);
    }
    index++;
  }
  return found;
}

/** Ascending by code units, the same in every language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
