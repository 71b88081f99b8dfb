import { compareKeys, pop, push, type SortKey } from '@refrain/core/pruning';

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
  let verdict: Verdict = 'restart';
  while (verdict === 'restart') {
    const queue: Entry[] = [];
    for (const clip of all) {
      const key = await keyOf(clip);
      if (key !== undefined) push(queue, { clip, key });
    }
    verdict = 'next';
    while (verdict === 'next' && queue.length > 0) {
      const { clip, key } = pop(queue);
      const now = await keyOf(clip);
      if (now === undefined) continue;
      if (compareKeys(now, key) > 0) push(queue, { clip, key: now });
      else verdict = await visit(clip);
    }
  }
}
