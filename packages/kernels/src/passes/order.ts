import type { Range } from '@refrain/core';

/**
 * The order in which points are walked for a neighbour query: the listed rows first, then the others, each part by component, so that
 * tiles inside one component can be left out. Ascending where all rows are listed and there are no components.
 */
export function nearestOrder(
  count: number,
  listed: Uint32Array | undefined,
  component: Int32Array | undefined,
): Uint32Array {
  const byComponent = (places: Uint32Array) =>
    component === undefined ? places.sort() : places.sort((a, b) => component[a]! - component[b]! || a - b);
  const all = identityOrder(count);
  if (listed === undefined) return byComponent(all);
  const isListed = new Uint8Array(count);
  for (const row of listed) isListed[row] = 1;
  const order = new Uint32Array(count);
  order.set(byComponent(listed.slice()));
  order.set(byComponent(all.filter((i) => isListed[i] === 0)), listed.length);
  return order;
}

/** 0 … count − 1. */
export function identityOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** Whether each point is at its own place. */
export function isIdentity(order: Uint32Array): boolean {
  return order.every((i, place) => i === place);
}

/** The points with a group ≥ 0, by group, then index. */
export function sortedByGroup(groups: Int32Array): Uint32Array {
  const grouped = identityOrder(groups.length).filter((i) => groups[i]! >= 0);
  return grouped.sort((a, b) => groups[a]! - groups[b]! || a - b);
}

/** The runs of equal group in `order`, as ranges of places; runs of one point are left out: they hold no pair. */
export function groupRanges(order: Uint32Array, groups: Int32Array): Range[] {
  const ranges: Range[] = [];
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && groups[order[end]!] === groups[order[start]!]) end++;
    if (end - start > 1) ranges.push({ start, end });
  }
  return ranges;
}
