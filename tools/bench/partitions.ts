import { createHash } from 'node:crypto';
import { byCodeUnits, type Matrix, type PruningRule, type Random, shuffled } from '@refrain/core';
import { neededBy, type SimilarPairs, similarityOf, starCover } from '@refrain/core/pruning';

/** The part of each clip, 0 … parts − 1, at random: sizes differ by one at most. */
export function randomParts(clips: number, parts: number, random: Random): Int32Array {
  const part = new Int32Array(clips);
  for (const [place, clip] of shuffled(random, clips).entries()) part[clip] = place % parts;
  return part;
}

/** The part of each clip by the hash of its id, which needs no list of all clips. */
export function hashParts(ids: readonly string[], parts: number): Int32Array {
  return Int32Array.from(ids, (id) => createHash('sha256').update(id).digest().readUInt32LE(0) % parts);
}

/** Parts of whole groups, e.g. albums: the largest group first, each into the part that has fewest clips, of equals the first. */
export function groupParts(groups: readonly string[], parts: number): Int32Array {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const filled = new Array<number>(parts).fill(0);
  const partOf = new Map<string, number>();
  for (const [group, size] of [...sizes].sort((a, b) => b[1] - a[1] || byCodeUnits(a[0], b[0]))) {
    const part = filled.indexOf(Math.min(...filled));
    filled[part]! += size;
    partOf.set(group, part);
  }
  return Int32Array.from(groups, (group) => partOf.get(group)!);
}

/** All pairs of clips that reach a rule. */
export function pairsOf(embeddings: Matrix, rule: PruningRule): SimilarPairs {
  const found: { i: number; j: number; similarity: number }[] = [];
  for (let i = 0; i < embeddings.rows; i++) {
    for (let j = i + 1; j < embeddings.rows; j++) {
      const similarity = similarityOf(embeddings, i, j);
      if (similarity >= neededBy(rule, i, j)) found.push({ i, j, similarity });
    }
  }
  return columnsOf(found);
}

/** What is lost where only clips of one part are compared, by the same rule. */
export interface PartitionLoss {
  /** The share of the pairs whose clips lie in two parts. */
  readonly pairs: number;
  /** The share of the removals, at one clip of every group, that are not found any more. */
  readonly removals: number;
  /** The share of all clips that lie in the largest part. */
  readonly largest: number;
}

/** What parts lose of the pairs of the whole. NaN where there are none. */
export function lossOf(pairs: SimilarPairs, part: Int32Array): PartitionLoss {
  const inside: { i: number; j: number; similarity: number }[] = [];
  for (const [at, i] of pairs.i.entries()) {
    const j = pairs.j[at]!;
    if (part[i] === part[j]) inside.push({ i, j, similarity: pairs.similarity[at]! });
  }
  const sizes = new Map<number, number>();
  for (const one of part) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  return {
    pairs: 1 - inside.length / pairs.i.length,
    removals: 1 - removalsOf(columnsOf(inside), part.length) / removalsOf(pairs, part.length),
    largest: Math.max(...sizes.values()) / part.length,
  };
}

/** How many clips go when one of every redundancy group stays. */
export function removalsOf(pairs: SimilarPairs, clips: number): number {
  const leaders = starCover(clips, pairs, 'most-similar', () => true);
  return leaders.reduce((count, leader, clip) => count + (leader === clip ? 0 : 1), 0);
}

function columnsOf(pairs: readonly { i: number; j: number; similarity: number }[]): SimilarPairs {
  return {
    i: Uint32Array.from(pairs, ({ i }) => i),
    j: Uint32Array.from(pairs, ({ j }) => j),
    similarity: Float64Array.from(pairs, ({ similarity }) => similarity),
  };
}
