import { type Random, type Split, shuffled } from '@refrain/core';

/** Wanted shares of the tracks. */
const SHARES: Readonly<Record<Split, number>> = { train: 0.6, valid: 0.16, test: 0.24 };
const SPLITS = ['train', 'valid', 'test'] as const;

/** Weighs more than all other imbalance together: a split in which a tag is nowhere, or everywhere. */
const ONE_SIDED = 1000;

/**
 * A split for each track, so that every tag is about as frequent in each split as in the whole, and none is nowhere or
 * everywhere in a split if that can be had: a random draw, improved by exchanging pairs of tracks until no exchange
 * helps. `tags` are those of each track's excerpts.
 */
export function splitTracks(random: Random, tags: readonly (readonly (readonly string[])[])[]): Split[] {
  const names = [...new Set(tags.flat(2))].sort();
  const counts = tags.map((excerpts) =>
    names.map((name) => excerpts.filter((excerpt) => excerpt.includes(name)).length),
  );
  const sizes = tags.map((excerpts) => excerpts.length);
  const splits = drawSplit(random, tags.length);
  let lowest = imbalance(splits, counts, sizes);
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i < splits.length; i++) {
      for (let j = i + 1; j < splits.length; j++) {
        if (splits[i] === splits[j]) continue;
        exchange(splits, i, j);
        const cost = imbalance(splits, counts, sizes);
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

function imbalance(splits: readonly Split[], counts: readonly (readonly number[])[], sizes: readonly number[]): number {
  const tags = counts[0]!.length;
  let cost = 0;
  for (const split of SPLITS) {
    const here = new Array<number>(tags).fill(0);
    const whole = new Array<number>(tags).fill(0);
    let clips = 0;
    counts.forEach((count, track) => {
      const inside = splits[track] === split;
      if (inside) clips += sizes[track]!;
      for (let tag = 0; tag < tags; tag++) {
        whole[tag]! += count[tag]!;
        if (inside) here[tag]! += count[tag]!;
      }
    });
    for (let tag = 0; tag < tags; tag++) {
      if (here[tag] === 0 || here[tag] === clips) cost += ONE_SIDED;
      cost += (here[tag]! / (whole[tag]! * SHARES[split]) - 1) ** 2;
    }
  }
  return cost;
}
