import { pop, push } from '@refrain/core/pruning';
import type { RankedMember } from './keepingOrder.ts';

/** The next member of a group; its key is its certainty and its index. */
interface Waiting {
  readonly key: [certainty: number, clip: number];
  readonly order: Iterator<RankedMember>;
}

/** The members of a class that stay. */
export interface ClassKept {
  /** In the order in which they are kept. */
  readonly clips: Uint32Array;
  /** How surely the last of them could go. */
  readonly certainty: number;
}

/**
 * The first `count` members that stay when groups give theirs in the order of falling claim to stay: the first of every group, then always the
 * one that is least surely redundant, of equals the lowest index. `orders` gives the members of each group, certainties rising; it is asked
 * only for as many as needed. `count` is at least the number of groups and at most that of their members.
 */
export function classOrder(orders: readonly Iterator<RankedMember>[], count: number): ClassKept {
  const clips = new Uint32Array(count);
  const waiting: Waiting[] = [];
  const take = (one: Waiting) => {
    const { value, done } = one.order.next();
    if (done === true) return;
    one.key[0] = value.certainty;
    one.key[1] = value.clip;
    push(waiting, one);
  };
  for (const order of orders) take({ key: [-Infinity, -1], order });
  let certainty = -Infinity;
  for (let place = 0; place < count; place++) {
    const next = pop(waiting);
    [certainty, clips[place]] = next.key;
    if (place + 1 < count) take(next);
  }
  return { clips, certainty };
}
