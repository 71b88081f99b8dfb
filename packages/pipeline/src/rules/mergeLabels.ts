import { DataError, type Removal } from '@refrain/core';

/**
 * Gives each removed clip's labels to the kept clip that stands for it, for tags that were set on one copy and forgotten on another: the labels
 * of each clip, new ones after the own, in the order of the removed clips. The lists given stay as they are. An `unsupported` removal gives
 * nothing: its partner may sound like anything. Throws a DataError that names the clip whose partner is removed itself.
 */
export function mergeLabels(
  labels: readonly (readonly string[])[],
  removed: readonly Pick<Removal, 'index' | 'partner' | 'level'>[],
): readonly (readonly string[])[] {
  const gone = new Set(removed.map(({ index }) => index));
  const merged = [...labels];
  for (const { index, partner, level } of removed) {
    if (level === 'unsupported') continue;
    if (gone.has(partner))
      throw new DataError(
        `clip ${index}`,
        `Clip number ${index} names clip number ${partner}, which is removed too; expected a kept one.`,
      );
    const fresh = new Set(labels[index]!.filter((label) => !merged[partner]!.includes(label)));
    if (fresh.size > 0) merged[partner] = [...merged[partner]!, ...fresh];
  }
  return merged;
}
