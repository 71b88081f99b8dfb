import { expect, it } from 'vitest';
import { byCodeUnits, indicesBy } from './order.ts';

it('lists the indices of each key, keys by their first index, without those of none', () => {
  expect([...indicesBy(['b', undefined, 'a', 'b'])]).toEqual([
    ['b', [0, 3]],
    ['a', [2]],
  ]);
});

it('orders by code units, capitals first', () => {
  expect(['a', 'ä', 'Z', 'a'].sort(byCodeUnits)).toEqual(['Z', 'a', 'a', 'ä']);
});
