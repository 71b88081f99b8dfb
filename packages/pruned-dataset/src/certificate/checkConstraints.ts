import { GROUP_KINDS } from '@refrain/core';
import type { PrunedFolder } from '../read.ts';
import { FILES, type Rule } from '../schemas.ts';

/**
 * Counts the rules of metadata.json again: what a person decided, minima and maxima, the size. Gives the first that is broken in more places than
 * the report admits, or undefined.
 */
export function checkConstraints({ clips: all, keep, removed: gone, metadata }: PrunedFolder): string | undefined {
  const isKept = new Set(Array.from(keep, (index) => all[index]!.id));
  const forgotten = all.find((clip) => clip.from_base && !isKept.has(clip.id));
  if (forgotten !== undefined) return `clip ${forgotten.id} was kept by an earlier run, but is removed`;
  const { constraints } = metadata;
  if (constraints === undefined) return undefined;
  // What earlier runs removed was not for this one to judge.
  const earlier = new Set(gone.filter(({ run }) => run !== undefined).map(({ id }) => id));
  const clips = all.filter(({ id }) => !earlier.has(id));
  const removed = gone.filter(({ id }) => !earlier.has(id));
  const { report, min_per_label: minPerLabel, max_per_group: max, min_per_group: min, size } = constraints;
  const lost = constraints.protected.find((id) => !isKept.has(id));
  if (lost !== undefined) return `clip ${lost} is protected, but not kept`;
  const stayed = constraints.excluded.find((id) => isKept.has(id));
  if (stayed !== undefined) return `clip ${stayed} is excluded, but kept`;
  const counts: [rule: Rule, broken: number][] = [
    [
      'minPerLabel',
      broken(
        clips,
        isKept,
        ({ labels }) => labels,
        (kept, all) => kept < Math.min(minPerLabel, all),
      ),
    ],
    ...GROUP_KINDS.flatMap((kind): [Rule, number][] => {
      const own = ({ groups }: PrunedFolder['clips'][number]) => groups?.[kind] ?? [];
      return [
        ['maxPerGroup', broken(clips, isKept, own, (kept) => kept > (max[kind] ?? Infinity))],
        ['minPerGroup', broken(clips, isKept, own, (kept, all) => kept < Math.min(min[kind] ?? 0, all))],
      ];
    }),
    ['size', size === undefined || keep.length === size ? 0 : 1],
  ];
  for (const rule of ['minPerLabel', 'maxPerGroup', 'minPerGroup', 'size'] as const) {
    const found = counts.filter(([name]) => name === rule).reduce((sum, [, count]) => sum + count, 0);
    const admitted = report.unmet.filter((one) => one.rule === rule).reduce((sum, { count }) => sum + count, 0);
    if (found > admitted)
      return `the rule ${rule} is broken ${found} times, but ${FILES.metadata} admits ${admitted === 0 ? 'none' : admitted}`;
  }
  const unsupported = removed.filter(({ level }) => level === 'unsupported').length;
  return unsupported === report.unsupported
    ? undefined
    : `${unsupported} removed clips are unsupported, but ${FILES.metadata} says ${report.unsupported}`;
}

/** In how many sets of clips a count is broken. */
function broken(
  clips: PrunedFolder['clips'],
  isKept: ReadonlySet<string>,
  setsOf: (clip: PrunedFolder['clips'][number]) => string | readonly string[],
  isBroken: (kept: number, all: number) => boolean,
): number {
  const counts = new Map<string, { kept: number; all: number }>();
  for (const clip of clips) {
    for (const set of new Set([setsOf(clip)].flat())) {
      const { kept, all } = counts.get(set) ?? { kept: 0, all: 0 };
      counts.set(set, { kept: kept + (isKept.has(clip.id) ? 1 : 0), all: all + 1 });
    }
  }
  return [...counts.values()].filter(({ kept, all }) => isBroken(kept, all)).length;
}
