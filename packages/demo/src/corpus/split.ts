import { type Random, type Split, shuffled } from '@refrain/core';

/** Wanted shares of the tracks. */
const SHARES: Readonly<Record<Split, number>> = { train: 0.6, valid: 0.16, test: 0.24 };
const SPLITS = ['train', 'valid', 'test'] as const;

/** Weighs more than all other imbalance together: a split in which a tag is nowhere, or everywhere. */
const ONE_SIDED = 1000;

/**
 * A split for each track, so that every tag is about as frequent in each split as in the whole, and none is nowhere or
 * everywhere in a split if that can be had: a random draw, improved by exchanging pairs of tracks until no exchange
 * helps. `tags` are those of each track's excerpts, as many of each.
 */
export function splitTracks(random: Random, tags: readonly (readonly (readonly string[])[])[]): Split[] {
  const names = [...new Set(tags.flat(2))].sort();
  const counts = tags.map((excerpts) =>
    names.map((name) => excerpts.filter((excerpt) => excerpt.includes(name)).length),
  );
  const whole = names.map((_, tag) => counts.reduce((sum, count) => sum + count[tag]!, 0));
  const splits = drawSplit(random, tags.length);
  const imbalance = () =>
    SPLITS.reduce((sum, split) => {
      const inside = counts.filter((_, track) => splits[track] === split);
      return sum + imbalanceOf(inside, inside.length * tags[0]!.length, whole, SHARES[split]);
    }, 0);
  let lowest = imbalance();
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i < splits.length; i++) {
      for (let j = i + 1; j < splits.length; j++) {
        if (splits[i] === splits[j]) continue;
        exchange(splits, i, j);
        const cost = imbalance();
        if (cost < lowest - 1e-9) [lowest, improved] = [cost, true];
        else exchange(splits, i, j);
      }
    }
  }
  return splits;
}

function exchange(splits: Split[], i: number, j: number): void {
  [splits[i], splits[j]] = [splits[j]!, splits[i]!];
}

function drawSplit(random: Random, tracks: number): Split[] {
  const result = new Array<Split>(tracks).fill('train');
  const valid = Math.round(SHARES.valid * tracks);
  const test = Math.round(SHARES.test * tracks);
  shuffled(random, tracks).forEach((track, place) => {
    if (place < valid) result[track] = 'valid';
    else if (place < valid + test) result[track] = 'test';
  });
  return result;
}

function imbalanceOf(inside: readonly number[][], clips: number, whole: readonly number[], share: number): number {
  return whole.reduce((cost, all, tag) => {
    const here = inside.reduce((sum, count) => sum + count[tag]!, 0);
    return cost + (here === 0 || here === clips ? ONE_SIDED : 0) + (here / (all * share) - 1) ** 2;
  }, 0);
}
