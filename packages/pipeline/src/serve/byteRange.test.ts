import { describe, expect, it } from 'vitest';
import { byteRange } from './byteRange.ts';

describe('byteRange', () => {
  // The examples of RFC 9110, 14.1.2, for 10,000 bytes, and what its 14.2 leaves to the server.
  it.each([
    ['bytes=0-499', { start: 0, end: 499 }],
    ['bytes=500-999', { start: 500, end: 999 }],
    ['bytes=-500', { start: 9500, end: 9999 }],
    ['bytes=9500-', { start: 9500, end: 9999 }],
    ['bytes=9500-20000', { start: 9500, end: 9999 }],
    ['bytes=-20000', { start: 0, end: 9999 }],
    ['bytes=9999-9999', { start: 9999, end: 9999 }],
    ['Bytes=0-0', { start: 0, end: 0 }],
    ['bytes=10000-', 'unsatisfiable'],
    ['bytes=10000-10001', 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=a-b', undefined],
    ['items=0-4', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(byteRange(header, 10_000)).toEqual(expected);
  });

  it('has nothing of an empty file', () => {
    expect(byteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(byteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });
});
