import {
  dot,
  type LoadedPoints,
  type Matrix,
  numberOption,
  onGrid,
  type PruneInput,
  type SimilarityKernel,
  takeRows,
  z,
} from '@refrain/core';
import { farthestFirst } from '../ranking/farthestFirst.ts';
import { byCentroid } from '../ranking/orders.ts';
import { rankingComponent } from '../ranking/rankingPruner.ts';
import { proveBySimilarity } from '../ranking/removals.ts';
import { clustersToPrune, noiseOption, orderByScore, type Ranking, type Workplace } from '../ranking/strategy.ts';

const semdedupOptions = z.object({
  epsilon: numberOption((schema) => schema.min(0).max(1))
    .default(0.05)
    .describe('clips more similar than 1 − epsilon are redundant where `keep` is not given; more removes more'),
  variant: z
    .enum(['published', 'covered'])
    .default('published')
    .describe(
      'compare with all clips before, removed ones too, or with kept clips alone, so that each removed one has a kept partner',
    ),
  whichToKeep: z
    .enum(['hard', 'easy'])
    .default('hard')
    .describe('begin with the clips least like the centroid of their cluster (hard) or most like it (easy)'),
  noise: noiseOption,
});

type Options = z.output<typeof semdedupOptions>;

/**
 * SemDeDup (Abbas, Tirumala, Simig, Ganguli & Morcos 2023, section 3 and algorithm 1): clips of a cluster are sorted by their similarity to its
 * centroid, and a clip goes when its greatest similarity to one before it is above 1 − ε.
 *
 * `published` compares with removed clips too, as the authors' code does, so a removed clip may lack a kept partner at 1 − ε (`unsupported`). `covered`
 * compares with kept ones alone. In the order of SemDeDup that would make kept sets that are not nested in ε, so it takes clips farthest
 * first (Gonzalez 1985) from the same end on; every removed clip then has a kept partner in its cluster at 1 − ε or above (`redundant`).
 * A wanted size takes the clips of the greatest similarity first. Time grows with the square of the clusters' sizes, memory does not.
 */
export const semdedup = rankingComponent({
  name: 'semdedup',
  description: 'removes clips more similar than 1 − epsilon to one before them in their cluster (Abbas et al. 2023)',
  options: semdedupOptions,
  strategy: (options) => ({
    rank: (input, workplace) => rank(input, options, workplace),
    remove: (input, isKept, workplace, { similarity }) => {
      const wanted = options.variant === 'covered' ? undefined : leastSimilar(similarity!, isKept);
      const theta = input.keepFraction === undefined ? onGrid(1 - options.epsilon) : wanted;
      return proveBySimilarity(input, isKept, theta, workplace);
    },
  }),
});

async function rank(input: PruneInput, options: Options, workplace: Workplace): Promise<Ranking> {
  const { epsilon, variant, whichToKeep, noise } = options;
  const { clusters, fixed, least } = clustersToPrune(input, noise);
  const score = new Float64Array(input.ids.length).fill(-Infinity);
  for (const members of clusters) {
    const ordered = byCentroid(input.embeddings, members, whichToKeep);
    const { order, similarity } = await similarities(input, ordered, variant, workplace);
    for (const [place, clip] of order.entries()) score[clip] = similarity[place]!;
  }
  const limit = onGrid(1 - epsilon);
  // A cluster without a kept clip has no partner for those removed.
  const anchors = { count: clusters.length + least.count, why: 'one clip of each cluster, and noise that is kept' };
  return {
    order: orderByScore(score, fixed),
    own: score.reduce((count, similarity) => count + (similarity <= limit ? 1 : 0), 0),
    least: variant === 'covered' ? anchors : least,
    similarity: score,
    decisions: {
      variant,
      whichToKeep,
      ...(input.keepFraction === undefined ? { epsilon } : { fraction: input.keepFraction }),
    },
  };
}

/** Of the removed clips, the least similarity that one went for; 1 where none went for any. */
function leastSimilar(similarity: Float64Array, isKept: Uint8Array): number {
  return similarity.reduce(
    (least, value, clip) => (isKept[clip] || value === -Infinity ? least : Math.min(least, value)),
    1,
  );
}

async function similarities(
  { embeddings }: PruneInput,
  ordered: Uint32Array,
  variant: Options['variant'],
  workplace: Workplace,
): Promise<{ order: Uint32Array; similarity: Float64Array }> {
  if (variant === 'covered') return farthestFirst(embeddings, ordered, workplace);
  const { kernel, signal } = workplace;
  return { order: ordered, similarity: await greatestEarlier(embeddings, ordered, kernel, signal) };
}

/** Rows and columns of a tile: 4 MB of similarities at a time. */
const TILE = 1024;

/**
 * The greatest similarity of each clip of `ordered` to one before it, on the grid; −Infinity for the first. The kernel proposes and float64
 * decides. Takes n²/2 similarities and the memory of a few tiles.
 */
export async function greatestEarlier(
  embeddings: Matrix,
  ordered: Uint32Array,
  kernel: SimilarityKernel,
  signal: AbortSignal,
): Promise<Float64Array> {
  const greatest = new Float64Array(ordered.length).fill(-Infinity);
  if (ordered.length < 2) return greatest;
  const rows = takeRows(embeddings, ordered);
  const points = await kernel.load(rows);
  try {
    for (let start = 0; start < ordered.length; start += TILE) {
      for (let before = 0; before <= start; before += TILE) {
        signal.throwIfAborted();
        await raise(greatest, rows, points, before, start);
      }
    }
  } finally {
    await points.close();
  }
  return greatest.map(onGrid);
}

/** Takes the rows from `before` on into account for those from `start` on. */
async function raise(
  greatest: Float64Array,
  rows: Matrix,
  points: LoadedPoints,
  before: number,
  start: number,
): Promise<void> {
  const earlier = { start: before, end: Math.min(before + TILE, rows.rows) };
  const later = { start, end: Math.min(start + TILE, rows.rows) };
  const tile = await points.tile(earlier, later);
  const width = later.end - later.start;
  for (let i = earlier.start; i < earlier.end; i++) {
    for (let j = Math.max(later.start, i + 1); j < later.end; j++) {
      const proposed = tile[(i - earlier.start) * width + (j - later.start)]! + points.tolerance;
      // Copies have nothing above them, and would else be compared exactly with every other copy.
      if (proposed <= greatest[j]! || greatest[j]! >= 1) continue;
      greatest[j] = Math.max(greatest[j]!, dot(rows, i, rows, j));
    }
  }
}
