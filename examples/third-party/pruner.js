import { ConfigError, dot, onGrid } from '@refrain/core';

/** Takes the clips of each cluster in order: one as similar as `theta` to a kept one goes for it. Noise stays. */
export function firstCome({ theta }) {
  return { name: 'first-come', prune: async (input) => pruned(input, onGrid(theta)) };
}

function pruned({ ids, embeddings, clustering, keepFraction }, theta) {
  if (keepFraction !== undefined)
    throw new ConfigError('keep', 'first-come keeps what its theta says: give pruner.theta in place of keep.');
  const group = new Int32Array(ids.length).fill(-1);
  const leaders = Array.from({ length: clustering.clusterCount }, () => []);
  const [keep, removed] = [[], []];
  for (const [index, cluster] of clustering.labels.entries()) {
    const kept = cluster < 0 ? [] : leaders[cluster];
    const partner = mostSimilar(embeddings, index, kept);
    if (partner !== undefined && partner.similarity >= theta) {
      group[index] = group[partner.clip];
      const { clip, similarity } = partner;
      removed.push({ index, cluster, group: group[index], level: 'redundant', partner: clip, similarity, theta });
      continue;
    }
    group[index] = keep.length;
    keep.push(index);
    kept.push(index);
  }
  const sizes = (label) => clustering.labels.filter((one) => one === label).length;
  const clusters = leaders.map(({ length: kept }, label) => ({
    ...{ label, size: sizes(label), groups: kept, kept, divergenceBefore: 0, divergenceAfter: 0 },
  }));
  return {
    keep: Uint32Array.from(keep),
    ...{ removed, clusters, group, decisions: { theta } },
    // What `verify` holds every removal to.
    rule: { kind: 'constant', theta },
  };
}

/** The kept clip most similar to a clip, on the grid on which decisions are taken. */
function mostSimilar(embeddings, index, kept) {
  let best;
  for (const clip of kept) {
    const similarity = onGrid(dot(embeddings, index, embeddings, clip));
    if (best === undefined || similarity > best.similarity) best = { clip, similarity };
  }
  return best;
}
