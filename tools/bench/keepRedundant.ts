import { definePlugin, type PruneInput, z } from '@refrain/core';
import { fractionOption, orderByScore, ownFraction, rankingComponent, type Workplace } from '@refrain/pruners';

/** The other direction: what resembles another clip most stays, and what stands alone goes. It has to be worse than random. */
const keepRedundant = rankingComponent({
  name: 'keep-redundant',
  description: 'keeps the clips that resemble another one most: what pruning must not do',
  options: z.object({ fraction: fractionOption }),
  strategy: ({ fraction }) => ({
    rank: async (input, workplace) => ({
      order: orderByScore((await nearestSimilarities(input, workplace)).map((similarity) => -similarity)),
      ...ownFraction(input, fraction),
    }),
  }),
});

/** The cosine of each clip with the one that is most like it. */
async function nearestSimilarities({ embeddings }: PruneInput, { kernel, signal }: Workplace): Promise<Float64Array> {
  const points = await kernel.load(embeddings);
  try {
    return Float64Array.from((await points.nearest({ k: 1, signal })).similarities);
  } finally {
    await points.close();
  }
}

export default definePlugin({ pruner: [keepRedundant] });
