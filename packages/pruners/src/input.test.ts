import { ConfigError, DataError, type PruneInput } from '@refrain/core';
import { syntheticPruneInput } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { checkInput } from './input.ts';

const changed = (change: (input: PruneInput) => Partial<PruneInput>): PruneInput => {
  const input = syntheticPruneInput();
  return { ...input, ...change(input) };
};

describe('checkInput', () => {
  it('accepts good input, also with silent rows', () => {
    const input = syntheticPruneInput();
    input.embeddings.data.fill(0, 0, input.embeddings.cols);
    expect(() => checkInput(input)).not.toThrow();
  });

  it.each<[string, (input: PruneInput) => Partial<PruneInput>, RegExp]>([
    ['too few numbers', ({ embeddings }) => ({ embeddings: { ...embeddings, cols: 31 } }), /numbers/],
    [
      'too few labels',
      ({ clustering }) => ({ clustering: { ...clustering, labels: new Int32Array(2) } }),
      /cluster labels/,
    ],
    [
      'an unknown cluster',
      ({ clustering }) => ({ clustering: { ...clustering, clusterCount: 2 } }),
      /cluster [23]; with 2/,
    ],
    ['too few tracks', () => ({ groups: [] }), /0 rows of groups/],
    [
      'a reliability above 1',
      ({ reliability }) => ({ reliability: reliability!.with(7, 1.5) }),
      /clip-000007 has reliability 1.5/,
    ],
    ['a reliability that is no number', ({ reliability }) => ({ reliability: reliability!.fill(Number.NaN) }), /NaN/],
    ['copies in two clusters', ({ duplicateSet }) => ({ duplicateSet: duplicateSet!.fill(0) }), /different clusters/],
  ])('refuses %s', (_, change, message) => {
    const check = () => checkInput(changed(change));
    expect(check).toThrow(DataError);
    expect(check).toThrow(message);
  });

  it('refuses rows that are not normalised, and names the clip', () => {
    const input = syntheticPruneInput();
    input.embeddings.data.set(input.embeddings.data.subarray(0, input.embeddings.cols).map((value) => 2 * value));
    expect(() => checkInput(input)).toThrow(/clip-000000 has length 2.000/);
  });

  it('refuses fractions outside 0…1', () => {
    for (const keepFraction of [-0.1, 1.1, Number.NaN]) {
      expect(() => checkInput(changed(() => ({ keepFraction })))).toThrow(ConfigError);
    }
  });
});
