import { pop, push, type SortKey } from '../heap.ts';
import type { RankedMember } from './keepingOrder.ts';

/** The next member of a group. */
interface Waiting {
  readonly clip: number;
  readonly certainty: number;
  readonly key: SortKey;
  readonly order: Iterator<RankedMember>;
}

/**
 * The first `count` members that stay when groups give theirs in the order of falling claim to stay: the first of every group, then always the
 * one that is least surely redundant, of equals the lowest index. `orders` gives the members of each group, certainties rising; it is asked
 * only for as many as needed. `count` is at least the number of groups and at most that of their members.
 */
export function classOrder(orders: readonly Iterator<RankedMember>[], count: number): RankedMember[] {
  const kept: RankedMember[] = [];
  const waiting: Waiting[] = [];
  const take = (order: Iterator<RankedMember>) => {
    const { value, done } = order.next();
    if (done !== true) push(waiting, { ...value, key: [value.certainty, value.clip], order });
  };
  for (const order of orders) take(order);
  while (kept.length < count) {
    const { clip, certainty, order } = pop(waiting);
    kept.push({ clip, certainty });
    if (kept.length < count) take(order);
  }
  return kept;
}
