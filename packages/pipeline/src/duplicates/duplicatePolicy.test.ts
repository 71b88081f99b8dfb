import {
  dot,
  onGrid,
  type PruneInput,
  type Pruner,
  rowOf,
  type SimilarityKernel,
  seededRandom,
  takeRows,
} from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import {
  coverage,
  densityQuota,
  firstSeventyPercent,
  JensenShannonPruner,
  random,
  randomPerCluster,
  randomStratified,
  semdedup,
  similarityHistogram,
} from '@refrain/pruners';
import { describe, expect, it } from 'vitest';
import type { DuplicatePolicy } from '../options/pruning.ts';
import { divide, reunite } from './duplicatePolicy.ts';
import { findDuplicates } from './findDuplicates.ts';

const coveragePruner = prunerOf(coverage);
const densityQuotaPruner = prunerOf(densityQuota);
const firstSeventyPercentPruner = prunerOf(firstSeventyPercent);
const randomPerClusterPruner = prunerOf(randomPerCluster);
const randomStratifiedPruner = prunerOf(randomStratified);
const semdedupPruner = prunerOf(semdedup);
const similarityHistogramPruner = prunerOf(similarityHistogram);
const randomPruner = prunerOf(random);

const kernel: SimilarityKernel = plainKernel();

const pruners: Readonly<Record<string, (options?: object) => Pruner>> = {
  'jensen-shannon': (options = {}) => new JensenShannonPruner(options, kernel),
  semdedup: (options = {}) => semdedupPruner(options, kernel),
  'semdedup, covered': (options = {}) => semdedupPruner({ variant: 'covered', ...options }, kernel),
  'similarity-histogram': (options = {}) => similarityHistogramPruner(options, kernel),
  coverage: (options = {}) => coveragePruner(options, kernel),
  'density-quota': (options = {}) => densityQuotaPruner(options, kernel),
  'first-seventy-percent': (options = {}) => firstSeventyPercentPruner(options, kernel),
  random: (options = {}) => randomPruner(options, kernel),
  'random-per-cluster': (options = {}) => randomPerClusterPruner(options, kernel),
  'random-stratified': (options = {}) => randomStratifiedPruner(options, kernel),
};
const strategies = Object.keys(pruners);
const strategy = (name: string, options?: object) => pruners[name]!(options);

/** Clips of tracks, with 6 clips twice as they are and 6 twice nearly so (a cosine of 0.99995), in the clusters of their originals. */
async function planted(): Promise<{
  readonly input: PruneInput;
  readonly pairs: readonly (readonly [number, number])[];
}> {
  const base = syntheticPruneInput({ copies: 0, clusters: 3, tracks: 6, clips: 4 });
  const count = base.ids.length;
  const originals = Array.from({ length: 12 }, (_, copy) => Math.floor((copy * count) / 12));
  const order = Uint32Array.from([...base.ids.keys(), ...originals]);
  const embeddings = takeRows(base.embeddings, order);
  const random = seededRandom('planted');
  for (let copy = 6; copy < 12; copy++) {
    const row = rowOf(embeddings, count + copy);
    for (let k = 0; k < row.length; k++) row[k]! += (0.01 * (random.uniform() - 0.5) * 2) / Math.sqrt(row.length / 3);
    const length = Math.hypot(...row);
    row.forEach((value, k) => {
      row[k] = value / length;
    });
  }
  const list = <T>(values: ArrayLike<T>) => Array.from(order, (clip) => values[clip]!);
  const { duplicateSet, audioIdentity } = await findDuplicates(
    embeddings,
    Array.from(order, () => undefined),
    kernel,
  );
  const input: PruneInput = {
    ids: Array.from(order, (_, i) => `clip-${String(i).padStart(4, '0')}`),
    embeddings,
    clustering: {
      ...base.clustering,
      labels: Int32Array.from(list(base.clustering.labels)),
      probabilities: Float32Array.from(list(base.clustering.probabilities)),
    },
    reliability: Float64Array.from(list(base.reliability!)),
    duplicateSet,
    audioIdentity,
    groups: list(base.groups!),
    labels: list(base.groups!).map((_, i) => [i % 3]),
    random: seededRandom(0),
  };
  return { input, pairs: originals.map((original, copy) => [original, count + copy] as const) };
}

async function prune(input: PruneInput, policy: DuplicatePolicy, pruner: Pruner, rules = {}) {
  const division = divide(input, policy, rules);
  return reunite(input, division, await pruner.prune(division.part));
}

describe('copies', () => {
  it('are 12 pairs that the search finds', async () => {
    const { input, pairs } = await planted();
    for (const [a, b] of pairs) expect(input.duplicateSet![a]).toBe(input.duplicateSet![b]);
    expect(new Set(input.duplicateSet!.filter((set) => set >= 0)).size).toBe(12);
  });

  it.each(strategies)(
    'leave exactly one of each set with every strategy, and each that went has its proof: %s',
    async (name) => {
      const { input, pairs } = await planted();
      for (const run of [input, { ...input, keepFraction: 0.8 }, { ...input, keepFraction: 0.6 }]) {
        const { keep, removed, clusters } = await prune(run, 'one', strategy(name));
        const kept = new Set(keep);
        for (const pair of pairs) expect(pair.filter((clip) => kept.has(clip)).length).toBeLessThanOrEqual(1);
        if (run.keepFraction) expect(keep.length).toBe(Math.floor(run.keepFraction * input.ids.length + 0.5));
        expect([...keep, ...removed.map(({ index }) => index)].sort((a, b) => a - b)).toEqual([...input.ids.keys()]);
        for (const { index, partner, similarity, level, theta } of removed) {
          expect(kept).toContain(partner);
          expect(similarity).toBe(onGrid(dot(input.embeddings, index, input.embeddings, partner)));
          expect(similarity).toBeGreaterThanOrEqual(theta ?? -1);
          expect(level === 'near-identical').toBe(similarity >= 0.9999);
        }
        for (const { label, size } of clusters)
          expect(size).toBe(input.clustering.labels.filter((one) => one === label).length);
        // A copy whose original stays went for it.
        const ways = removed.filter(({ index }) =>
          pairs.some((pair) => pair.includes(index) && pair.some((clip) => kept.has(clip))),
        );
        for (const { level } of ways) expect(level).toBe('near-identical');
      }
    },
  );

  it('go at t = 0, and nothing else does', async () => {
    const { input, pairs } = await planted();
    const { keep, removed } = await prune(input, 'one', strategy('jensen-shannon', { t: 0 }));
    expect(removed).toHaveLength(12);
    expect(keep).toHaveLength(input.ids.length - 12);
    for (const pair of pairs) expect(pair.filter((clip) => keep.includes(clip))).toHaveLength(1);
  });

  it('are proved by what the group of their original keeps, where that went too', async () => {
    const { input, pairs } = await planted();
    const { keep, removed, group, copyOf } = await prune(
      input,
      'one',
      strategy('jensen-shannon', { t: 1, threshold: 0.9 }),
    );
    const removals = new Map(removed.map((removal) => [removal.index, removal]));
    const both = pairs.filter((pair) => !pair.some((clip) => keep.includes(clip)));
    expect(both.length).toBeGreaterThan(0);
    for (const [a, b] of both) {
      const copy = copyOf.has(a) ? a : b;
      expect(removals.get(copy)).toMatchObject({ level: 'redundant', theta: 0.9, group: group[copyOf.get(copy)!] });
      expect(group[removals.get(copy)!.partner]).toBe(group[copy]);
    }
  });

  it('leave the lowest score of a removed clip told by its own moments, not by those of another clip', async () => {
    const input = syntheticPruneInput({ clusters: 8, tracks: 8, clips: 4, copies: 12 });
    const { removed, rule, decisions } = await prune(input, 'one', strategy('jensen-shannon', { t: 1 }));
    if (rule.kind !== 's-norm') throw new Error(`The rule is ${rule.kind}.`);
    const standard = (clip: number, similarity: number) => (similarity - rule.means[clip]!) / rule.deviations[clip]!;
    const scores = removed
      .filter(({ level }) => level === 'redundant')
      .map(({ index, partner, similarity }) => (standard(index, similarity) + standard(partner, similarity)) / 2);
    expect(removed.length).toBeGreaterThan(scores.length);
    expect(scores.length).toBeGreaterThan(5);
    expect(decisions.worstPartnerScore).toBeCloseTo(Math.min(...scores), 12);
    expect(decisions.worstPartnerScore).toBeGreaterThanOrEqual(rule.tau - 1e-5);
  });

  it('all stay, or are like other clips, where that is asked', async () => {
    const { input, pairs } = await planted();
    const kept = await prune(input, 'keep', strategy('jensen-shannon', { t: 1, threshold: 0.5 }));
    for (const clip of pairs.flat()) expect(kept.keep).toContain(clip);
    expect(kept.removed.length).toBeGreaterThan(0);
    const whole = await prune(input, 'quota', strategy('jensen-shannon', { t: 0 }));
    expect(whole.removed).toEqual([]);
  });

  it('stay as a person says, and count in the share that is asked for', async () => {
    const { input, pairs } = await planted();
    const [[a, b], [c, d]] = pairs as [readonly [number, number], readonly [number, number]];
    const rules = { protect: new Set([b]), exclude: new Set([c]) };
    const { keep } = await prune(input, 'one', strategy('jensen-shannon', { t: 0 }), rules);
    expect([a, b, c, d].map((clip) => keep.includes(clip))).toEqual([false, true, false, true]);
    const message = /asks for 3 of 64 clips/;
    expect(input.ids).toHaveLength(64);
    const inside = strategy('jensen-shannon', { scope: 'cluster' });
    await expect(prune({ ...input, keepFraction: 3 / 64 }, 'one', inside)).rejects.toThrow(message);
  });
});
