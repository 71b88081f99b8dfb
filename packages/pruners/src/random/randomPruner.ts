import { shuffled, z } from '@refrain/core';
import { ownFraction, rankingComponent } from '../ranking/rankingPruner.ts';
import { fractionOption } from '../ranking/strategy.ts';

/**
 * Keeps a uniformly random subset of `keepFraction` or else `fraction` of the clips, rounded half up: what every other strategy is compared
 * with. Subsets of one seed are nested. Removed clips name the most similar kept clip, which need not be similar at all (`unsupported`).
 */
export const random = rankingComponent({
  name: 'random',
  description: 'keeps a random subset: the baseline',
  options: z.object({ fraction: fractionOption }),
  strategy: ({ fraction }) => ({
    rank: (input) => ({
      // A fork, so that a pruner which ran before on the same generator changes nothing.
      order: shuffled(input.random.fork('random'), input.ids.length),
      ...ownFraction(input, fraction),
    }),
  }),
});
