import { ConfigError, DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type LabelSettings, readLabels } from './labels.ts';

const place = { source: 'table.csv', where: (row: number) => `line ${row + 2}` };
const read = (cells: readonly unknown[], { task = 'auto', separator }: Partial<LabelSettings> = {}) =>
  readLabels(cells, { task, separator }, place);
const named = (cells: readonly unknown[], settings?: Partial<LabelSettings>) => {
  const { task, classes, labels } = read(cells, settings);
  return [task, ...labels.map((set) => set.map((label) => classes[label]).join('+'))];
};

describe('labels', () => {
  it.each<[string, unknown[], string[]]>([
    ['plain texts', ['rock', ' pop ', 'rock'], ['single-label', 'rock', 'pop', 'rock']],
    ['numbers', [2, 10, 2n], ['single-label', '2', '10', '2']],
    ['lists', [['b', 'a'], [], null], ['multi-label', 'a+b', '', '']],
    ['texts of lists', ["['b', 'a']", '["c"]', ''], ['multi-label', 'a+b', 'c', '']],
    ['texts with |', ['b|a', 'c;d', ''], ['multi-label', 'a+b', 'c;d', '']],
    ['texts with ;', ['b; a', 'c', undefined], ['multi-label', 'a+b', 'c', '']],
    ['repeated names', [['a', 'a'], 'a'], ['multi-label', 'a', 'a']],
    ['lists that lack some', [['a', null, ''], '[None, "a"]', '[nan]'], ['multi-label', 'a', 'a', '']],
    ['texts of tuples and sets', ["('b', 'a')", "{'a'}", 'set()', "('a',)"], ['multi-label', 'a+b', 'a', '', 'a']],
    ['vectors of R', ['c("b", "a")', 'character(0)', 'c("a", NA)'], ['multi-label', 'a+b', '', 'a']],
    ['arrays of NumPy', ["['b' 'a']", "array(['a'], dtype='<U1')", "[np.str_('b')]"], ['multi-label', 'a+b', 'a', 'b']],
    ['commas between names that others have', ['b, a', 'a', 'c'], ['multi-label', 'a+b', 'a', 'c']],
    ['commas without blanks', ['/m/b,/m/a', '/m/b,/m/a'], ['multi-label', '/m/a+/m/b', '/m/a+/m/b']],
    ['a name with a comma', ['male speech, man speaking', 'a'], ['single-label', 'male speech, man speaking', 'a']],
    ['a number with a comma', ['3,5', '4,6'], ['single-label', '3,5', '4,6']],
    ['words for nothing', ['a|b', 'NaN', 'NA', 'None', 'null', ' nan '], ['multi-label', 'a+b', '', '', '', '', '']],
    ['a word for nothing beside single labels', ['a', 'None', null], ['multi-label', 'a', '', '']],
    ['texts in quotes', [' "a"', 'b '], ['single-label', 'a', 'b']],
    ['texts in parentheses', ['(Live)', '(1996)', 'c(a)'], ['single-label', '(Live)', '(1996)', 'c(a)']],
    ['nothing at all', ['', null, []], ['unlabelled', '', '', '']],
    ['code', ["__import__('os')", '`ls`'], ['single-label', "__import__('os')", '`ls`']],
  ])('from %s', (_, cells, expected) => {
    expect(named(cells)).toEqual(expected);
  });

  it('have classes sorted by code units, each once', () => {
    expect(read(['b|a', 'Z', 'é|a']).classes).toEqual(['Z', 'a', 'b', 'é']);
  });

  it('follow the settings', () => {
    expect(named(['a b', 'c'], { separator: ' ' })).toEqual(['multi-label', 'a+b', 'c']);
    expect(named(['R&B|Soul', 'Pop'], { task: 'single-label' })).toEqual(['single-label', 'R&B|Soul', 'Pop']);
    expect(named(['a', ''], { task: 'multi-label' })).toEqual(['multi-label', 'a', '']);
    expect(named(['a'], { task: 'unlabelled' })).toEqual(['unlabelled', '']);
    expect(() => read([''], { task: 'multi-label' })).toThrow(ConfigError);
  });

  it.each<[unknown[], RegExp, LabelSettings['task']?]>([
    [['a', ''], /table.csv, line 3: expected one label, found none/],
    [['a', 'NaN'], /table.csv, line 3: expected one label, found none/, 'single-label'],
    [[['a', 'b']], /line 2: expected one label, found a, b/, 'single-label'],
    [['a|b', "[__import__('os')]"], /line 3: expected a list of labels/],
    [[{ os: 1 }], /line 2: expected a label, found \{ os: 1 \}/],
    [[['a', { b: 1 }]], /line 2: expected a list of label names/],
    [[[0, 1, 0, 0]], /line 2: expected a list of label names/],
    [['[0.0, 1.0, 0.0]'], /line 2: expected a list of label names/],
  ])('are refused with their row: %j', (cells, message, task = 'auto') => {
    expect(() => read(cells, { task })).toThrow(DataError);
    expect(() => read(cells, { task })).toThrow(message);
  });
});
