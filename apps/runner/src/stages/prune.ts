import {
  type ClipGroups,
  type Clusterer,
  type ClusterPruning,
  type PruneInput,
  type Pruner,
  type PruningAlternative,
  type Random,
  type Removal,
  type SimilarityKernel,
  takeRows,
} from '@refrain/core';
import {
  type ConstraintReport,
  type Constraints,
  constrain,
  DUPLICATE_THRESHOLD,
  type Duplicates,
  findDuplicates,
} from '@refrain/pruners';
import { namesIn, numbered } from './rules.ts';
import type { TrainSpace } from './space.ts';

/** What is known of each train clip besides its embedding; index i means clip i of the space. */
export interface TrainFacts {
  readonly audioHashes: readonly (string | undefined)[];
  readonly groups: readonly (ClipGroups | undefined)[];
  /** Names of the classes of each clip. */
  readonly labels: readonly (readonly string[])[];
  /** 1 for a clip too short to be compared by its embedding; absent where there is none. */
  readonly apart?: Uint8Array;
  /** Clips of one recording, by clip; absent where no fingerprints were taken. */
  readonly sameRecording?: ReadonlyMap<number, readonly number[]>;
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
  readonly alternatives?: readonly PruningAlternative[];
  /** What was asked of the kept clips, and what that changed; absent where nothing was. */
  readonly constraints?: Constraints;
  readonly report?: ConstraintReport;
}

/** How to prune. */
export interface PruneOptions {
  readonly duplicates: boolean;
  readonly keep: number | undefined;
  /** Whether clips in no cluster are clustered once more. */
  readonly recluster: boolean;
  /** What must hold for the kept clips; absent where nothing is asked. */
  readonly constraints?: Constraints;
  /** Which clip is kept rather: the higher number. */
  readonly preference?: Float64Array;
  readonly random: Random;
  readonly signal: AbortSignal;
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
  options: PruneOptions,
): Promise<PruneOutcome> {
  const duplicates = options.duplicates
    ? await findDuplicates(space.embeddings, facts.audioHashes, kernel, {
        ...(facts.sameRecording && { sameRecording: facts.sameRecording }),
        ...(facts.apart && { apart: facts.apart }),
      })
    : undefined;
  const { labels, probabilities } = await clusterRepresentatives(
    space,
    duplicates,
    clusterer,
    options.recluster,
    facts.apart,
  );
  const input: PruneInput = {
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
          ...(facts.sameRecording && { sameRecording: facts.sameRecording }),
        }),
    groups: facts.groups,
    ...(facts.labels.some((names) => names.length > 0) ? { labels: numbered(facts.labels) } : {}),
    ...(options.keep === undefined ? {} : { keepFraction: options.keep }),
    ...(facts.apart && { apart: facts.apart }),
    ...(options.preference === undefined ? {} : { preference: options.preference }),
    random: options.random,
  };
  const pruning = await pruner.prune(input);
  const { constraints, signal } = options;
  if (constraints === undefined) return { labels, probabilities, duplicates, ...pruning };
  const { thresholds } = pruning;
  const known = { ...input, classes: namesIn(facts.labels), ...(thresholds && { thresholds }) };
  return {
    labels,
    probabilities,
    duplicates,
    constraints,
    ...(await constrain(known, pruning, constraints, kernel, signal)),
  };
}

async function clusterRepresentatives(
  space: TrainSpace,
  duplicates: Duplicates | undefined,
  clusterer: Clusterer,
  recluster: boolean,
  apart: Uint8Array | undefined,
): Promise<{ labels: Int32Array; probabilities: Float32Array }> {
  const silent = new Set(space.silent);
  const everyone = duplicates?.representatives ?? Uint32Array.from({ length: space.ids.length }, (_, i) => i);
  // Silence is like nothing but silence, a moment of sound like too much: neither must become a cluster of its own or widen another.
  const representatives = everyone.filter((i) => !silent.has(i) && !apart?.[i]);
  const clustering = await clusterer.cluster(takeRows(space.embeddings, representatives));
  const labels = new Int32Array(space.ids.length).fill(-1);
  const probabilities = new Float32Array(space.ids.length);
  for (const [at, i] of representatives.entries()) {
    labels[i] = clustering.labels[at]!;
    probabilities[i] = clustering.probabilities[at]!;
  }
  const left = recluster ? representatives.filter((i) => labels[i]! < 0) : new Uint32Array();
  if (left.length > 1) {
    // What the denser clusters hid: without them, the rest has a density of its own.
    const again = await clusterer.cluster(takeRows(space.embeddings, left));
    for (const [at, i] of left.entries()) {
      if (again.labels[at]! < 0) continue;
      labels[i] = clustering.clusterCount + again.labels[at]!;
      probabilities[i] = again.probabilities[at]!;
    }
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
