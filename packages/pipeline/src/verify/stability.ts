import { ConfigError, type Matrix, type Random, rowOf, seededRandom, zeros } from '@refrain/core';
import { rowHash } from '@refrain/pruned-dataset';

/** How to disturb the embeddings. */
export interface StabilityOptions {
  /** Largest change of one component of a row, which has length 1. */
  readonly jitter: number;
  /** How many times. */
  readonly draws: number;
  readonly seed: number;
}

/** A choice of clips, and the same strategy to choose again from other rows of the same clips. */
export interface Repeatable {
  /** Row i is clip i. */
  readonly embeddings: Matrix;
  /** Indices of the clips that stay. */
  readonly keep: Uint32Array;
  prune(embeddings: Matrix): Promise<Uint32Array>;
}

/** Which choices changed in a sample of disturbed embeddings. */
export interface Stability {
  readonly jitter: number;
  /** How many draws gave a choice: those with which the options cannot be met are left out. */
  readonly draws: number;
  /** Indices of the clips that stayed in some draws and went in others, or went otherwise than without any change; ascending. */
  readonly changed: readonly number[];
}

/**
 * Prunes again from embeddings that are disturbed at random, and tells which clips' being kept changes in any draw. It is a sample and no
 * guarantee: a clip that is not named may change in a draw that was not made. Clusters and copies stay as they were found. Each row gets
 * noise that its content and the seed determine, so the order of clips does not matter and equal rows stay equal; rows of zeros stay.
 */
export async function sampleStability(
  { embeddings, keep, prune }: Repeatable,
  { jitter, draws, seed }: StabilityOptions,
): Promise<Stability> {
  const hashes = Array.from({ length: embeddings.rows }, (_, i) => rowHash(embeddings, i));
  const changed = new Set<number>();
  const before = new Set(keep);
  let done = 0;
  for (let draw = 0; draw < draws; draw++) {
    const random = seededRandom(seed).fork(`stability ${draw}`);
    const kept = await prune(disturbed(embeddings, hashes, jitter, random)).catch((error: unknown) => {
      if (error instanceof ConfigError) return undefined;
      throw error;
    });
    if (kept === undefined) continue;
    done++;
    const after = new Set(kept);
    for (const clip of [...before, ...after]) if (before.has(clip) !== after.has(clip)) changed.add(clip);
  }
  return { jitter, draws: done, changed: [...changed].sort((a, b) => a - b) };
}

/** The rows with uniform noise on every component, brought to length 1 again. */
function disturbed(embeddings: Matrix, hashes: readonly string[], jitter: number, random: Random): Matrix {
  const result = zeros(embeddings.rows, embeddings.cols);
  for (const [i, hash] of hashes.entries()) {
    const row = rowOf(embeddings, i);
    if (row.every((value) => value === 0)) continue;
    const own = random.fork(hash);
    const moved = Float64Array.from(row, (value) => value + jitter * (2 * own.uniform() - 1));
    const length = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0));
    rowOf(result, i).set(moved.map((value) => value / length));
  }
  return result;
}
