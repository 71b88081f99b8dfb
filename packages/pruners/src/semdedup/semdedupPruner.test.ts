import { dot, type PruneInput, readNpyMatrix, type SimilarityKernel, seededRandom } from '@refrain/core';
import { describeWithData, plainKernel, prunerOf, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { semdedup } from './semdedupPruner.ts';

const semdedupPruner = prunerOf(semdedup);

/** One cluster of clips in the plane at the given angles in degrees. */
function atAngles(degrees: readonly number[]): PruneInput {
  const rows = degrees.map((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]);
  return ofRows({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: 2 }, new Int32Array(rows.length));
}

function ofRows(embeddings: PruneInput['embeddings'], labels: Int32Array): PruneInput {
  return {
    ids: Array.from(labels, (_, i) => `clip-${String(i).padStart(3, '0')}`),
    embeddings,
    clustering: { labels, clusterCount: Math.max(...labels) + 1, probabilities: new Float32Array(labels.length) },
    random: seededRandom(0),
  };
}

const prune = (input: PruneInput, options: Parameters<typeof semdedupPruner>[0], kernel = plainKernel()) =>
  semdedupPruner(options, kernel).prune(input);

/** A kernel that knows every coordinate to 0.02 only, and says how far off that may be. */
function coarseKernel(): SimilarityKernel {
  return {
    name: 'coarse',
    async load(points) {
      const data = points.data.map((value) => Math.round(value / 0.04) * 0.04);
      const loaded = await plainKernel().load({ ...points, data });
      const error = 0.02 * Math.sqrt(points.cols);
      return {
        count: loaded.count,
        // |x·y − x′·y′| ≤ |x||y − y′| + |y′||x − x′|
        tolerance: error + error * (1 + error),
        tile: (rows, cols) => loaded.tile(rows, cols),
        nearest: (query) => loaded.nearest(query),
        histogram: (query) => loaded.histogram(query),
        scores: (query) => loaded.scores(query),
        pairsAbove: (query) => loaded.pairsAbove(query),
        pairsAlong: (query) => loaded.pairsAlong(query),
        close: () => loaded.close(),
      };
    },
  };
}

// A chain whose steps of 20° (cosine 0.940) are redundant at ε = 0.1 and whose ends, 60° apart, are not. The centroid is at 30°.
const CHAIN = [0, 20, 40, 60];

describe('semdedup', () => {
  it('removes what is like an earlier clip, a removed one too', async () => {
    // Hard first: 0 and 60 (cosine to the centroid 0.866, the lower index first), then 20 and 40, each 20° from one of those.
    const hard = await prune(atAngles(CHAIN), { epsilon: 0.1 });
    expect(Array.from(hard.keep)).toEqual([0, 3]);
    // Easy first: 20 stays; 40, 0 and 60 are 20° from 20, 20 and 40, and 60 has no kept partner.
    const { keep, removed } = await prune(atAngles(CHAIN), { epsilon: 0.1, whichToKeep: 'easy' });
    expect(Array.from(keep)).toEqual([1]);
    expect(removed.map(({ level, theta }) => [level, theta])).toEqual([
      ['redundant', 0.9],
      ['redundant', 0.9],
      ['unsupported', undefined],
    ]);
    expect(removed[2]!.similarity).toBeCloseTo(Math.cos((40 * Math.PI) / 180), 6);
  });

  it('leaves every removed clip a kept partner in its covered variant', async () => {
    const options = { variant: 'covered', whichToKeep: 'easy', epsilon: 0.1 } as const;
    const { keep, removed, decisions } = await prune(atAngles(CHAIN), options);
    // Farthest first from 20: 60 is 40° away, 0 and 40 are 20° away from one of the two.
    expect(Array.from(keep)).toEqual([1, 3]);
    expect(removed.map(({ index, partner, level, theta }) => [index, partner, level, theta])).toEqual([
      [0, 1, 'redundant', 0.9],
      [2, 1, 'redundant', 0.9],
    ]);
    expect(decisions).toMatchObject({ variant: 'covered', threshold: 0.9 });
  });

  it('says what a wanted size costs in its covered variant, and refuses one that leaves a cluster without a clip', async () => {
    const input = { ...atAngles(CHAIN), keepFraction: 0.25 };
    const { removed, decisions } = await prune(input, { variant: 'covered', whichToKeep: 'easy' });
    expect(decisions.threshold).toBe(Math.round(Math.cos((40 * Math.PI) / 180) * 1e6) / 1e6);
    expect(removed.every(({ theta, similarity }) => similarity >= theta! && theta === decisions.threshold)).toBe(true);
    const two = { ...input, clustering: { ...input.clustering, labels: Int32Array.of(0, 0, 1, 1), clusterCount: 2 } };
    await expect(prune(two, { variant: 'covered' })).rejects.toThrow(/2 must stay.*`keep` 0\.5/);
    expect((await prune(two, { variant: 'published' })).keep).toHaveLength(1);
  });

  it('compares inside clusters alone, and keeps noise when told', async () => {
    const input = atAngles([0, 0, 0, 0]);
    const labels = Int32Array.of(0, 1, -1, -1);
    const apart = { ...input, clustering: { ...input.clustering, labels, clusterCount: 2 } };
    expect(Array.from((await prune(apart, { epsilon: 0.1 })).keep)).toEqual([0, 1, 2]);
    expect((await prune(apart, { epsilon: 0.1, noise: 'keep' })).removed).toEqual([]);
    await expect(prune({ ...apart, keepFraction: 0.25 }, { noise: 'keep' })).rejects.toThrow(/noise/);
  });
});

describe('semdedup on a kernel that is far off', () => {
  // Clusters of clips on an arc of 20°, which a grid of 0.04 tells apart badly.
  const input = atAngles(Array.from({ length: 60 }, (_, i) => (i * 7.3) % 20));

  it.each([0.00002, 0.0005])('decides by what the embeddings are: ε = %d', async (epsilon) => {
    const published = { epsilon, variant: 'published' } as const;
    expect((await prune(input, published, coarseKernel())).keep).toEqual((await prune(input, published)).keep);
    const covered = { epsilon, variant: 'covered' } as const;
    const { keep, removed } = await prune(input, covered, coarseKernel());
    expect(keep).toEqual((await prune(input, covered)).keep);
    expect(removed.length).toBeGreaterThan(10);
    for (const { similarity, theta } of removed) expect(similarity).toBeGreaterThanOrEqual(theta!);
  });
});

describeWithData('golden/cluster', 'semdedup against a reference', () => {
  type Case = { readonly eps: number; readonly removed_semdedup: number[] };
  const cases = Object.entries(testDataJson<Record<string, Case>>('golden', 'cluster', 'semdedup.json'));
  const labelsOf = {
    kmeans: () =>
      testDataJson<Record<string, { labels: number[] }>>('golden', 'cluster', 'kmeans.json').unit_rows_k4!.labels,
    spherical: () => testDataJson<{ labels: number[] }>('golden', 'cluster', 'spherical_kmeans.json').labels,
  };
  const inputOf = async (name: string) => {
    const rows = await readNpyMatrix(testDataPath('golden', 'cluster', 'rows_500x64_f32.npy'));
    return ofRows(rows, Int32Array.from(labelsOf[name.split('/')[0] as keyof typeof labelsOf]()));
  };
  const endOf = (name: string) => name.split('/')[1] as 'hard' | 'easy';

  it.each(cases)('removes the same clips: %s', async (name, { eps, removed_semdedup }) => {
    const { removed } = await prune(await inputOf(name), { epsilon: eps, whichToKeep: endOf(name) });
    expect(removed.map(({ index }) => index)).toEqual(removed_semdedup);
  });

  it.each(cases)('leaves none uncovered in its covered variant: %s', async (name, { eps }) => {
    const input = await inputOf(name);
    const { keep, removed } = await prune(input, { epsilon: eps, whichToKeep: endOf(name), variant: 'covered' });
    expect(removed.length).toBeGreaterThan(100);
    const { labels } = input.clustering;
    for (const { index } of removed) {
      const partners = Array.from(keep).filter((kept) => labels[kept] === labels[index]);
      const most = Math.max(...partners.map((kept) => dot(input.embeddings, index, input.embeddings, kept)));
      expect(most).toBeGreaterThan(1 - eps - 1e-6);
    }
  });
});
