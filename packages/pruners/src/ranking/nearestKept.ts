import { dot, largest, type Matrix, onGrid, type PruneInput, type Removal, type SimilarityKernel } from '@refrain/core';
import { bestProof, keptCopies } from '@refrain/core/pruning';

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
export async function nearestKept(
  embeddings: Matrix,
  isKept: Uint8Array,
  kernel: SimilarityKernel,
  signal: AbortSignal,
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
  kernel: SimilarityKernel,
  signal: AbortSignal,
): Promise<Removal[]> {
  const nearest = await nearestKept(input.embeddings, isKept, kernel, signal);
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
