import type { PruneInput } from '@refrain/core';
import { clustersOf } from '../clusters.ts';

/** The clusters that a strategy works on, by their first clip, and the clips it leaves alone. */
export interface ClustersToPrune {
  /** Clips of each cluster, ascending. */
  readonly clusters: readonly Uint32Array[];
  /** 1 for noise that is kept whatever it resembles. */
  readonly fixed: Uint8Array;
  /** How many those are, and why they stay. */
  readonly least: { readonly count: number; readonly why: string };
}

/** Every cluster; noise is one more of them, or is left alone. */
export function clustersToPrune({ clustering: { labels } }: PruneInput, noise: 'prune' | 'keep'): ClustersToPrune {
  const fixed = Uint8Array.from(labels, (label) => (label < 0 && noise === 'keep' ? 1 : 0));
  const all = [...clustersOf(labels)];
  const clusters = all.filter(([label]) => label >= 0 || noise === 'prune').map(([, members]) => members);
  const count = fixed.reduce((sum, one) => sum + one, 0);
  return { clusters, fixed, least: { count, why: 'noise is kept (noise=keep)' } };
}
