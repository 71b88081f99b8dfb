/** @import { Clusterer, Matrix, SimilarityKernel } from '@refrain/core' */
import { defineComponent, definePlugin, numberOption, z } from '@refrain/core';

/**
 * Clusters are the connected components of the pairs at or above a similarity; clips in no such pair are noise.
 * @param {{ similarity: number }} options
 * @param {SimilarityKernel} kernel
 * @returns {Clusterer}
 */
export function createClusterer({ similarity }, kernel) {
  return {
    name: 'my-clusterer',
    async cluster(embeddings) {
      const usable = usableRows(embeddings);
      const data = embeddings.data.map((value) => (Number.isFinite(value) ? value : 0));
      const points = await kernel.load({ ...embeddings, data });
      const floor = Float32Array.from(usable, (ok) => (ok ? similarity : Number.POSITIVE_INFINITY));
      const { i, j } = await points.pairsAbove({ floor });
      await points.close();
      const leaders = components(embeddings.rows, i, j);
      const sizes = new Map();
      for (const leader of leaders) sizes.set(leader, (sizes.get(leader) ?? 0) + 1);
      const clusters = new Map([...sizes].filter(([, size]) => size > 1).map(([leader], label) => [leader, label]));
      const labels = leaders.map((leader) => clusters.get(leader) ?? -1);
      return {
        labels,
        clusterCount: clusters.size,
        probabilities: Float32Array.from(labels, (label) => (label < 0 ? 0 : 1)),
      };
    },
  };
}

/** @param {Matrix} embeddings */
function usableRows({ data, rows, cols }) {
  return Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols).every(Number.isFinite));
}

/**
 * The lowest point of each point's component.
 * @param {number} count
 * @param {Uint32Array} i
 * @param {Uint32Array} j
 */
function components(count, i, j) {
  const parent = Int32Array.from({ length: count }, (_, index) => index);
  const root = (/** @type {number} */ index) => {
    let at = index;
    while (parent[at] !== at) at = Number(parent[at]);
    return at;
  };
  for (let pair = 0; pair < i.length; pair++) {
    const [a, b] = [root(Number(i[pair])), root(Number(j[pair]))];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  return parent.map((_, index) => root(index));
}

const component = defineComponent({
  name: 'my-clusterer',
  description: 'connected components of the pairs at or above a similarity',
  options: z.object({
    similarity: numberOption((n) => n.min(-1).max(1))
      .default(0.95)
      .describe('from which two clips are connected'),
  }),
  inject: ['kernel'],
  create: createClusterer,
});

export default definePlugin({ clusterer: [component] });
