import { ConfigError, seededRandom } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { random } from '../random/randomPruner.ts';
import { randomStratified } from './randomStratifiedPruner.ts';

const randomStratifiedPruner = prunerOf(randomStratified);
const randomPruner = prunerOf(random);

const COUNT = 400;
const TAGS = 12;

/** Clips with any number of tags, from one half of them down to one in 40. */
function tagged(seed: number) {
  const random = seededRandom(`tags ${seed}`);
  const labels = Array.from({ length: COUNT }, () =>
    Array.from({ length: TAGS }, (_, tag) => tag).filter((tag) => random.uniform() < 0.5 * 0.76 ** tag),
  );
  return {
    ids: labels.map((_, i) => `clip-${String(i).padStart(3, '0')}`),
    embeddings: { data: new Float32Array(COUNT), rows: COUNT, cols: 1 },
    clustering: {
      labels: new Int32Array(COUNT),
      clusterCount: 1,
      probabilities: new Float32Array(COUNT),
    },
    random: seededRandom(seed),
    labels,
  };
}

/** How far the kept clips of each tag are from their share, at most. */
function worstError({ labels }: ReturnType<typeof tagged>, keep: Uint32Array, share: number): number {
  const counts = (clips: Iterable<number>) => {
    const count = new Float64Array(TAGS);
    for (const clip of clips) for (const tag of labels[clip]!) count[tag]!++;
    return count;
  };
  const all = counts(labels.keys());
  return counts(keep).reduce((worst, kept, tag) => Math.max(worst, Math.abs(kept - share * all[tag]!)), 0);
}

describe('random-stratified', () => {
  it('keeps the share of every tag at every size, nearer than a random set does', async () => {
    const [stratified, random] = [randomStratifiedPruner({}, plainKernel()), randomPruner({}, plainKernel())];
    let [total, byChance] = [0, 0];
    for (let seed = 0; seed < 4; seed++) {
      for (const keepFraction of [0.1, 0.25, 0.5, 0.6, 0.85]) {
        const input = { ...tagged(seed), keepFraction };
        const error = worstError(input, (await stratified.prune(input)).keep, keepFraction);
        // Of at most nine parts, halves of halves of 400 clips.
        expect(error).toBeLessThan(9);
        total += error;
        byChance += worstError(input, (await random.prune(input)).keep, keepFraction);
      }
    }
    expect(total).toBeLessThan(byChance / 2);
  });

  it('keeps every clip equally often', async () => {
    const times = new Uint32Array(COUNT);
    const input = tagged(0);
    const draws = 120;
    const pruner = randomStratifiedPruner({ fraction: 0.3 }, plainKernel());
    for (let seed = 0; seed < draws; seed++) {
      for (const clip of (await pruner.prune({ ...input, random: seededRandom(seed) })).keep) times[clip]!++;
    }
    for (const count of times) expect(Math.abs(count - 0.3 * draws)).toBeLessThan(5 * Math.sqrt(draws * 0.3 * 0.7));
  });

  it('says that it needs labels', async () => {
    const pruner = randomStratifiedPruner({}, plainKernel());
    await expect(pruner.prune(syntheticPruneInput())).rejects.toThrow(ConfigError);
    await expect(pruner.prune(syntheticPruneInput())).rejects.toThrow(/no labels.*`pruner` random/);
  });
});
