import { ConfigError, onGrid, type PruneInput, type Pruning, quietHost, seededRandom } from '@refrain/core';
import { plainKernel, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JensenShannonPruner } from './jensenShannonPruner.ts';
import type { JensenShannonOptions } from './options.ts';

const prune = (input: PruneInput, options: JensenShannonOptions = {}) =>
  new JensenShannonPruner(options, plainKernel()).prune(input);

/** An input of rows in the plane at the given angles, in degrees, in one cluster; NaN is silence. */
function atAngles(degrees: readonly number[], extra: Partial<PruneInput> = {}): PruneInput {
  const radians = degrees.map((angle) => (angle * Math.PI) / 180);
  const rows = radians.map((angle) => (Number.isNaN(angle) ? [0, 0] : [Math.cos(angle), Math.sin(angle)]));
  return {
    ids: degrees.map((_, i) => `clip-${i}`),
    embeddings: { data: Float32Array.from(rows.flat()), rows: rows.length, cols: 2 },
    clustering: {
      labels: new Int32Array(rows.length),
      clusterCount: 1,
      probabilities: new Float32Array(rows.length).fill(1),
    },
    random: seededRandom(0),
    ...extra,
  };
}

/** All of a result that does not name a cluster. */
function choiceOf({ keep, removed, decisions }: Pruning) {
  return { keep, removed: removed.map(({ cluster, ...removal }) => removal), decisions };
}

describe('jensen-shannon', () => {
  testPruner((kernel) => new JensenShannonPruner({}, kernel));
  describe('at t = 1', () => testPruner((kernel) => new JensenShannonPruner({ t: 1 }, kernel)));
  describe('inside clusters', () =>
    testPruner((kernel) => new JensenShannonPruner({ scope: 'cluster', t: 1 }, kernel)));
  describe('by reliability alone', () =>
    testPruner((kernel) => new JensenShannonPruner({ theta: 'reliability' }, kernel)));
  describe('by false discovery rate', () => testPruner((kernel) => new JensenShannonPruner({ theta: 'fdr' }, kernel)));
  describe('by a cosine', () => testPruner((kernel) => new JensenShannonPruner({ threshold: 0.9 }, kernel)));
  describe('by a negative cosine', () => testPruner((kernel) => new JensenShannonPruner({ threshold: -0.5 }, kernel)));
  describe('with noise kept', () => testPruner((kernel) => new JensenShannonPruner({ noise: 'keep' }, kernel)));

  describe('by t', () => {
    it('keeps all at 0 and the leader of each group at 1', async () => {
      const input = syntheticPruneInput();
      expect((await prune(input, { t: 0 })).removed).toEqual([]);
      const { keep, group, decisions } = await prune(input, { t: 1 });
      expect(Array.from(keep, (clip) => group[clip]!).sort((a, b) => a - b)).toEqual(
        [...new Set(group)].sort((a, b) => a - b),
      );
      expect(decisions.groups).toBe(keep.length);
      expect(keep.length).toBeLessThan(0.7 * input.ids.length);
    });

    it('keeps nested sets as t grows', async () => {
      for (const seed of [1, 2, 3]) {
        const input = syntheticPruneInput({ seed, clusters: 2, tracks: 7, clips: 7 });
        let before = Array.from(input.ids.keys());
        for (let step = 0; step <= 50; step++) {
          const keep = Array.from((await prune(input, { t: step / 50, threshold: 0.94 })).keep);
          expect(before).toEqual(expect.arrayContaining(keep));
          before = keep;
        }
      }
    });

    it('keeps K = G + (n − G)·a(t) of a cluster, to the nearest', async () => {
      // Three groups of 1, 2 and 5 clips: n = 8, R = 8/3, a(½) = 3/11, K = 3 + 15/11 = 4.36.
      const input = atAngles([0, 20, 21, 40, 41, 42, 43, 44]);
      const { keep, clusters } = await prune(input, { t: 0.5, threshold: Math.cos((5 * Math.PI) / 180) });
      expect(keep.length).toBe(4);
      expect(clusters).toMatchObject([{ label: 0, size: 8, groups: 3, kept: 4 }]);
      expect(clusters[0]!.divergenceAfter).toBeLessThan(clusters[0]!.divergenceBefore);
    });

    it('brings a large cluster to its target', async () => {
      const input = syntheticPruneInput({ clusters: 1, tracks: 20, clips: 20, copies: 0 });
      for (const { divergenceBefore, divergenceAfter } of (await prune(input, { t: 0.3, threshold: 0.9 })).clusters) {
        expect(divergenceAfter).toBeLessThan(0.005);
        expect(divergenceAfter).toBeLessThan(divergenceBefore / 2);
      }
    });
  });

  describe('its groups', () => {
    it('are the tracks, where the threshold lies between tracks and clips', async () => {
      const input = syntheticPruneInput({ copies: 0 });
      const { group } = await prune(input, { threshold: 0.9 });
      const tracks = input.groups!.map((one) => one?.track);
      const pairs = new Set(tracks.map((track, clip) => `${track} ${group[clip]}`));
      expect(pairs.size).toBe(new Set(tracks).size);
      expect(pairs.size).toBe(new Set(group).size);
    });

    it('do not depend on how clusters are numbered', async () => {
      const numberings = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 4, maxLength: 4 });
      const settings = fc.constantFrom<Partial<PruneInput>>({}, { keepFraction: 0.6 }, { keepFraction: 0.3 });
      await fc.assert(
        fc.asyncProperty(numberings, settings, async (numbering, setting) => {
          const input = { ...syntheticPruneInput(), ...setting };
          const labels = input.clustering.labels.map((label) => (label < 0 ? -1 : numbering[label]!));
          const renumbered = { ...input, clustering: { ...input.clustering, labels, clusterCount: 7 } };
          expect(choiceOf(await prune(renumbered))).toEqual(choiceOf(await prune(input)));
        }),
        { numRuns: 15 },
      );
    });

    it('do not depend on the last bits of embeddings', async () => {
      const input = syntheticPruneInput({ seed: 6 });
      const random = seededRandom('last bits');
      const data = input.embeddings.data.map((value) => value * (1 + 2e-7 * (random.uniform() - 0.5)));
      const nudged = { ...input, embeddings: { ...input.embeddings, data } };
      // Tracks are far from this threshold, so that only order within groups could change.
      const [a, b] = [await prune(input, { threshold: 0.9 }), await prune(nudged, { threshold: 0.9 })];
      expect(b.keep).toEqual(a.keep);
      expect(b.removed.map(({ index, partner }) => [index, partner])).toEqual(
        a.removed.map(({ index, partner }) => [index, partner]),
      );
    });
  });

  describe('over the whole set', () => {
    // Two bunches of three and two clips; the cluster boundary goes through the first.
    const input = atAngles([0, 1, 2, 40, 41]);
    const labels = Int32Array.of(0, 0, 1, 1, -1);
    const across = { ...input, clustering: { ...input.clustering, labels, clusterCount: 2 } };
    const threshold = Math.cos((1.5 * Math.PI) / 180);

    it('cross the boundaries of clusters, and belong to that of their leader', async () => {
      const { removed, group, clusterOfGroup, clusters } = await prune(across, { t: 1, threshold });
      // Clip 1 has two neighbours, and leads; of 3 and 4 the first does.
      expect(Array.from(group)).toEqual([0, 0, 0, 1, 1]);
      expect(Array.from(clusterOfGroup!)).toEqual([0, 1]);
      expect(removed.map(({ index, partner, cluster }) => [index, partner, cluster])).toEqual([
        [0, 1, 0],
        [2, 1, 1],
        [4, 3, -1],
      ]);
      expect(clusters).toMatchObject([
        { label: -1, size: 1, groups: 0, kept: 0, divergenceBefore: 0, divergenceAfter: 0 },
        { label: 0, size: 2, groups: 1, kept: 1 },
        { label: 1, size: 2, groups: 1, kept: 1 },
      ]);
    });

    it('stay inside them where that is asked for', async () => {
      const { group, clusterOfGroup } = await prune(across, { t: 1, threshold, scope: 'cluster' });
      expect(Array.from(group)).toEqual([0, 0, 1, 2, 3]);
      expect(clusterOfGroup).toBeUndefined();
    });

    it('leave out noise that is kept', async () => {
      const { keep, group } = await prune(across, { t: 1, threshold, noise: 'keep' });
      expect(Array.from(group)).toEqual([0, 0, 0, 1, -1]);
      expect(Array.from(keep)).toEqual([1, 3, 4]);
    });

    it('are thinned out by the quotas of the cluster that they belong to', async () => {
      // Both groups of cluster 0, of 1 and 3 clips: n = 4, G = 2, a(½) = ⅓, so one of three and two thirds of a clip more stay.
      const { keep, clusters } = await prune(
        {
          ...atAngles([0, 1, 2, 60]),
          clustering: { ...input.clustering, labels: Int32Array.of(1, 0, 1, 0), clusterCount: 2 },
        },
        { t: 0.5, threshold },
      );
      expect(keep.length).toBe(3);
      expect(clusters).toMatchObject([
        { label: 0, groups: 2, kept: 2 },
        { label: 1, groups: 0, kept: 1 },
      ]);
    });
  });

  describe('copies', () => {
    const pair = { duplicateSet: Int32Array.of(0, -1, 0, -1), audioIdentity: Int32Array.of(4, -1, 4, -1) };

    it('can go at any threshold, and the certificate says that their audio is equal', async () => {
      const { removed } = await prune(atAngles([0, 30, 0, 60], pair), { t: 1, threshold: 1 });
      expect(removed).toEqual([
        { index: 2, cluster: 0, group: 0, level: 'identical', partner: 0, similarity: 1, theta: 0.9999 },
      ]);
    });

    it('of silence can go, without a similarity; silence itself is like nothing', async () => {
      const { removed } = await prune(atAngles([Number.NaN, Number.NaN, Number.NaN, 0], pair), { t: 1, threshold: 0 });
      expect(removed).toEqual([{ index: 2, cluster: 0, group: 0, level: 'identical', partner: 0, similarity: 0 }]);
      const { audioIdentity, ...onlySet } = pair;
      const believed = await prune(atAngles([Number.NaN, Number.NaN, Number.NaN, 0], onlySet), { t: 1 });
      expect(believed.removed).toMatchObject([{ index: 2, level: 'near-identical', partner: 0, similarity: 0 }]);
    });

    it('join a leader all or none', async () => {
      // Clip 0 is within 5° of 1 and 2; clip 3 is a copy of 1 at 0.5°, and further than 5° from clip 0.
      const copies = { duplicateSet: Int32Array.of(-1, 0, -1, 0) };
      const threshold = Math.cos((5 * Math.PI) / 180);
      const together = await prune(atAngles([0, 4, -4, 4.5], copies), { t: 1, threshold });
      expect(Array.from(together.group)).toEqual([0, 0, 0, 0]);
      const apart = await prune(atAngles([0, 4.8, -4, 5.3], copies), { t: 1, threshold });
      expect(Array.from(apart.group)).toEqual([0, 1, 0, 1]);
      expect(apart.removed).toMatchObject([
        { index: 2, level: 'redundant', theta: onGrid(threshold) },
        { index: 3, level: 'near-identical', partner: 1, theta: onGrid(threshold) },
      ]);
    });

    it('that are only a chain are taken apart', async () => {
      // 0.7° apart is a copy (cos 0.99993), 1.4° is none (0.9997).
      const chain = atAngles([0, 0.7, 1.4], { duplicateSet: Int32Array.of(0, 0, 0) });
      const { keep, removed } = await prune(chain, { t: 1, threshold: 1 });
      expect(Array.from(keep)).toEqual([0, 2]);
      expect(removed).toMatchObject([{ index: 1, partner: 0, level: 'near-identical', theta: 0.9999 }]);
    });
  });

  describe('noise', () => {
    const isNoise = (input: PruneInput) => (clip: number) => input.clustering.labels[clip]! < 0;

    it('is pruned like a cluster, or kept whole', async () => {
      const input = syntheticPruneInput();
      const pruned = await prune(input, { t: 1, noise: 'prune' });
      const kept = await prune(input, { t: 1, noise: 'keep' });
      expect(pruned.removed.some(({ cluster }) => cluster === -1)).toBe(true);
      expect(kept.removed.some(({ cluster }) => cluster === -1)).toBe(false);
      expect(kept.keep.filter(isNoise(input))).toHaveLength(
        input.clustering.labels.filter((label) => label < 0).length,
      );
      expect(kept.clusters[0]).toMatchObject({ label: -1, groups: 0, divergenceAfter: 0 });
    });

    it('kept whole counts towards the wanted number', async () => {
      const input = { ...syntheticPruneInput(), keepFraction: 0.6 };
      expect((await prune(input, { noise: 'keep' })).keep.length).toBe(Math.round(0.6 * input.ids.length));
      await expect(prune({ ...input, keepFraction: 0.1 }, { noise: 'keep' })).rejects.toThrow(/at least `keep` 0\.\d+/);
    });
  });

  describe('by a wanted fraction', () => {
    const told: string[] = [];
    const host = quietHost({ notice: (message) => told.push(message) });
    const keepFraction = async (fraction: number, input = syntheticPruneInput()) => {
      told.length = 0;
      const options = { theta: 'reliability', scope: 'cluster' } as const;
      return new JensenShannonPruner(options, plainKernel(), host).prune({ ...input, keepFraction: fraction });
    };

    it('solves for t while the redundancy found suffices', async () => {
      const { decisions, keep } = await keepFraction(0.8);
      expect(keep.length).toBe(Math.round(0.8 * syntheticPruneInput().ids.length));
      expect(decisions.kappaUsed).toBe(0.98);
      expect(decisions.t).toBeGreaterThan(0);
      expect(decisions.t).toBeLessThan(1);
      expect(told).toEqual([]);
    });

    it('lowers κ to the highest value that reaches it, and says what it cost', async () => {
      const input = syntheticPruneInput();
      const wanted = Math.round(0.2 * input.ids.length);
      const { decisions, removed, keep } = await keepFraction(0.2);
      expect(keep.length).toBe(wanted);
      const kappaUsed = Number(decisions.kappaUsed);
      expect(decisions.kappaAsked).toBe(0.98);
      expect(kappaUsed).toBeLessThan(0.98);
      expect(decisions.worstPartnerSimilarity).toBe(Math.min(...removed.map(({ similarity }) => similarity)));
      expect(told).toEqual([expect.stringContaining(`lowered from 0.98 to ${kappaUsed}`)]);
      const groupsAt = async (kappa: number) =>
        Number((await prune(input, { theta: 'reliability', scope: 'cluster', kappa })).decisions.groups);
      expect(await groupsAt(kappaUsed)).toBeLessThanOrEqual(wanted);
      expect(await groupsAt(kappaUsed + 1e-6)).toBeGreaterThan(wanted);
    });

    it('says which fraction is the smallest when it cannot be reached, and reaches that', async () => {
      const error = await keepFraction(0.065).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConfigError);
      const smallest = Number(/at least `keep` (0\.\d+)\.$/.exec((error as ConfigError).message)?.[1]);
      expect((await keepFraction(smallest)).decisions.t).toBe(1);
      await expect(keepFraction(smallest - 0.02)).rejects.toThrow(ConfigError);
    });

    it('keeps at least one clip of each cluster', async () => {
      const { ids } = syntheticPruneInput();
      await expect(keepFraction(4 / ids.length)).rejects.toThrow(/asks for 4 of \d+ clips, but at least 5 must stay/);
    });

    it('works where the rule found no threshold at all', async () => {
      const { reliability, ...input } = syntheticPruneInput({ tracks: 2, clips: 2 });
      const { decisions } = await keepFraction(0.5, input);
      expect(decisions).toMatchObject({ theta: 'fdr', thetaAsked: 'reliability', pooledTheta: 'none', kappaAsked: 1 });
      expect(told.filter((message) => message.includes('`keep`'))).toEqual([]);
    });
  });

  it('stops when the user interrupts', async () => {
    const aborted = AbortSignal.abort(new Error('interrupted'));
    const pruner = new JensenShannonPruner({}, plainKernel(), quietHost({ signal: aborted }));
    await expect(pruner.prune(syntheticPruneInput())).rejects.toThrow('interrupted');
  });

  it('refuses options out of range', () => {
    expect(() => new JensenShannonPruner({ t: 1.5 }, plainKernel())).toThrow(/pruner\.t/);
    expect(() => new JensenShannonPruner({ threshold: -2 }, plainKernel())).toThrow(/pruner\.threshold/);
  });
});
