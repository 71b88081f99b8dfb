import { ConfigError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Constraints } from './constraints.ts';
import { type ConstraintFacts, refuseImpossible } from './constraints.ts';

/** Six clips: track a has four, track b two; label 0 is on four, labels 1 and 2 on one each. */
const facts: ConstraintFacts = {
  ids: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'],
  labels: [[0], [0], [0], [0], [1], [2]],
  groups: [...'aaaabb'].map((track) => ({ track })),
};

const set = (...clips: number[]) => new Set(clips);

describe('refuseImpossible', () => {
  it.each<[string, Constraints, string, RegExp]>([
    [
      'a clip both kept and removed',
      { protect: set(1, 2), exclude: set(2) },
      'overrides',
      /both keep and remove for clip c2/,
    ],
    ['no clip left', { exclude: set(0, 1, 2, 3, 4, 5) }, 'overrides', /removes all 6/],
    ['a size above all', { size: 7 }, 'keep', /asks for 7 clips, but of 6, only 6/],
    ['a size above what is left', { size: 6, exclude: set(0) }, 'keep', /1 of them removed by `overrides`, only 5/],
    ['a size below the protected', { size: 1, protect: set(0, 1) }, 'keep', /keeps 2 already/],
    ['a size of nothing', { size: 0 }, 'keep', /whole number from 1 on/],
    [
      'a minimum above the maximum',
      { minPerGroup: { track: 3 }, maxPerGroup: { track: 2 } },
      'minPerGroup.track',
      /`minPerGroup.track` 3 is more than `maxPerGroup.track` 2/,
    ],
    ['artists that nobody knows', { maxPerGroup: { artist: 1 } }, 'maxPerGroup.artist', /no clip names one/],
    ['albums that nobody knows', { minPerGroup: { album: 1 } }, 'minPerGroup.album', /no clip names one/],
    // Two of a, two of b.
    [
      'too little room',
      { size: 5, maxPerGroup: { track: 2 } },
      'maxPerGroup.track',
      /at most 4 clips, but `keep` asks for 5/,
    ],
    // Two of label 0, one of each other, and no clip has two labels.
    ['too many labels', { size: 3, minPerLabel: 2 }, 'minPerLabel', /at least 4 clips, but `keep` asks for 3/],
    ['too many tracks', { size: 3, minPerGroup: { track: 2 } }, 'minPerGroup.track', /at least 4/],
  ])('refuses %s', (_, constraints, option, message) => {
    const refused = () => refuseImpossible(facts, constraints);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ option }));
  });

  it.each<[string, Constraints]>([
    ['nothing', {}],
    ['just enough room', { size: 4, maxPerGroup: { track: 2 } }],
    ['protected clips above a maximum', { size: 5, maxPerGroup: { track: 2 }, protect: set(0, 1, 2) }],
    ['just enough for all labels', { size: 4, minPerLabel: 2 }],
    ['labels without their excluded clips', { size: 3, minPerLabel: 2, exclude: set(4) }],
    ['just enough for all tracks', { size: 4, minPerGroup: { track: 2 } }],
    ['the largest size', { size: 6 }],
  ])('lets pass %s', (_, constraints) => {
    expect(() => refuseImpossible(facts, constraints)).not.toThrow();
  });

  it('counts a clip of several labels for each of them', () => {
    const both = { ids: ['c0', 'c1'], labels: [[0, 1], [2]] };
    expect(() => refuseImpossible(both, { size: 2, minPerLabel: 1 })).not.toThrow();
    expect(() => refuseImpossible(both, { size: 1, minPerLabel: 1 })).toThrow(/at least 2/);
  });

  it('makes room for last copies above a maximum', () => {
    const copies = { ...facts, audioIdentity: Int32Array.of(0, 0, 1, 1, -1, -1) };
    expect(() => refuseImpossible(copies, { size: 3, maxPerGroup: { track: 1 } })).not.toThrow();
    expect(() => refuseImpossible(facts, { size: 3, maxPerGroup: { track: 1 } })).toThrow(ConfigError);
  });

  it('refuses labels for a dataset without any', () => {
    expect(() => refuseImpossible({ ids: facts.ids }, { minPerLabel: 1 })).toThrow(/no clip has any/);
  });
});
