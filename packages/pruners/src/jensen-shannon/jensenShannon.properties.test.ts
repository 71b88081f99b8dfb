import { dot, onGrid, type PruneInput, type SimilarityKernel, seededRandom, shuffled, takeRows } from '@refrain/core';
import { plainKernel, type SyntheticPruning, syntheticPruneInput } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JensenShannonPruner } from './jensenShannonPruner.ts';
import type { JensenShannonOptions } from './options.ts';

const KAPPA = 0.97;
const prune = (input: PruneInput, options: JensenShannonOptions, kernel = plainKernel()) =>
  new JensenShannonPruner(options, kernel).prune(input);
const idsOf = (input: PruneInput, keep: Uint32Array) => Array.from(keep, (clip) => input.ids[clip]!);

const synthetic: fc.Arbitrary<SyntheticPruning> = fc.record({
  clusters: fc.integer({ min: 1, max: 3 }),
  tracks: fc.integer({ min: 1, max: 6 }),
  clips: fc.integer({ min: 1, max: 7 }),
  copies: fc.integer({ min: 0, max: 5 }),
  dim: fc.constantFrom(8, 24),
  seed: fc.nat({ max: 1e6 }),
});
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const scope = fc.constantFrom('set' as const, 'cluster' as const);
const rule: fc.Arbitrary<JensenShannonOptions> = fc.record(
  {
    theta: fc.constantFrom('s-norm', 'reliability', 'fdr', 'tracks'),
    threshold: fc.constantFrom(-0.2, 0.5, 0.75, 0.9, 0.95),
    noise: fc.constantFrom('prune', 'keep'),
    scope: fc.constantFrom('set', 'cluster'),
  },
  { requiredKeys: ['theta', 'noise', 'scope'] },
);

/** The clips in another order, sorted by id as callers do, with other numbers for clusters, duplicate sets and equal audio. */
function reordered(input: PruneInput, seed: number): PruneInput {
  const random = seededRandom(`order ${seed}`);
  const order = Array.from(shuffled(random, input.ids.length));
  order.sort((a, b) => (input.ids[a]! < input.ids[b]! ? -1 : 1));
  const renumbered = (numbers: Int32Array, count: number) => {
    const names = shuffled(random, count);
    return Int32Array.from(order, (i) => (numbers[i]! < 0 ? -1 : names[numbers[i]!]!));
  };
  const { labels, probabilities, clusterCount } = input.clustering;
  return {
    ...input,
    ids: order.map((i) => input.ids[i]!),
    embeddings: takeRows(input.embeddings, order),
    clustering: {
      labels: renumbered(labels, clusterCount),
      clusterCount,
      probabilities: Float32Array.from(order, (i) => probabilities[i]!),
    },
    reliability: Float64Array.from(order, (i) => input.reliability![i]!),
    duplicateSet: renumbered(input.duplicateSet!, input.ids.length),
    audioIdentity: renumbered(input.audioIdentity!, input.ids.length),
    groups: order.map((i) => input.groups![i]),
  };
}

/** A kernel that is wrong wherever its tolerance of 3e-4 lets it, otherwise in every load. */
function wrongKernel(seed: number): SimilarityKernel {
  const tolerance = 3e-4;
  return {
    name: 'wrong',
    async load(points) {
      const loaded = await plainKernel().load(points);
      const random = seededRandom(`wrong ${seed}`);
      return {
        count: loaded.count,
        tolerance,
        tile: (rows, cols) => loaded.tile(rows, cols),
        nearest: (query) => loaded.nearest(query),
        histogram: (query) => loaded.histogram(query),
        scores: (query) => loaded.scores(query),
        async pairsAbove({ floor, ...query }) {
          const { i, j, similarity } = await loaded.pairsAbove({
            ...query,
            floor: floor.map((value) => value - tolerance),
          });
          const seen = similarity.map((value) => value + 0.99 * tolerance * (2 * random.uniform() - 1));
          const isAbove = (_: number, pair: number) => seen[pair]! >= Math.max(floor[i[pair]!]!, floor[j[pair]!]!);
          return { i: i.filter(isAbove), j: j.filter(isAbove), similarity: seen.filter(isAbove) };
        },
        pairsAlong: (query) => loaded.pairsAlong(query),
        close: () => loaded.close(),
      };
    },
  };
}

describe('jensen-shannon, whatever the clips', () => {
  it('keeps ascending, unique clips, and one of them reaches θ with each removed one', async () => {
    const theta = fc.constantFrom<JensenShannonOptions>(
      { theta: 'reliability', kappa: KAPPA },
      { threshold: 0.75 },
      { threshold: 0.95 },
    );
    await fc.assert(
      fc.asyncProperty(synthetic, share, theta, scope, async (made, t, rest, scope) => {
        const options = { ...rest, scope };
        const input = syntheticPruneInput(made);
        const { embeddings, reliability, clustering, audioIdentity } = input;
        const keep = Array.from((await prune(input, { t, ...options })).keep);
        for (const [at, clip] of keep.entries()) expect(clip).toBeGreaterThan(keep[at - 1] ?? -1);
        const kept = new Set(keep);
        for (const clip of input.ids.keys()) {
          if (kept.has(clip)) continue;
          const proves = (other: number) => {
            const needed = options.threshold ?? KAPPA * Math.max(reliability![clip]!, reliability![other]!);
            const areEqual = audioIdentity![clip]! >= 0 && audioIdentity![clip] === audioIdentity![other];
            return areEqual || onGrid(dot(embeddings, clip, embeddings, other)) >= onGrid(needed);
          };
          const partners = keep.filter(
            (other) => scope === 'set' || clustering.labels[other] === clustering.labels[clip],
          );
          expect(partners.some(proves)).toBe(true);
        }
      }),
    );
  });

  it('keeps all at t = 0', async () => {
    await fc.assert(
      fc.asyncProperty(synthetic, rule, async (made, options) => {
        const input = syntheticPruneInput(made);
        const { keep, removed } = await prune(input, { ...options, t: 0 });
        expect(Array.from(keep)).toEqual(Array.from(input.ids.keys()));
        expect(removed).toEqual([]);
      }),
    );
  });

  it('keeps less at a larger t, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(synthetic, rule, share, share, async (made, options, one, other) => {
        const input = syntheticPruneInput(made);
        const larger = await prune(input, { ...options, t: Math.max(one, other) });
        const smaller = new Set((await prune(input, { ...options, t: Math.min(one, other) })).keep);
        for (const clip of larger.keep) expect(smaller).toContain(clip);
      }),
    );
  });

  it('lets none go as redundant while a clip that is more surely so stays in a group of the same size and cluster', async () => {
    const size = fc.oneof(
      fc.record({ t: share }),
      fc.record({ keepFraction: fc.double({ min: 0.5, max: 1, noNaN: true }) }),
    );
    const theta = fc.constantFrom<JensenShannonOptions>(
      { theta: 'reliability', kappa: KAPPA },
      { threshold: 0.75 },
      { threshold: 0.95 },
    );
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(synthetic, size, theta, scope, async (made, asked, rest, scope) => {
        const options = { ...rest, scope };
        const { duplicateSet: _, audioIdentity: __, ...whole } = syntheticPruneInput({ ...made, copies: 0 });
        const input = 't' in asked ? whole : { ...whole, ...asked };
        const pruning = await prune(input, { ...options, ...('t' in asked && { t: asked.t }) }).catch(() => undefined);
        if (pruning === undefined) return;
        const { keep, removed, group, clusterOfGroup, decisions } = pruning;
        const needed = (i: number, j: number) =>
          options.threshold ?? Number(decisions.kappaUsed) * Math.max(input.reliability![i]!, input.reliability![j]!);
        const similarity = (i: number, j: number) => onGrid(dot(input.embeddings, i, input.embeddings, j));
        const sizeOf = (clip: number) => group.filter((one) => one === group[clip]).length;
        const classOf = (clip: number) =>
          `${clusterOfGroup?.[group[clip]!] ?? input.clustering.labels[clip]} ${sizeOf(clip)}`;
        // How surely each clip that stays could go: by the kept clip of its group that proves it best, if one does.
        const staying = [...keep].flatMap((clip) => {
          const others = [...keep].filter((other) => other !== clip && group[other] === group[clip]);
          const proofs = others.filter((other) => similarity(clip, other) >= onGrid(needed(clip, other)));
          return proofs.map((other) => ({
            of: classOf(clip),
            certainty: similarity(clip, other) / needed(clip, other),
          }));
        });
        for (const { index, level, similarity: own, theta: reached } of removed) {
          if (level !== 'redundant') continue;
          for (const { of, certainty } of staying) {
            if (of !== classOf(index)) continue;
            compared++;
            // θ is rounded to the grid.
            expect(own / reached!).toBeGreaterThan(certainty - 3e-6);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('meets nested sizes to the clip while κ stays', async () => {
    await fc.assert(
      fc.asyncProperty(synthetic, fc.constantFrom(0.75, 0.9), async (made, threshold) => {
        const input = syntheticPruneInput(made);
        let before = new Set(input.ids.keys());
        for (let wanted = input.ids.length - 1; wanted > 0; wanted--) {
          const run = { ...input, keepFraction: wanted / input.ids.length };
          const { keep, decisions } = await prune(run, { threshold }).catch(() => ({
            keep: [],
            decisions: { kappaUsed: 0 },
          }));
          if (decisions.kappaUsed !== 1) break;
          expect(keep.length).toBe(wanted);
          for (const clip of keep) expect(before).toContain(clip);
          before = new Set(keep);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the same ids of permuted clips, with other numbers for clusters and copies', async () => {
    const keepFraction = fc.constantFrom(undefined, 0.9, 1);
    await fc.assert(
      fc.asyncProperty(synthetic, rule, share, keepFraction, fc.nat(), async (made, options, t, fraction, seed) => {
        const input = { ...syntheticPruneInput(made), ...(fraction !== undefined && { keepFraction: fraction }) };
        const permuted = reordered(input, seed);
        const kept = async (one: PruneInput) =>
          prune(one, { ...options, t }).then(
            ({ keep }) => idsOf(one, keep),
            (error: Error) => error.message,
          );
        expect(await kept(permuted)).toEqual(await kept(input));
      }),
    );
  });

  it('decides by the embeddings, however wrong a kernel is within its tolerance', async () => {
    const decided = rule.filter(({ theta }) => theta !== 'fdr');
    await fc.assert(
      fc.asyncProperty(synthetic, decided, share, fc.nat(), async (made, options, t, seed) => {
        const input = syntheticPruneInput(made);
        const { sweep: _, ...wrong } = await prune(input, { ...options, t }, wrongKernel(seed));
        const { sweep: __, ...right } = await prune(input, { ...options, t });
        expect(wrong).toEqual(right);
      }),
    );
  });
});
