import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { parseOverrides } from './rules.ts';

const ids = ['a', 'b', 'c'];
const parse = (...lines: string[]) => parseOverrides(lines.join('\n'), ids, 'overrides.jsonl');

describe('parseOverrides', () => {
  it('reads decisions, with notes, empty lines, line ends and marks of any editor', () => {
    const text =
      '{"id": "c", "decision": "keep", "note": "the master"}\r\n\r\n{"decision":"remove","id":"a","by":"me"}\n';
    const { protect, exclude } = parseOverrides(text, ids, 'overrides.jsonl');
    expect([[...protect], [...exclude]]).toEqual([['c'], ['a']]);
  });

  it('takes the same decision twice as one, and an empty file as none', () => {
    expect([...parse('{"id":"b","decision":"keep"}', '{"id":"b","decision":"keep"}').protect]).toEqual(['b']);
    expect(parse('')).toEqual({ protect: new Set(), exclude: new Set(), text: '' });
  });

  const good = '{"id":"b","decision":"keep"}';
  it.each<[string, string, RegExp]>([
    ['no JSON', '{"id":"a"', /overrides\.jsonl:2: expected a JSON object/],
    ['no object', '["a","keep"]', /overrides\.jsonl:2: expected \{"id"/],
    ['no id', '{"decision":"keep"}', /:2: .*id: /],
    ['no decision', '{"id":"a"}', /:2: .*decision: /],
    ['an unknown decision', '{"id":"a","decision":"drop"}', /:2: .*decision: /],
    ['an unknown clip', '{"id":"x","decision":"keep"}', /:2: there is no clip x among the 3/],
    ['a contradiction', '{"id":"b","decision":"remove"}', /:2: clip b is to remove here and to keep on line 1/],
  ])('refuses %s and names the line', (_, line, message) => {
    expect(() => parse(good, line)).toThrow(DataError);
    expect(() => parse(good, line)).toThrow(message);
  });
});
