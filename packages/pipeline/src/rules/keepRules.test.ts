import { ConfigError } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeepFacts, keepPriority } from './keepRules.ts';

const facts: KeepFacts = {
  ids: ['d', 'a', 'c', 'b'],
  labels: [['rock'], ['rock', 'jazz'], ['jazz', 'jazz'], []],
  seconds: [30, 29, 30, 31],
  sampleRate: [44100, 48000, 44100, 22050],
  clipping: [0.1, 0, 0.2, 0],
  paths: ['/in/x.mp3', '/master/y.flac', 'C:\\master\\z.mp3', '/in/w.flac'],
};

const preferenceBy = (...rules: string[]) => Array.from(keepPriority(rules, facts));

describe('keepPriority', () => {
  it.each<[string, readonly number[]]>([
    ['labels', [1, 2, 1, 0]],
    ['longer', [1, 0, 1, 2]],
    ['rate', [1, 2, 1, 0]],
    ['clipping', [1, 2, 0, 2]],
    ['path:/master/', [0, 1, 1, 0]],
    ['path:\\.flac$', [0, 1, 0, 1]],
  ])('%s', (rule, expected) => expect(preferenceBy(rule)).toEqual(expected));

  it('lets the next rule decide between equals of the one before', () => {
    expect(preferenceBy('labels', 'clipping')).toEqual([2, 3, 1, 0]);
    expect(preferenceBy('path:/master/', 'path:flac', 'longer')).toEqual([0, 3, 2, 1]);
  });

  it('finds all equal without a rule', () => expect(preferenceBy()).toEqual([0, 0, 0, 0]));

  it('agrees with a comparison rule by rule, for any facts', () => {
    const values = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, (rows) => {
        const ids = rows.map((_, i) => `${i}`);
        const priority = keepPriority(['longer', 'clipping'], {
          ids,
          seconds: rows.map(([seconds]) => seconds),
          clipping: rows.map(([, clipping]) => clipping),
        });
        for (const [i, [seconds, clipping]] of rows.entries()) {
          for (const [j, [others, more]] of rows.entries()) {
            const wanted = Math.sign(seconds - others || more - clipping);
            expect(Math.sign(priority[i]! - priority[j]!)).toBe(wanted);
          }
        }
      }),
    );
  });

  it('refuses rules that are unknown, broken or ask for what is not known', () => {
    expect(() => preferenceBy('loudest')).toThrow(
      /"loudest"; expected one of labels, longer, rate, clipping, path:REGEX/,
    );
    expect(() => preferenceBy('constructor')).toThrow(ConfigError);
    expect(() => preferenceBy('path:(')).toThrow(/no regular expression/);
    for (const rule of ['labels', 'longer', 'rate', 'clipping', 'path:x']) {
      expect(() => keepPriority([rule], { ids: ['a'] })).toThrow(ConfigError);
    }
  });

  it('names the clip whose fact is no number, and refuses a rule that is not known of every clip', () => {
    expect(() => keepPriority(['longer'], { ids: ['a', 'b'], seconds: [1, Number.NaN] })).toThrow(/clip b, got NaN/);
    expect(() => keepPriority(['longer'], { ids: ['a', 'b'], seconds: [1, undefined] })).toThrow(ConfigError);
  });
});
