import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { onGrid } from '../similarityGrid.ts';
import { type LeadersFirst, type SimilarPairs, starCover } from './starCover.ts';

const leaders = (
  count: number,
  pairs: SimilarPairs,
  first: LeadersFirst = 'most-neighbours',
  mayJoin: MayJoin = () => true,
) => Array.from(starCover(count, pairs, first, mayJoin));

type MayJoin = (leader: number, clip: number) => boolean;

function pairsOf(...list: readonly (readonly [number, number, number])[]): SimilarPairs {
  return {
    i: Uint32Array.from(list, ([i]) => i),
    j: Uint32Array.from(list, ([, j]) => j),
    similarity: Float64Array.from(list, ([, , similarity]) => similarity),
  };
}

describe('starCover', () => {
  it('lets the clip with most neighbours lead, and does not chain', () => {
    // A path 0–1–2–3–4: clip 1 and clip 3 and clip 2 have two neighbours each; 2 is nearest to its own on average.
    const path = pairsOf([0, 1, 0.9], [1, 2, 0.95], [2, 3, 0.95], [3, 4, 0.9]);
    expect(leaders(5, path)).toEqual([0, 2, 2, 2, 4]);
    expect(leaders(5, path, 'most-similar')).toEqual([0, 2, 2, 2, 4]);
  });

  it('keeps two pieces apart that a clip between them resembles, where the most similar lead', () => {
    const pieces = pairsOf([0, 1, 0.95], [0, 2, 0.8], [1, 2, 0.8], [2, 3, 0.8], [2, 4, 0.8], [3, 4, 0.95]);
    expect(leaders(5, pieces)).toEqual([2, 2, 2, 2, 2]);
    expect(leaders(5, pieces, 'most-similar')).toEqual([0, 0, 0, 3, 3]);
    expect(leaders(3, pairsOf([0, 1, 0.9], [1, 2, 0.9]), 'most-similar')).toEqual([1, 1, 1]);
  });

  it('settles ties of neighbours and similarity by index', () => {
    expect(leaders(4, pairsOf([0, 3, 0.9], [1, 2, 0.9]))).toEqual([0, 1, 1, 0]);
    expect(leaders(3, pairsOf([0, 1, 0.9], [0, 2, 0.9], [1, 2, 0.9]))).toEqual([0, 0, 0]);
  });

  it('leaves a clip that may not join for later', () => {
    const star = pairsOf([0, 1, 0.9], [0, 2, 0.9], [1, 2, 0.9]);
    expect(leaders(3, star, 'most-neighbours', (leader, clip) => leader === 1 || clip !== 2)).toEqual([0, 0, 2]);
  });

  it('gives everyone a leader who is a neighbour and leads itself', () => {
    const random = seededRandom('graph');
    for (let draw = 0; draw < 50; draw++) {
      const list: [number, number, number][] = [];
      for (let i = 0; i < 40; i++) {
        for (let j = i + 1; j < 40; j++) if (random.uniform() < 0.06) list.push([i, j, onGrid(random.uniform())]);
      }
      const neighbours = new Set(list.flatMap(([i, j]) => [`${i} ${j}`, `${j} ${i}`]));
      const found = leaders(40, pairsOf(...list), draw % 2 === 0 ? 'most-similar' : 'most-neighbours');
      for (const [clip, leader] of found.entries()) {
        expect(found[leader]).toBe(leader);
        if (clip !== leader) expect(neighbours).toContain(`${clip} ${leader}`);
      }
      // No two leaders are neighbours: one of them would have taken the other.
      for (const [i, j] of list) expect(found[i] === i && found[j] === j).toBe(false);
    }
  });
});
