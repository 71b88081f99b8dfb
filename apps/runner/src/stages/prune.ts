import {
  type ClipGroups,
  type Clusterer,
  type ClusterPruning,
  type Pruner,
  type Random,
  type Removal,
  type SimilarityKernel,
  takeRows,
} from '@refrain/core';
import { DUPLICATE_THRESHOLD, type Duplicates, findDuplicates } from '@refrain/pruners';
import type { TrainSpace } from './space.ts';

/** What is known of each train clip besides its embedding; index i means clip i of the space. */
export interface TrainFacts {
  readonly audioHashes: readonly (string | undefined)[];
  readonly groups: readonly (ClipGroups | undefined)[];
  /** Names of the classes of each clip. */
  readonly labels: readonly (readonly string[])[];
}

/** Which clips stay, and everything that explains it; index i means clip i of the space. */
export interface PruneOutcome {
  readonly labels: Int32Array;
  readonly probabilities: Float32Array;
  readonly duplicates: Duplicates | undefined;
  readonly keep: Uint32Array;
  readonly removed: readonly Removal[];
  readonly group: Int32Array;
  readonly clusters: readonly ClusterPruning[];
  readonly decisions: Readonly<Record<string, number | string>>;
}

/** The components that decide. */
export interface PruneComponents {
  readonly kernel: SimilarityKernel;
  readonly clusterer: Clusterer;
  readonly pruner: Pruner;
}

/**
 * Duplicates, clusters, pruning. Copies go through clustering as one clip and get its label. The space is sorted by clip id,
 * so ties are decided by id and the result does not depend on the dataset's order.
 */
export async function pruneSpace(
  space: TrainSpace,
  facts: TrainFacts,
  { kernel, clusterer, pruner }: PruneComponents,
  options: { readonly duplicates: boolean; readonly keep: number | undefined; readonly random: Random },
): Promise<PruneOutcome> {
  const duplicates = options.duplicates ? await findDuplicates(space.embeddings, facts.audioHashes, kernel) : undefined;
  const { labels, probabilities } = await clusterRepresentatives(space, duplicates, clusterer);
  const pruning = await pruner.prune({
    ids: space.ids,
    embeddings: space.embeddings,
    clustering: { labels, probabilities, clusterCount: labels.reduce((most, label) => Math.max(most, label), -1) + 1 },
    ...(space.reliability === undefined ? {} : { reliability: space.reliability }),
    ...(duplicates === undefined
      ? {}
      : {
          duplicateSet: duplicates.duplicateSet,
          audioIdentity: duplicates.audioIdentity,
          duplicateThreshold: DUPLICATE_THRESHOLD,
        }),
    groups: facts.groups,
    ...(facts.labels.some((names) => names.length > 0) ? { labels: numbered(facts.labels) } : {}),
    ...(options.keep === undefined ? {} : { keepFraction: options.keep }),
    random: options.random,
  });
  return { labels, probabilities, duplicates, ...pruning };
}

/** Class names as numbers, in the order of the names. */
function numbered(labels: readonly (readonly string[])[]): number[][] {
  const number = new Map([...new Set(labels.flat())].sort().map((name, i) => [name, i]));
  return labels.map((names) => names.map((name) => number.get(name)!));
}

async function clusterRepresentatives(
  space: TrainSpace,
  duplicates: Duplicates | undefined,
  clusterer: Clusterer,
): Promise<{ labels: Int32Array; probabilities: Float32Array }> {
  const silent = new Set(space.silent);
  const everyone = duplicates?.representatives ?? Uint32Array.from({ length: space.ids.length }, (_, i) => i);
  // Silence is like nothing but silence: it must not become a cluster of its own or widen another.
  const representatives = everyone.filter((i) => !silent.has(i));
  const clustering = await clusterer.cluster(takeRows(space.embeddings, representatives));
  const labels = new Int32Array(space.ids.length).fill(-1);
  const probabilities = new Float32Array(space.ids.length);
  for (const [at, i] of representatives.entries()) {
    labels[i] = clustering.labels[at]!;
    probabilities[i] = clustering.probabilities[at]!;
  }
  const ofSet = new Map<number, number>();
  for (const i of duplicates === undefined ? [] : everyone) ofSet.set(duplicates!.duplicateSet[i]!, i);
  for (let i = 0; i < labels.length; i++) {
    const set = duplicates?.duplicateSet[i] ?? -1;
    if (set < 0) continue;
    labels[i] = labels[ofSet.get(set)!]!;
    probabilities[i] = probabilities[ofSet.get(set)!]!;
  }
  return { labels, probabilities };
}
