import { setImmediate } from 'node:timers/promises';
import { dot, type Matrix, onGrid, rowOf, zeros } from '@refrain/core';

/** The centroid of each list of rows, `lists × dim`: their mean, brought to length 1; a mean of length 0 stays all zeros. */
export function centroids(embeddings: Matrix, lists: readonly Uint32Array[]): Matrix {
  const { data, cols } = embeddings;
  const result = zeros(lists.length, cols);
  for (const [list, rows] of lists.entries()) {
    const sum = new Float64Array(cols);
    for (const row of rows) for (let k = 0; k < cols; k++) sum[k]! += data[row * cols + k]!;
    const length = Math.hypot(...sum);
    if (length > 0) rowOf(result, list).set(sum.map((value) => value / length));
  }
  return result;
}

/**
 * `members` by their similarity to the centroid of all of them, those least like it first (`hard`) or those most like it (`easy`); ties by lower
 * index.
 */
export function byCentroid(embeddings: Matrix, members: Uint32Array, end: 'hard' | 'easy'): Uint32Array {
  const centroid = centroids(embeddings, [members]);
  const similarity = new Map(Array.from(members, (clip) => [clip, onGrid(dot(embeddings, clip, centroid, 0))]));
  const sign = end === 'hard' ? 1 : -1;
  return members.slice().sort((a, b) => sign * (similarity.get(a)! - similarity.get(b)!) || a - b);
}

/** The event loop gets a turn after so many comparisons of clips. */
const TURN = 2_000_000;

/**
 * A function to await after every so many comparisons: once enough have been made it gives the event loop a turn, so that a run can be stopped. It
 * rejects with the signal's reason where the work is aborted.
 */
export function turns(signal: AbortSignal): (comparisons: number) => Promise<void> {
  let done = 0;
  return async (comparisons) => {
    done += comparisons;
    if (done < TURN) return;
    done = 0;
    await setImmediate();
    signal.throwIfAborted();
  };
}
