import type { PruneInput } from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';

/** The clusters that a strategy works on, by their first clip, and the clips it leaves alone. */
export interface ClustersToPrune {
  /** Clips of each cluster, ascending; none is empty. */
  readonly clusters: readonly Uint32Array[];
  /** 1 for clips that are kept whatever they resemble: noise that is kept, and clips too short to be compared. */
  readonly fixed: Uint8Array;
  /** How many those are, and why they stay. */
  readonly least: { readonly count: number; readonly why: string };
}

/** Every cluster; noise is one more of them, or is left alone. Clips too short to be compared are left alone. */
export function clustersToPrune(
  { clustering: { labels }, apart }: Pick<PruneInput, 'clustering' | 'apart'>,
  noise: 'prune' | 'keep',
): ClustersToPrune {
  const fixed = Uint8Array.from(labels, (label, clip) => ((label < 0 && noise === 'keep') || apart?.[clip] ? 1 : 0));
  const clusters = Array.from(clustersOf(labels).values(), (members) => members.filter((clip) => !fixed[clip]));
  const count = fixed.reduce((sum, one) => sum + one, 0);
  const why = ['noise is kept (noise=keep)', ...(apart ? ['clips too short to be compared stay'] : [])].join(', ');
  return { clusters: clusters.filter((members) => members.length > 0), fixed, least: { count, why } };
}
