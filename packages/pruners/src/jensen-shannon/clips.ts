import { indicesBy, onGrid, type PruneInput } from '@refrain/core';
import { areSameRecording, clustersOf, DUPLICATE_THRESHOLD, similarityOf, soundIdentical } from '@refrain/core/pruning';
import type { CheckedOptions } from './options.ts';

/** The clips of one cluster that is pruned. */
interface Cluster {
  /** Its label, −1 for noise. */
  readonly label: number;
  /** Ascending. */
  readonly members: Uint32Array;
}

/** What every step of the method needs to know about the clips, worked out once. */
export interface Clips {
  readonly input: PruneInput;
  readonly count: number;
  /** 1 for clips that resemble nothing but their copies: digital silence (a row of zeros), and those too short to be compared. */
  readonly excluded: Uint8Array;
  /** Pruned clusters by their first clip: the numbering of clusters means nothing. */
  readonly clusters: readonly Cluster[];
  /** Position of each clip's cluster in `clusters`; −1 for clips that are kept whatever they resemble. */
  readonly clusterOf: Int32Array;
  /** Clips of one number may be redundant with each other: of the pruned clusters those of one, or all. −1 for the others. */
  readonly scope: Int32Array;
  /** Whether a group may hold clips of several clusters. */
  readonly spansClusters: boolean;
  /** The clip that stands for each clip: the first of its copies, or the clip itself. */
  readonly representative: Uint32Array;
  /** The other copies that a representative stands for. */
  readonly copies: ReadonlyMap<number, readonly number[]>;
  /** Of clips with copies that went before: the rows of those in `input.beside.copies`. */
  readonly goneCopies: ReadonlyMap<number, readonly number[]>;
  /** Similarity, on the grid, from which two clips are copies. */
  readonly duplicateThreshold: number;
}

/** The clips of a checked input. Noise counts as one more cluster where it is pruned; else it is left alone. */
export function describeClips(input: PruneInput, { noise, scope }: Pick<CheckedOptions, 'noise' | 'scope'>): Clips {
  const { labels } = input.clustering;
  const clusters = [...clustersOf(labels)]
    .filter(([label]) => label >= 0 || noise === 'prune')
    .map(([label, members]) => ({ label, members }));
  const clusterOf = new Int32Array(labels.length).fill(-1);
  for (const [position, { members }] of clusters.entries()) for (const clip of members) clusterOf[clip] = position;
  const silent = silentRows(input);
  const excluded = silent.map((isSilent, clip) => isSilent | (input.excluded?.[clip] ?? 0));
  const duplicateThreshold = onGrid(input.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  const copies = copiesOf(input, silent, duplicateThreshold);
  const representative = Uint32Array.from(labels, (_, clip) => clip);
  for (const [first, others] of copies) for (const clip of others) representative[clip] = first;
  const goneCopies = indicesBy(input.beside?.copies.of ?? []);
  const count = labels.length;
  return {
    input,
    count,
    excluded,
    clusters,
    clusterOf,
    scope: scope === 'set' ? clusterOf.map((cluster) => Math.min(0, cluster)) : clusterOf,
    spansClusters: scope === 'set',
    representative,
    copies,
    goneCopies,
    duplicateThreshold,
  };
}

/**
 * The members of each duplicate set by the first of them. A member that is no copy of the first (a set may be a chain) starts a set of its
 * own, so that each one can go with the first as its proof. Silence has no similarity to prove by: there the set is believed.
 */
function copiesOf(input: PruneInput, silent: Uint8Array, threshold: number): Map<number, number[]> {
  const firstsOf = new Map<number, number[]>();
  const copies = new Map<number, number[]>();
  for (const [clip, set] of input.duplicateSet?.entries() ?? []) {
    if (set < 0) continue;
    const firsts = firstsOf.get(set) ?? [];
    firstsOf.set(set, firsts);
    const first = firsts.find(
      (candidate) =>
        soundIdentical(input, candidate, clip) ||
        areSameRecording(input, candidate, clip) ||
        (silent[candidate] === 1 && silent[clip] === 1) ||
        similarityOf(input.embeddings, candidate, clip) >= threshold,
    );
    if (first === undefined) firsts.push(clip);
    else if (copies.has(first)) copies.get(first)!.push(clip);
    else copies.set(first, [clip]);
  }
  return copies;
}

function silentRows({ embeddings }: PruneInput): Uint8Array {
  const { data, rows, cols } = embeddings;
  const silent = new Uint8Array(rows).fill(1);
  for (let at = 0; at < data.length; at++) if (data[at] !== 0) silent[Math.floor(at / cols)] = 0;
  return silent;
}
