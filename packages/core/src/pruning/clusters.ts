/** The clips of each cluster that has any, ascending; clusters by their first clip, whatever their numbers, noise among them as −1. */
export function clustersOf(labels: Int32Array): Map<number, Uint32Array> {
  const members = new Map<number, number[]>();
  for (const [i, label] of labels.entries()) {
    const list = members.get(label);
    if (list === undefined) members.set(label, [i]);
    else list.push(i);
  }
  return new Map([...members].map(([label, list]) => [label, Uint32Array.from(list)]));
}
