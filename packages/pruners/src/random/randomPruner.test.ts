import { ConfigError, dot, onGrid } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { random } from './randomPruner.ts';

const randomPruner = prunerOf(random);

describe('random', () => {
  testPruner((kernel) => randomPruner({}, kernel));

  const prune = (keepFraction: number, seed?: number) => {
    const input = syntheticPruneInput();
    const random = seed === undefined ? input.random : input.random.fork(`${seed}`);
    return randomPruner({}, plainKernel()).prune({ ...input, random, keepFraction });
  };

  it('keeps its own fraction where the input asks for none', async () => {
    const input = syntheticPruneInput();
    const { keep } = await randomPruner({ fraction: 0.2 }, plainKernel()).prune(input);
    expect(keep.length).toBe(Math.round(0.2 * input.ids.length));
  });

  it('keeps nested subsets for one seed, others for another', async () => {
    const [small, large, other] = await Promise.all([prune(0.3), prune(0.6), prune(0.3, 7)]);
    expect(Array.from(large.keep)).toEqual(expect.arrayContaining(Array.from(small.keep)));
    expect(other.keep).not.toEqual(small.keep);
  });

  it('names the most similar of all kept clips, the first of equals', async () => {
    const { embeddings, audioIdentity } = syntheticPruneInput();
    const { keep, removed } = await prune(0.4);
    for (const { index, partner, similarity, level } of removed) {
      const similarities = Array.from(keep, (kept) => onGrid(dot(embeddings, index, embeddings, kept)));
      expect(similarity).toBe(Math.max(...similarities));
      expect(partner).toBe(keep[similarities.indexOf(similarity)]);
      const isCopy = audioIdentity![index]! >= 0 && audioIdentity![index] === audioIdentity![partner];
      expect(level).toBe(isCopy ? 'identical' : 'unsupported');
    }
  });

  it('keeps every clip equally often', async () => {
    const count = syntheticPruneInput().ids.length;
    const times = new Uint32Array(count);
    const draws = 300;
    for (let seed = 0; seed < draws; seed++) for (const clip of (await prune(0.5, seed)).keep) times[clip]!++;
    // Five standard deviations of a binomial of 300 draws at ½.
    for (const clip of times) expect(Math.abs(clip - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
  });

  it('refuses to keep no clip at all, and names the smallest fraction', async () => {
    await expect(prune(0)).rejects.toThrow(ConfigError);
    await expect(prune(0.001)).rejects.toThrow(/smallest possible is `keep` 0\.0/);
    expect(() => randomPruner({ fraction: 2 }, plainKernel())).toThrow(/pruner.fraction/);
  });
});
