import { defineComponent, definePlugin, numberOption, z } from '@refrain/core';

/** Clusters are the clips that pairs at or above a similarity connect; a clip without such a pair is in none. */
function connected({ similarity }, kernel) {
  const cluster = async (embeddings) => {
    const { data, rows, cols } = embeddings;
    const isUsable = Array.from({ length: rows }, (_, i) =>
      data.subarray(i * cols, (i + 1) * cols).every(Number.isFinite),
    );
    const points = await kernel.load({ rows, cols, data: data.map((value) => (Number.isFinite(value) ? value : 0)) });
    // From which similarity on the pairs of a row are asked for: of one that is no embedding, none.
    const pairs = await points.pairsAbove({ floor: Float32Array.from(isUsable, (ok) => (ok ? similarity : Infinity)) });
    await points.close();
    const parent = Int32Array.from(isUsable, (_, i) => i);
    const rootOf = (i) => (parent[i] === i ? i : rootOf(parent[i]));
    for (const k of pairs.i.keys()) {
      const [a, b] = [rootOf(pairs.i[k]), rootOf(pairs.j[k])];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
    const roots = Array.from(parent, (_, i) => rootOf(i));
    const named = [...new Set(roots.filter((root, i) => root !== i))].sort((a, b) => a - b);
    const labels = Int32Array.from(roots, (root) => named.indexOf(root));
    return {
      labels,
      clusterCount: named.length,
      probabilities: Float32Array.from(labels, (label) => (label < 0 ? 0 : 1)),
    };
  };
  return { name: 'connected', cluster };
}

export const connectedClusterer = defineComponent({
  name: 'connected',
  description: 'what pairs of similar clips connect',
  options: z.object({
    similarity: numberOption((n) => n.min(-1).max(1))
      .default(0.95)
      .describe('from which two clips are connected'),
  }),
  inject: ['kernel'],
  create: connected,
});

export default definePlugin({ clusterer: [connectedClusterer] });
