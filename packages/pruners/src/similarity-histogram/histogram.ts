import { SIMILARITY_GRID } from '@refrain/core';

/** Steps of the similarity grid from 0 to 1. */
const GRID_STEPS = Math.round(1 / SIMILARITY_GRID);

/**
 * The bin of a similarity on the grid among `bins` equal ones over −1…1, each without its upper end but the last; −Infinity (no neighbour)
 * falls into the first.
 */
export function binOf(similarity: number, bins: number): number {
  if (!(similarity > -1)) return 0;
  // In whole grid steps, so that a similarity on an edge falls to the same side on every machine.
  const steps = Math.round(similarity * GRID_STEPS) + GRID_STEPS;
  return Math.min(bins - 1, Math.floor((steps * bins) / (2 * GRID_STEPS)));
}

/** What a removal does to the counts of a histogram: pairs of bin and change, by bin, none of them 0. */
export type Effect = readonly (readonly [bin: number, change: number])[];

/** The effect of taking one away from the bin `own` and moving one from `from` to `to` for each move. */
export function effectOf(own: number, moves: readonly (readonly [from: number, to: number])[]): Effect {
  const changes = new Map([[own, -1]]);
  for (const [from, to] of moves) {
    changes.set(from, (changes.get(from) ?? 0) - 1);
    changes.set(to, (changes.get(to) ?? 0) + 1);
  }
  return [...changes].filter(([, change]) => change !== 0).sort(([a], [b]) => a - b);
}

/**
 * A function that gives the Jensen-Shannon divergence in bits (Lin 1991, eq. 4.1) of the counts after an effect to the uniform distribution over
 * the bins marked in `target`. The counts sum to `total` afterwards. Its cost is that of the bins that change.
 */
export function divergenceAfter(counts: Float64Array, target: Uint8Array, total: number): (effect: Effect) => number {
  const share = 1 / target.reduce((sum, marked) => sum + marked, 0);
  const term = (bin: number, count: number) => part(count / total, target[bin] ? share : 0);
  let unchanged = 0;
  for (let bin = 0; bin < counts.length; bin++) unchanged += term(bin, counts[bin]!);
  return (effect) => {
    let divergence = unchanged;
    for (const [bin, change] of effect) divergence += term(bin, counts[bin]! + change) - term(bin, counts[bin]!);
    return divergence;
  };
}

/** What one bin adds to the divergence: ½·p·log₂(p/m) + ½·q·log₂(q/m), m = (p+q)/2. */
function part(p: number, q: number): number {
  const mean = (p + q) / 2;
  return ((p > 0 ? p * Math.log2(p / mean) : 0) + (q > 0 ? q * Math.log2(q / mean) : 0)) / 2;
}
