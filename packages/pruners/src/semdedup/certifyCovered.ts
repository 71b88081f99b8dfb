import { dot, type Matrix, onGrid, type PruneInput, type Removal, takeRows } from '@refrain/core';
import { clustersOf } from '../clusters.ts';
import { DUPLICATE_THRESHOLD } from '../duplicates/findDuplicates.ts';
import { inOneSet, soundIdentical } from '../proof.ts';
import { nearestKept } from '../ranking/nearestKept.ts';
import type { Removals, Workplace } from '../ranking/rankingPruner.ts';

/**
 * The kept partner of each removed clip, the most similar one in its cluster. θ is `limit`, or, for a wanted size, the similarity of the
 * least similar pair. The decisions are those that a rule `threshold` gives, so `refrain verify` checks θ by them.
 */
export async function certifyCovered(
  input: PruneInput,
  isKept: Uint8Array,
  limit: number,
  { kernel, signal }: Workplace,
): Promise<Removals> {
  const pairs: Pick<Removal, 'index' | 'cluster' | 'partner' | 'similarity'>[] = [];
  for (const [cluster, members] of clustersOf(input.clustering.labels)) {
    const keptMembers = Uint8Array.from(members, (clip) => isKept[clip]!);
    const nearest = await nearestKept(takeRows(input.embeddings, members), keptMembers, kernel, signal);
    for (const found of nearest) {
      const index = members[found.index]!;
      // Among many kept clips that are equal to float32, the kernel may have missed the one that reaches θ.
      const isMissed = input.keepFraction === undefined && found.similarity < limit;
      const kept = isMissed ? members.filter((clip) => isKept[clip]) : Uint32Array.of(members[found.partner]!);
      pairs.push({ index, cluster, ...mostSimilar(input.embeddings, index, kept) });
    }
  }
  const reached = pairs.reduce((least, { similarity }) => Math.min(least, similarity), Infinity);
  const theta = input.keepFraction === undefined || pairs.length === 0 ? limit : reached;
  const copy = onGrid(input.duplicateThreshold ?? DUPLICATE_THRESHOLD);
  const removed = pairs.map((pair): Removal => {
    const { index, partner, similarity } = pair;
    if (soundIdentical(input, index, partner)) {
      return { ...pair, group: -1, level: 'identical', theta: Math.min(theta, copy) };
    }
    const isCopy = inOneSet(input, index, partner) || similarity >= copy;
    if (isCopy) return { ...pair, group: -1, level: 'near-identical', theta: Math.min(theta, copy) };
    return { ...pair, group: -1, level: 'redundant', theta };
  });
  return {
    removed: removed.sort((a, b) => a.index - b.index),
    decisions: {
      theta: 'threshold',
      threshold: theta,
      kappaUsed: 1,
      ...(pairs.length > 0 && { worstPartnerSimilarity: reached }),
    },
  };
}

/** The clip of `candidates` most similar to another, of equals the first. */
function mostSimilar(
  embeddings: Matrix,
  clip: number,
  candidates: Uint32Array,
): Pick<Removal, 'partner' | 'similarity'> {
  let best = { partner: -1, similarity: -Infinity };
  for (const partner of candidates) {
    const similarity = onGrid(dot(embeddings, clip, embeddings, partner));
    if (similarity > best.similarity) best = { partner, similarity };
  }
  return best;
}
