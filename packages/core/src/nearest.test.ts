import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('nearest', () => {
  const known = ['t', 'theta', 'threshold', 'minClusterSize', 'min-samples'];

  it.each([
    ['thteshold', 'threshold'],
    ['treshold', 'threshold'],
    ['htreshold', 'threshold'],
    ['theta2', 'theta'],
    ['minclustersize', 'minClusterSize'],
    ['thirst', undefined],
    ['zzz', undefined],
  ])('of %s is %s', (name, meant) => {
    expect(nearest(name, known)).toBe(meant);
  });

  it('counts two exchanged letters as one edit, and takes the first of equals', () => {
    expect(nearest('ab', ['xy', 'ba', 'abc'])).toBe('ba');
    expect(nearest('ab', ['abc', 'ba'])).toBe('abc');
  });
});
