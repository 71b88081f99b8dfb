/** Numbers compared from the first on; the smaller comes first. */
export type SortKey = readonly number[];

/** What a heap holds. */
interface Keyed {
  readonly key: SortKey;
}

/** Negative where `a` comes first, 0 for equal keys. */
export function compareKeys(a: SortKey, b: SortKey): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  if (at < 0) return 0;
  return a[at]! < b[at]! ? -1 : 1;
}

/** Puts an entry into a binary heap (Williams 1964), which is an array that only `push` and `pop` change. */
export function push<T extends Keyed>(heap: T[], entry: T): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (compareKeys(heap[parent]!.key, entry.key) <= 0) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

/** Takes the entry of the smallest key out of a heap that is not empty. */
export function pop<T extends Keyed>(heap: T[]): T {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compareKeys(heap[child + 1]!.key, heap[child]!.key) < 0) child++;
    if (compareKeys(last.key, heap[child]!.key) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
