import { ConfigError, type PruneInput, quietHost, seededRandom } from '@refrain/core';
import { plainKernel, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { JensenShannonPruner } from './jensenShannonPruner.ts';
import type { JensenShannonOptions } from './options.ts';
import { TRACK_PRECISION } from './thresholds.ts';

async function prune(input: PruneInput, options: JensenShannonOptions) {
  const notices: string[] = [];
  const host = quietHost({ notice: (message) => notices.push(message) });
  return { ...(await new JensenShannonPruner(options, plainKernel(), host).prune(input)), notices };
}

function without(input: PruneInput, ...fields: readonly (keyof PruneInput)[]): PruneInput {
  return Object.fromEntries(
    Object.entries(input).filter(([field]) => !fields.includes(field as keyof PruneInput)),
  ) as unknown as PruneInput;
}

describe('theta = reliability', () => {
  it('asks each removed clip for κ times the higher reliability of the pair', async () => {
    const input = without(syntheticPruneInput(), 'duplicateSet', 'audioIdentity');
    const { removed, decisions } = await prune(input, { t: 1, theta: 'reliability', kappa: 0.97 });
    expect(removed.length).toBeGreaterThan(5);
    for (const { index, partner, theta, level } of removed) {
      if (level !== 'redundant') continue;
      const higher = Math.max(input.reliability![index]!, input.reliability![partner]!);
      expect(theta).toBeCloseTo(0.97 * higher, 6);
    }
    expect(decisions).toMatchObject({ theta: 'reliability', kappaAsked: 0.97, kappaUsed: 0.97 });
  });

  it.each([
    // An unreliable clip needs what a wholly reliable one does: 0.98, not 0.98 × r.
    [0, 0.9, 0],
    [0.69, 0.9, 0],
    [0.69, 0.99, 1],
    [0.7, 0.69, 1],
    [0.7, 0.68, 0],
  ])('of clips of reliability %d at a similarity of %d removes %d', async (r, similarity, count) => {
    const sine = Math.sqrt(1 - similarity ** 2);
    const input: PruneInput = {
      ids: ['a', 'b'],
      embeddings: { data: Float32Array.of(1, 0, similarity, sine), rows: 2, cols: 2 },
      clustering: { labels: Int32Array.of(0, 0), probabilities: Float32Array.of(1, 1), clusterCount: 1 },
      reliability: Float64Array.of(r, r),
      random: seededRandom(1),
    };
    expect((await prune(input, { t: 1, theta: 'reliability' })).removed).toHaveLength(count);
  });

  it('reports how reliabilities are spread', async () => {
    const input = { ...syntheticPruneInput() };
    const { decisions } = await prune(input, {});
    const ascending = Array.from(input.reliability!).sort((a, b) => a - b);
    expect(decisions.reliabilityMin).toBe(ascending[0]);
    expect(decisions.reliabilityMax).toBe(ascending.at(-1));
    const below = ascending.filter((value) => value <= Number(decisions.reliabilityMedian)).length;
    expect(Math.abs(below - ascending.length / 2)).toBeLessThanOrEqual(1);
  });

  it('gives way to the false discovery rate where clips have no segments, and says so', async () => {
    const { decisions, notices } = await prune(without(syntheticPruneInput(), 'reliability'), { theta: 'reliability' });
    expect(decisions).toMatchObject({ theta: 'fdr', thetaAsked: 'reliability', thetaBecause: notices[0] });
    expect(notices[0]).toMatch(/no reliability/);
  });
});

describe('theta = fdr', () => {
  it('finds the tracks of a large cluster in which few pairs are of one track', async () => {
    const input = syntheticPruneInput({ clusters: 1, tracks: 90, clips: 2, copies: 0, dim: 64 });
    const { group, decisions, clusters } = await prune(input, { theta: 'fdr' });
    const tracks = input.groups!.map((one) => one?.track);
    // The noise has a bulk of its own, around 0.
    expect(decisions.clustersWithOwnTheta).toBe(2);
    expect(clusters[1]!.theta).toBeGreaterThan(0.73);
    expect(clusters[0]!.theta).toBeLessThan(0.73);
    const clustered = Array.from(group.keys()).filter((clip) => input.clustering.labels[clip] === 0);
    const trackOf = new Map(clustered.map((clip) => [group[clip], tracks[clip]]));
    const right = clustered.filter((clip) => trackOf.get(group[clip]!) === tracks[clip]).length;
    expect(right / clustered.length).toBeGreaterThan(0.95);
    expect(trackOf.size).toBeLessThan(0.75 * clustered.length);
  });

  it('gives small clusters the threshold of all together', async () => {
    const { decisions, clusters } = await prune(syntheticPruneInput(), { theta: 'fdr' });
    expect(decisions.clustersWithOwnTheta).toBe(0);
    const thetas = clusters.map(({ theta }) => theta ?? 'none');
    expect(new Set(thetas).size).toBe(1);
  });

  it('says what to do when nothing stands out', async () => {
    const input = syntheticPruneInput({ clusters: 1, tracks: 3, clips: 1, copies: 0 });
    const { removed, notices, decisions } = await prune(input, { theta: 'fdr' });
    expect(removed).toEqual([]);
    expect(decisions.pooledTheta).toBe('none');
    expect(notices).toEqual([expect.stringMatching(/`pruner\.threshold`.*`keep`/)]);
  });
});

describe('theta = tracks', () => {
  it('takes the smallest κ at which enough redundant pairs are of one track', async () => {
    const input = without(syntheticPruneInput({ clusters: 3, seed: 9 }), 'duplicateSet', 'audioIdentity');
    const { decisions } = await prune(input, { theta: 'tracks' });
    const { embeddings, reliability, groups, clustering } = input;
    const row = (i: number) => embeddings.data.subarray(i * embeddings.cols, (i + 1) * embeddings.cols);
    const ratios: [number, boolean][] = [];
    for (let i = 0; i < embeddings.rows; i++) {
      for (let j = i + 1; j < embeddings.rows; j++) {
        if (clustering.labels[i] !== clustering.labels[j]) continue;
        const similarity = row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0);
        const ratio = similarity / Math.max(reliability![i]!, reliability![j]!);
        ratios.push([ratio, groups![i]!.track === groups![j]!.track]);
      }
    }
    const precisionFrom = (kappa: number) => {
      const above = ratios.filter(([ratio]) => ratio >= kappa);
      return above.filter(([, same]) => same).length / above.length;
    };
    const precise = ratios.map(([ratio]) => ratio).filter((ratio) => precisionFrom(ratio) >= TRACK_PRECISION);
    expect(decisions.kappaUsed).toBeCloseTo(Math.min(...precise), 5);
  });

  it('says what is missing', async () => {
    const input = syntheticPruneInput();
    await expect(prune(without(input, 'groups'), { theta: 'tracks' })).rejects.toThrow(ConfigError);
    await expect(prune(without(input, 'groups'), { theta: 'tracks' })).rejects.toThrow(/the track of each clip/);
    await expect(prune(without(input, 'reliability'), { theta: 'tracks' })).rejects.toThrow(/reliabilities/);
    const both = prune(without(input, 'reliability', 'groups'), { theta: 'tracks' });
    await expect(both).rejects.toThrow(/the track of each clip.* and reliabilities/);
  });

  it('removes nothing, and says so, when no two clips share a track', async () => {
    const input = without(syntheticPruneInput({ clips: 1, copies: 0 }), 'duplicateSet');
    const { removed, notices } = await prune(input, { theta: 'tracks' });
    expect(removed).toEqual([]);
    expect(notices).toEqual([expect.stringMatching(/`pruner\.threshold`/)]);
  });
});

describe('a threshold', () => {
  it('overrides theta and is needed of every pair', async () => {
    const { removed, decisions } = await prune(syntheticPruneInput(), { threshold: 0.96, theta: 'tracks', t: 1 });
    expect(decisions).toMatchObject({ theta: 'threshold', threshold: 0.96, kappaUsed: 1 });
    for (const { theta } of removed) expect(theta).toBe(0.96);
  });

  it('may be negative: then unlike clips are redundant too', async () => {
    const { clusters } = await prune(syntheticPruneInput({ dim: 64, clusters: 1 }), {
      ...{ threshold: -0.9, t: 1, scope: 'cluster' },
    });
    expect(clusters.map(({ kept }) => kept)).toEqual([1, 1]);
  });

  it('is reported with the similarities of each cluster', async () => {
    const input = syntheticPruneInput({ copies: 0 });
    const { clusters } = await prune(input, { threshold: 0.9 });
    for (const { label, size, theta, similarity } of clusters) {
      const members = Array.from(input.ids.keys()).filter((clip) => input.clustering.labels[clip] === label);
      const sameTrack = members
        .flatMap((a) => members.filter((b) => b > a).map((b) => [a, b] as const))
        .filter(([a, b]) => input.groups![a]!.track === input.groups![b]!.track).length;
      const pairs = (size * (size - 1)) / 2;
      expect(theta).toBe(0.9);
      expect(similarity!.histogram.reduce((sum, count) => sum + count, 0)).toBe(pairs);
      expect(similarity!.shareAboveTheta).toBeCloseTo(sameTrack / pairs, 12);
      expect(similarity!.mean).toBeGreaterThan(label < 0 ? 0 : 0.7);
      expect(similarity!.sd).toBeGreaterThan(0);
    }
  });
});
