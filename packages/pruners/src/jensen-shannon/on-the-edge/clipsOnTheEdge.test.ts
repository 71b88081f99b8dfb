import { type PruneInput, seededRandom } from '@refrain/core';
import { plainKernel, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import type { JensenShannonOptions } from '../options.ts';
import { clipsOnTheEdge } from './clipsOnTheEdge.ts';

const edge = async (input: PruneInput, options: JensenShannonOptions, noise = 1e-6) =>
  Array.from(await clipsOnTheEdge(input, options, noise, plainKernel()));

/** Clips of one cluster in a plane, at angles in radians. */
function inPlane(...angles: number[]): PruneInput {
  const count = angles.length;
  return {
    ids: angles.map((_, i) => `clip-${i}`),
    embeddings: { data: Float32Array.from(angles.flatMap((a) => [Math.cos(a), Math.sin(a)])), rows: count, cols: 2 },
    clustering: { labels: new Int32Array(count), clusterCount: 1, probabilities: new Float32Array(count).fill(1) },
    random: seededRandom(0),
  };
}

describe('clipsOnTheEdge', () => {
  it('names the two of a group that are as far from the leader, when one of them stays', async () => {
    // Cosines to the leader: 0.921 twice. With t = 0.5 and n/G = 3, a = 0.25: 1 + 2·0.25 = 1.5 clips, rounded to 2.
    expect(await edge(inPlane(0, 0.4, -0.4), { threshold: 0.9, t: 0.5 })).toEqual([1, 2]);
    expect(await edge(inPlane(0, 0.4, -0.41), { threshold: 0.9, t: 0.5 })).toEqual([]);
    expect(await edge(inPlane(0, 0.4, -0.4), { threshold: 0.9, t: 1 })).toEqual([]);
  });

  it('names no clip where all stay: t = 0, a fraction of 1, no clusters', async () => {
    const near = inPlane(0, Math.acos(0.5), 3);
    expect(await edge(near, { threshold: 0.5, t: 1 }, 1e-3)).toEqual([1]);
    expect(await edge(near, { threshold: 0.5, t: 0 }, 1e-3)).toEqual([]);
    expect(await edge({ ...near, keepFraction: 1 }, { threshold: 0.5 }, 1e-3)).toEqual([]);
    const noise = { labels: new Int32Array(3).fill(-1), clusterCount: 0, probabilities: new Float32Array(3) };
    expect(await edge({ ...near, clustering: noise }, { threshold: 0.5, noise: 'keep' }, 1e-3)).toEqual([]);
    expect(await edge(inPlane(), { t: 1 })).toEqual([]);
  });

  it('knows that a wanted fraction lowers κ to the next pair, whatever its similarity', async () => {
    // cos 0.1 = 0.995 and cos 0.2 = 0.980: the pair (0, 1) goes together first, and the second pair is far from that.
    const input = inPlane(0, 0.1, 1.5, 1.7);
    expect(await edge({ ...input, keepFraction: 0.75 }, { threshold: 1 }, 1e-4)).toEqual([]);
    // Of two pairs with equal angles noise decides which one goes.
    expect(await edge({ ...inPlane(0, 0.1, 1.5, 1.6), keepFraction: 0.75 }, { threshold: 1 }, 1e-4)).toEqual([1, 3]);
  });

  it('names every clip of the pruned clusters where nothing bounds κ', async () => {
    const input = syntheticPruneInput({ clusters: 1, tracks: 4, copies: 0 });
    const inCluster = [...input.ids.keys()].filter((clip) => input.clustering.labels[clip] === 0);
    const options = { theta: 'tracks', noise: 'keep' } as const;
    expect(await edge({ ...input, keepFraction: 0.6 }, options)).toEqual(inCluster);
  });

  it('names every clip when each may turn into any direction', async () => {
    expect(await edge(inPlane(0, 1, 2, 3), { threshold: 0.9, t: 1 }, 10)).toEqual([0, 1, 2, 3]);
  });

  it('refuses a noise that is no size', async () => {
    for (const noise of [-1e-6, Number.NaN, Infinity]) {
      await expect(edge(inPlane(0, 1), { t: 1, threshold: 0.9 }, noise)).rejects.toThrow('finite number of at least 0');
    }
  });
});
