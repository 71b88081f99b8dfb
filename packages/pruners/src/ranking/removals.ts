import { dot, largest, type Matrix, onGrid, type PruneInput, type Removal, takeRows } from '@refrain/core';
import { bestProof, clustersOf, keptCopies, worstPartner } from '@refrain/core/pruning';
import type { Removals, Workplace } from './strategy.ts';

/** Among so many kept clips that a kernel finds nearest, float64 decides which is. */
const CANDIDATES = 4;

/** A removed clip and the most similar kept one. */
interface NearestKept {
  readonly index: number;
  /** The kept clip, of equally similar ones the first. */
  readonly partner: number;
  /** On the grid. */
  readonly similarity: number;
}

/** For each row that is not kept, ascending, the most similar one that is. At least one row must be kept. */
async function nearestKept(
  embeddings: Matrix,
  isKept: Uint8Array,
  { kernel, signal }: Workplace,
): Promise<NearestKept[]> {
  const rows = Uint32Array.from(isKept.keys()).filter((clip) => !isKept[clip]);
  if (rows.length === 0) return [];
  const points = await kernel.load(embeddings);
  try {
    // Kept and removed clips as two components: the neighbours of a removed clip are then kept ones.
    const component = Int32Array.from(isKept);
    const { indices } = await points.nearest({ k: CANDIDATES, rows, component, signal });
    return Array.from(rows, (index, row) => {
      const candidates = indices.subarray(row * CANDIDATES, (row + 1) * CANDIDATES).filter((clip) => clip >= 0);
      const similarities = Array.from(candidates.sort(), (clip) => onGrid(dot(embeddings, index, embeddings, clip)));
      const similarity = largest(similarities);
      return { index, partner: candidates[similarities.indexOf(similarity)]!, similarity };
    });
  } finally {
    await points.close();
  }
}

/**
 * The removals of a strategy that does not look for a partner: each names the most similar kept clip, which need not be similar at all, or a kept
 * copy.
 */
export async function removalsByNearest(
  input: PruneInput,
  isKept: Uint8Array,
  workplace: Workplace,
): Promise<Removal[]> {
  const nearest = await nearestKept(input.embeddings, isKept, workplace);
  const keptCopy = keptCopies(input, isKept);
  return nearest.map(({ index, partner, similarity }) => {
    const where = { index, cluster: input.clustering.labels[index]!, group: -1 };
    const proof = bestProof(
      input,
      index,
      [...keptCopy(index), partner].sort((a, b) => a - b),
      () => 1,
    );
    return { ...where, ...(proof ?? { level: 'unsupported', partner, similarity }) };
  });
}

/** A removed clip and the most similar kept one of its cluster. */
type Pair = Pick<Removal, 'index' | 'cluster' | 'partner' | 'similarity'>;

/**
 * The removals of a strategy that lets clips go by their similarity to others of their cluster: each names the most similar kept one there. `theta`
 * is what that has to reach; without it, it is what the least similar one reaches. A clip whose partner does not reach it is `unsupported` and
 * names the most similar kept clip of all.
 */
export async function proveBySimilarity(
  input: PruneInput,
  isKept: Uint8Array,
  theta: number | undefined,
  workplace: Workplace,
): Promise<Removals> {
  const pairs = await nearestInClusters(input, isKept, theta, workplace);
  const reached = pairs.reduce((least, { similarity }) => Math.min(least, similarity), Infinity);
  const needed = theta ?? Math.min(1, reached);
  const proved = pairs.flatMap(({ index, cluster, partner }): Removal[] => {
    const proof = bestProof(input, index, [partner], () => needed);
    return proof === undefined ? [] : [{ index, cluster, group: -1, ...proof }];
  });
  const removed = [...proved, ...(await unproved(input, isKept, proved, workplace))].sort((a, b) => a.index - b.index);
  const worst = worstPartner(removed);
  return {
    removed,
    rule: { kind: 'constant', theta: needed },
    decisions: { threshold: needed, ...(worst < Infinity && { worstPartnerSimilarity: worst }) },
  };
}

async function nearestInClusters(
  { embeddings, clustering, excluded }: PruneInput,
  isKept: Uint8Array,
  theta: number | undefined,
  workplace: Workplace,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [cluster, all] of clustersOf(clustering.labels)) {
    // Nothing but a copy goes for a clip that is too short to be compared.
    const members = all.filter((clip) => !isKept[clip] || !excluded?.[clip]);
    const keptMembers = Uint8Array.from(members, (clip) => isKept[clip]!);
    if (!keptMembers.includes(1)) continue;
    for (const found of await nearestKept(takeRows(embeddings, members), keptMembers, workplace)) {
      const index = members[found.index]!;
      // Among many kept clips that are equal to float32, the kernel may have missed the one that reaches θ.
      const isMissed = theta !== undefined && found.similarity < theta;
      const kept = isMissed ? members.filter((clip) => isKept[clip]) : Uint32Array.of(members[found.partner]!);
      pairs.push({ index, cluster, ...mostSimilar(embeddings, index, kept) });
    }
  }
  return pairs;
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

async function unproved(
  input: PruneInput,
  isKept: Uint8Array,
  proved: readonly Removal[],
  workplace: Workplace,
): Promise<Removal[]> {
  const known = new Set(proved.map(({ index }) => index));
  if (isKept.every((kept, clip) => kept === 1 || known.has(clip))) return [];
  const all = await removalsByNearest(input, isKept, workplace);
  return all.filter(({ index }) => !known.has(index));
}
