import { seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { stratifiedHalves } from './randomStratifiedPruner.ts';

describe('stratifiedHalves', () => {
  const halves = (labels: readonly (readonly number[])[], seed = 0) =>
    stratifiedHalves(Array.from(labels.keys()), labels, seededRandom(seed));

  it('halves every label and the clips without one', () => {
    const labels = [[7], [7], [7], [7], [3], [3], [], [], [3, 7], [3, 7]];
    for (let seed = 0; seed < 20; seed++) {
      const [first, second] = halves(labels, seed);
      expect([...first, ...second].sort((a, b) => a - b)).toEqual(Array.from(labels.keys()));
      expect(first).toHaveLength(5);
      for (const label of [3, 7]) {
        expect(first.filter((clip) => labels[clip]!.includes(label))).toHaveLength(label === 7 ? 3 : 2);
      }
    }
  });

  it('deals the rarest label first', () => {
    // Label 1 is in two clips, both among the eight with label 0: dealt first, they come apart.
    const labels = [[0], [0], [0, 1], [0], [0], [0, 1], [0], [0]];
    for (let seed = 0; seed < 20; seed++) {
      const [first] = halves(labels, seed);
      expect(first).toHaveLength(4);
      expect(first.filter((clip) => labels[clip]!.includes(1))).toHaveLength(1);
    }
  });

  it('leaves no half empty where there are two clips', () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const labels of [
        [[0], [1]],
        [[0, 1], [1]],
        [[], []],
        [[], [0]],
        [[0, 0], [0]],
      ]) {
        expect(halves(labels, seed).map((half) => half.length)).toEqual([1, 1]);
      }
    }
    expect(
      halves([[1]])
        .map((half) => half.length)
        .sort(),
    ).toEqual([0, 1]);
  });
});
