import { numberOption, type PruneInput, shuffled, z } from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';
import { rankingComponent } from '../ranking/rankingPruner.ts';
import { orderByScore, type Ranking } from '../ranking/strategy.ts';

/** Clusters of more clips are drawn from at random. */
const LARGE = 5000;

const share = () => numberOption((schema) => schema.gt(0).max(1));

const firstSeventyPercentOptions = z.object({
  fraction: share().default(0.7).describe('share of each cluster to keep where `keep` is not given; more keeps more'),
  largeFraction: share()
    .default(0.5)
    .describe(`the same for clusters of more than ${LARGE} clips, whose kept clips are drawn at random`),
  minClusterSize: numberOption((schema) => schema.int().min(0))
    .default(10)
    .describe(
      'clusters of so many clips or fewer are kept whole, and of others so many clips at least; more keeps more',
    ),
});

type Options = z.output<typeof firstSeventyPercentOptions>;

/**
 * What the seed repository's prune_dataset.py really does (commit 6a2f167 and 2b88c60): its optimiser always fails, and the fallback keeps the
 * first ⌊0.7·n⌋ clips of every cluster, whatever `t` is; of clusters above 5,000 clips a random half; noise and clusters of up to
 * `minClusterSize` clips whole. Given its cluster labels, it rebuilds the index files that are committed there, but for the random half.
 *
 * "First" is by index, and so by id where callers sort clips by id; the seed's order was that of the dataset. For a wanted size clips go by
 * their place in their cluster, the last share of every cluster first; what the seed always keeps goes last.
 */
export const firstSeventyPercent = rankingComponent({
  name: 'first-seventy-percent',
  description: 'keeps the first 70 % of every cluster, as the seed really does',
  options: firstSeventyPercentOptions,
  strategy: (options) => ({ rank: (input) => rank(input, options) }),
});

function rank(input: PruneInput, options: Options): Ranking {
  const { fraction, largeFraction, minClusterSize } = options;
  const count = input.ids.length;
  const priority = shuffled(input.random.fork('first-seventy-percent'), count);
  const score = new Float64Array(count);
  let own = 0;
  for (const [label, members] of clustersOf(input.clustering.labels)) {
    const isWhole = label < 0 || members.length <= minClusterSize;
    const isLarge = !isWhole && members.length > LARGE;
    const ordered = isLarge ? members.slice().sort((a, b) => priority[a]! - priority[b]!) : members;
    // The product in floating point, as in the seed: 0.7 · 90 gives 62.
    const wanted = Math.floor((isLarge ? largeFraction : fraction) * members.length);
    const kept = isWhole ? members.length : Math.max(minClusterSize, wanted);
    own += kept;
    for (const [place, clip] of ordered.entries()) {
      // A share below 1, so that whole steps keep apart what always stays, what this fraction keeps and what it does not.
      const step = isWhole || place < minClusterSize ? 0 : place < kept ? 1 : 2;
      score[clip] = step + place / members.length;
    }
  }
  const size = input.keepFraction === undefined ? { fraction } : { fraction: input.keepFraction };
  return { order: orderByScore(score), own, decisions: { ...size, largeFraction, minClusterSize } };
}
