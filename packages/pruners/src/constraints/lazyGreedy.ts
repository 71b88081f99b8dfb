/** Numbers compared from the first on; the smaller comes first. */
export type SortKey = readonly number[];

interface Entry {
  readonly clip: number;
  readonly key: SortKey;
}

/** What a step of `lazyGreedy` did: `next` goes on, `restart` asks for all keys anew, `stop` ends. */
export type Verdict = 'next' | 'restart' | 'stop';

/**
 * Visits clips by ascending key, while visits change the keys. `keyOf` gives undefined for a clip that is out of question; each key must
 * end in something unique. As long as visits can only make keys larger, an old key is a lower bound, so a clip whose key is unchanged
 * when it comes up is the smallest of all (lazy evaluation: Minoux 1978). A visit that may have made keys smaller answers `restart`.
 */
export async function lazyGreedy(
  clips: Iterable<number>,
  keyOf: (clip: number) => Promise<SortKey | undefined>,
  visit: (clip: number) => Promise<Verdict>,
): Promise<void> {
  const all = [...clips];
  let verdict: Verdict;
  do {
    const queue: Entry[] = [];
    for (const clip of all) {
      const key = await keyOf(clip);
      if (key !== undefined) push(queue, { clip, key });
    }
    verdict = await visitAll(queue, keyOf, visit);
  } while (verdict === 'restart');
}

async function visitAll(
  queue: Entry[],
  keyOf: (clip: number) => Promise<SortKey | undefined>,
  visit: (clip: number) => Promise<Verdict>,
): Promise<Verdict> {
  while (queue.length > 0) {
    const { clip, key } = pop(queue);
    const now = await keyOf(clip);
    if (now === undefined) continue;
    if (compareKeys(now, key) > 0) {
      push(queue, { clip, key: now });
      continue;
    }
    const verdict = await visit(clip);
    if (verdict !== 'next') return verdict;
  }
  return 'stop';
}

/** Negative where `a` comes first, 0 for equal keys. */
export function compareKeys(a: SortKey, b: SortKey): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  if (at < 0) return 0;
  return a[at]! < b[at]! ? -1 : 1;
}

function push(heap: Entry[], entry: Entry): void {
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

function pop(heap: Entry[]): Entry {
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
