import { describe, expect, it } from 'vitest';
import { markdownTable, megabytes, significant, times, whole } from './table.ts';

describe('figures in a table', () => {
  it.each([
    [0, '0'],
    [0.012345, '0.0123'],
    [0.5, '0.500'],
    [1.2345, '1.23'],
    [9.996, '10.0'],
    [12.345, '12.3'],
    [99.96, '100'],
    [123.45, '123'],
    [1234.5, '1,235'],
    [-1.5, '-1.50'],
    [Number.NaN, 'n/a'],
    [Number.POSITIVE_INFINITY, 'n/a'],
  ])('%d has three digits: %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  it('are megabytes of a million bytes, whole numbers and ratios', () => {
    expect(megabytes(1_234_567_890)).toBe('1,235');
    expect(whole(25_863)).toBe('25,863');
    expect(times(2.034)).toBe('2.03×');
  });
});

describe('a table in Markdown', () => {
  it('sets figures to the right, text to the left, at one width', () => {
    const text = markdownTable({
      header: ['peer', 'n', 'ratio'],
      rows: [
        ['hdbscan-ts', '500', '9.00×'],
        ['ours', '1,000', 'n/a'],
      ],
    });
    expect(text.split('\n')).toEqual([
      '| peer       |     n | ratio |',
      '| ---------- | ----: | ----: |',
      '| hdbscan-ts |   500 | 9.00× |',
      '| ours       | 1,000 |   n/a |',
    ]);
  });

  it('keeps bars and line breaks from breaking a row', () => {
    expect(markdownTable({ header: ['a'], rows: [['x | y\n z']] }).split('\n')).toEqual([
      '| a        |',
      '| -------- |',
      '| x \\| y z |',
    ]);
  });

  it('refuses a row of another length', () => {
    expect(() => markdownTable({ header: ['a', 'b'], rows: [['1']] })).toThrow('1 cells, the header 2');
  });
});
