import { type Matrix, rowOf, zeros } from '../matrix.ts';
import type { PruneInput } from '../pruner.ts';
import { type Random, seededRandom, shuffled } from '../random.ts';
import { normals } from './syntheticEvaluation.ts';

/** What a synthetic input is made of; every field may be left out. */
export interface SyntheticPruning {
  /** Number of clusters, default 4. */
  readonly clusters?: number;
  /** Tracks in each cluster and as many in the noise, default 5. */
  readonly tracks?: number;
  /** Most clips of a track, default 6: the first track of a cluster has 1, the next 2, and so on, then again from 1. */
  readonly clips?: number;
  /** How many clips have an exact copy, default 4. */
  readonly copies?: number;
  /** Dimensions, default 32. */
  readonly dim?: number;
  /** Default 1. */
  readonly seed?: number;
}

/**
 * An input for a pruner with known tracks: clips of one track have cosines of about 0.97, tracks of one cluster of about 0.73, clusters of
 * about 0. Reliabilities lie between 0.95 and 0.99. Clips are in random order, so that clusters and copies are scattered. The same
 * arguments give equal inputs.
 */
export function syntheticPruneInput(options: SyntheticPruning = {}): PruneInput {
  const { clusters = 4, tracks = 5, clips = 6, copies = 4, dim = 32, seed = 1 } = options;
  const random = seededRandom(`synthetic pruning ${seed}`);
  const made: { row: Float32Array; label: number; track: string; reliability: number; set: number }[] = [];
  for (let label = -1; label < clusters; label++) {
    const centre = direction(random, dim);
    for (let track = 0; track < tracks; track++) {
      const own = direction(random, dim);
      // Tracks of the noise share no centre.
      const base = label < 0 ? direction(random, dim) : centre;
      for (let clip = 0; clip <= track % clips; clip++) {
        const row = mixture([1, base], [0.6, own], [0.2, direction(random, dim)]);
        const reliability = 0.95 + 0.04 * random.uniform();
        made.push({ row, label, track: `track ${label}.${track}`, reliability, set: -1 });
      }
    }
  }
  const originals = Math.min(copies, made.length);
  const step = Math.floor(made.length / originals);
  for (let copy = 0; copy < originals; copy++) {
    const original = made[copy * step]!;
    original.set = copy;
    made.push({ ...original });
  }
  const order = Array.from(shuffled(random, made.length), (at) => made[at]!);
  const embeddings: Matrix = zeros(order.length, dim);
  for (const [i, { row }] of order.entries()) rowOf(embeddings, i).set(row);
  return {
    ids: order.map((_, i) => `clip-${String(i).padStart(6, '0')}`),
    embeddings,
    clustering: {
      labels: Int32Array.from(order, ({ label }) => label),
      clusterCount: clusters,
      probabilities: Float32Array.from(order, ({ label }) => (label < 0 ? 0 : 1)),
    },
    reliability: Float64Array.from(order, ({ reliability }) => reliability),
    duplicateSet: Int32Array.from(order, ({ set }) => set),
    audioIdentity: Int32Array.from(order, ({ set }) => set),
    groups: order.map(({ track }) => ({ track })),
    random: seededRandom(seed),
  };
}

/** A uniformly random unit vector: its coordinates before are normal. */
function direction(random: Random, dim: number): Float32Array {
  return mixture([1, normals(random, 1, dim).data]);
}

/** The weighted sum of vectors, brought to length 1. */
function mixture(...parts: readonly (readonly [number, Float32Array])[]): Float32Array {
  const sum = Float64Array.from(parts[0]![1], (_, k) =>
    parts.reduce((total, [weight, part]) => total + weight * part[k]!, 0),
  );
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => value / length);
}
