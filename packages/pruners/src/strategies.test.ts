import {
  ConfigError,
  DataError,
  dot,
  onGrid,
  type PruneInput,
  type Pruner,
  seededRandom,
  shuffled,
  takeRows,
} from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { coverage } from './coverage/coveragePruner.ts';
import { densityQuota } from './density-quota/densityQuotaPruner.ts';
import { firstSeventyPercent } from './first-seventy-percent/firstSeventyPercentPruner.ts';
import { random } from './random/randomPruner.ts';
import { randomPerCluster } from './random-per-cluster/randomPerClusterPruner.ts';
import { randomStratified } from './random-stratified/randomStratifiedPruner.ts';
import { semdedup } from './semdedup/semdedupPruner.ts';
import { similarityHistogram } from './similarity-histogram/similarityHistogramPruner.ts';

const coveragePruner = prunerOf(coverage);
const densityQuotaPruner = prunerOf(densityQuota);
const firstSeventyPercentPruner = prunerOf(firstSeventyPercent);
const randomPerClusterPruner = prunerOf(randomPerCluster);
const randomStratifiedPruner = prunerOf(randomStratified);
const semdedupPruner = prunerOf(semdedup);
const similarityHistogramPruner = prunerOf(similarityHistogram);
const randomPruner = prunerOf(random);

interface Strategy {
  /** The pruner with its knob at the place `knob` of 0…1, at which 1 removes most. */
  readonly create: (knob: number) => Pruner;
  /** A knob that gives the size itself. */
  readonly isShare?: true;
  readonly needsLabels?: true;
}

const kernel = plainKernel();
const shareAt = (knob: number) => ({ fraction: 1 - 0.98 * knob });

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  random: { create: (knob) => randomPruner(shareAt(knob), kernel), isShare: true },
  'random-per-cluster': { create: (knob) => randomPerClusterPruner(shareAt(knob), kernel), isShare: true },
  'random-stratified': {
    create: (knob) => randomStratifiedPruner(shareAt(knob), kernel),
    isShare: true,
    needsLabels: true,
  },
  'first-seventy-percent': {
    create: (knob) => firstSeventyPercentPruner({ ...shareAt(knob), minClusterSize: 2 }, kernel),
  },
  'density-quota': { create: (knob) => densityQuotaPruner(shareAt(knob), kernel), isShare: true },
  'density-quota, easy clips, noise kept': {
    create: (knob) => densityQuotaPruner({ ...shareAt(knob), whichToKeep: 'easy', noise: 'keep' }, kernel),
  },
  'similarity-histogram': { create: (t) => similarityHistogramPruner({ t, threshold: 0.6 }, kernel) },
  'similarity-histogram, noise kept': {
    create: (t) => similarityHistogramPruner({ t, threshold: 0.6, noise: 'keep' }, kernel),
  },
  semdedup: { create: (epsilon) => semdedupPruner({ epsilon }, kernel) },
  'semdedup, easy clips, noise kept': {
    create: (epsilon) => semdedupPruner({ epsilon, whichToKeep: 'easy', noise: 'keep' }, kernel),
  },
  'semdedup, covered': { create: (epsilon) => semdedupPruner({ epsilon, variant: 'covered' }, kernel) },
  'semdedup, covered, noise kept': {
    create: (epsilon) => semdedupPruner({ epsilon, variant: 'covered', noise: 'keep' }, kernel),
  },
  coverage: { create: (epsilon) => coveragePruner({ epsilon }, kernel) },
  'coverage, noise kept': { create: (epsilon) => coveragePruner({ epsilon, noise: 'keep' }, kernel) },
};

const labelled = (input: PruneInput): PruneInput => ({
  ...input,
  labels: input.ids.map((_, i) => [0, 1, 2, 3].filter((label) => (i * 7 + label * label) % (label + 2) === 0)),
});

/** The clips in another order, sorted by id as callers do, with other numbers for the clusters. */
function shuffledAndSorted(input: PruneInput): PruneInput {
  const count = input.clustering.clusterCount;
  const order = Array.from(shuffled(seededRandom('order'), input.ids.length));
  order.sort((a, b) => (input.ids[a]! < input.ids[b]! ? -1 : 1));
  return {
    ...input,
    ids: order.map((i) => input.ids[i]!),
    embeddings: takeRows(input.embeddings, order),
    clustering: {
      ...input.clustering,
      labels: Int32Array.from(order, (i) => {
        const label = input.clustering.labels[i]!;
        return label < 0 ? label : count - 1 - label;
      }),
    },
  };
}

const idsOf = async (pruner: Pruner, input: PruneInput) =>
  Array.from((await pruner.prune(input)).keep, (i) => input.ids[i]!);

describe.each(Object.entries(STRATEGIES))('%s', (_, { create, isShare, needsLabels }) => {
  testPruner(() => {
    const pruner = create(0.4);
    if (!needsLabels) return pruner;
    return { name: pruner.name, prune: (input) => pruner.prune(labelled(input)) };
  });

  it('keeps nested sets as its own option grows, and as the wanted share does', async () => {
    for (const seed of [1, 2]) {
      const input = labelled(syntheticPruneInput({ seed, clusters: 3 }));
      let [before, beforeWanted] = [input.ids, input.ids];
      for (let step = 0; step <= 20; step++) {
        const keep = await idsOf(create(step / 20), input);
        expect(before).toEqual(expect.arrayContaining(keep));
        before = keep;
        const wanted = await idsOf(create(0.4), { ...input, keepFraction: 1 - (0.4 * step) / 20 });
        expect(wanted).toHaveLength(Math.floor((1 - (0.4 * step) / 20) * input.ids.length + 0.5));
        expect(beforeWanted).toEqual(expect.arrayContaining(wanted));
        beforeWanted = wanted;
      }
      expect(before.length).toBeLessThan(0.7 * input.ids.length);
    }
  });

  it('keeps the same clips in another order and with other numbers for the clusters', async () => {
    const input = labelled(syntheticPruneInput({ seed: 6 }));
    for (const keepFraction of [0.5, 0.8]) {
      const other = { ...shuffledAndSorted(input), keepFraction };
      expect(await idsOf(create(0.5), other)).toEqual(await idsOf(create(0.5), { ...input, keepFraction }));
    }
    expect(await idsOf(create(0.5), shuffledAndSorted(input))).toEqual(await idsOf(create(0.5), input));
  });

  if (isShare) {
    it('keeps exactly the share of its own option', async () => {
      const input = labelled(syntheticPruneInput());
      for (const knob of [0, 0.3, 0.77]) {
        const { keep } = await create(knob).prune(input);
        expect(keep.length).toBe(Math.floor(shareAt(knob).fraction * input.ids.length + 0.5));
      }
    });
  }

  it('proves removals where it can, and claims nothing elsewhere', async () => {
    const input = labelled(syntheticPruneInput());
    for (const run of [input, { ...input, keepFraction: 0.6 }]) {
      const { keep, removed, rule, decisions } = await create(0.3).prune(run);
      expect(removed.length).toBeGreaterThan(0);
      for (const { index, partner, similarity, level, theta } of removed) {
        const candidates = Array.from(keep).filter(
          (kept) => rule.kind === 'none' || input.clustering.labels[kept] === input.clustering.labels[index],
        );
        const similarities = candidates.map((kept) => onGrid(dot(input.embeddings, index, input.embeddings, kept)));
        if (level !== 'unsupported') expect(similarity).toBe(Math.max(...similarities));
        const identity = input.audioIdentity!;
        const copies = candidates.filter((kept) => identity[kept]! >= 0 && identity[kept] === identity[index]);
        // The only copies here are of equal audio; every one that has a kept copy says so.
        expect(level === 'identical').toBe(copies.length > 0);
        expect(partner).toBe(
          copies[0] ?? (level === 'unsupported' ? partner : candidates[similarities.indexOf(similarity)]),
        );
        const threshold = Number(decisions.threshold ?? 1);
        if (copies.length > 0) expect(theta).toBe(Math.min(threshold, 0.9999));
        else if (level === 'redundant') expect([theta, similarity >= threshold]).toEqual([decisions.threshold, true]);
        else expect([level, theta, Math.max(...similarities) < threshold]).toEqual(['unsupported', undefined, true]);
      }
    }
  });

  it('refuses a share of no clip and options out of range', async () => {
    const input = labelled(syntheticPruneInput());
    await expect(create(0.5).prune({ ...input, keepFraction: 0 })).rejects.toThrow(ConfigError);
    await expect(create(0.5).prune({ ...input, labels: [] })).rejects.toThrow(DataError);
    expect(() => create(1.1)).toThrow(ConfigError);
    expect(() => create(Number.NaN)).toThrow(ConfigError);
  });
});
