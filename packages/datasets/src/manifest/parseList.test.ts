import { processorSeconds } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { parseList } from './parseList.ts';

describe('the text of a list', () => {
  it.each<[string, (string | number | null)[]]>([
    ['[]', []],
    ['[ ]', []],
    [`['a', "b"]`, ['a', 'b']],
    [`[ 'it\\'s' , "say \\"so\\"", ]`, ["it's", 'say "so"']],
    ['["\\u00e9", "tab\\there", "\\x41"]', ['é', 'tab\there', 'A']],
    ['[1, -2.5, 3e2]', [1, -2.5, 300]],
    ['[hip hop, pop]', ['hip hop', 'pop']],
    [`['[x]', 'a,b']`, ['[x]', 'a,b']],
    [`["__import__('os')"]`, ["__import__('os')"]],
    ["['a' 'b'\n 'c']", ['a', 'b', 'c']],
    ['[1 2. 3]', [1, 2, 3]],
    [`[u'a', b"b", None, nan, NA, <NA>]`, ['a', 'b', null, null, null, null]],
    [`("it's", 'a',)`, ["it's", 'a']],
    ['()', []],
    ["{'a', 'b'}", ['a', 'b']],
    ['{hip hop,pop}', ['hip hop', 'pop']],
    ["frozenset({'a'})", ['a']],
    ['set()', []],
    ["array(['a', 'b'], dtype=object)", ['a', 'b']],
    ["[np.str_('a'), np.int64(3)]", ['a', 3]],
    ['c("a", "b", NA)', ['a', 'b', null]],
    ['character(0)', []],
  ])('%s', (text, expected) => {
    expect(parseList(text)).toEqual(expected);
  });

  it.each([
    '',
    'a',
    '[a',
    "['a' b]",
    "[b'a'c]",
    '(a, b)',
    '(1996)',
    "('a')",
    "{'a': 1}",
    'c(a)',
    'set(a)',
    "['a' ... 'b']",
    '[[1]]',
    "[,'a']",
    '[a,,b]',
    "[__import__('os')]",
    "['a'; 'b']",
    "['a]",
  ])('is none: %s', (text) => {
    expect(parseList(text)).toBeUndefined();
  });

  it.each([
    ['blanks behind a word', `[word${' '.repeat(200_000)}']`],
    ['an open quote', `['${'\\a'.repeat(200_000)}]`],
    ['many elements', `[${"'x',".repeat(200_000)}']`],
  ])('takes no long time to refuse: %s', async (_, text) => {
    expect(await processorSeconds(() => expect(parseList(text)).toBeUndefined())).toBeLessThan(2);
  });
});
