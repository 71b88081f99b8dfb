import { describe, expect, it } from 'vitest';
import { gatherColumns, lineAt, type RowSpans, withoutRows } from './table.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

describe('columns gathered from rows', () => {
  it('have a value for every row, undefined where a row lacks it', () => {
    const gathered = gatherColumns((name) => name !== 'unwanted');
    gathered.add({ a: 1, unwanted: 2 });
    gathered.add({});
    gathered.add({ b: 'x', a: 3 });
    expect(gathered.columns()).toEqual({
      columns: ['a', 'unwanted', 'b'],
      rowCount: 3,
      values: new Map<string, unknown[]>([
        ['a', [1, undefined, 3]],
        ['b', [undefined, undefined, 'x']],
      ]),
    });
  });

  it('take a key __proto__ for what it is: a name', () => {
    const gathered = gatherColumns(() => true);
    gathered.add(JSON.parse('{"__proto__": "p"}') as Record<string, unknown>);
    expect(gathered.columns().values.get('__proto__')).toEqual(['p']);
  });

  it('stay bounded when every row invents a key', () => {
    const gathered = gatherColumns(() => false);
    for (let row = 0; row < 20_000; row++) gathered.add({ [`key ${row}`]: row });
    expect(gathered.columns().columns).toHaveLength(10_000);
  });
});

describe('a text without some rows', () => {
  const lines: RowSpans = { starts: [2, 7], ends: [4, 9], between: 'lines' };
  it.each([
    [[], 'h\na\n  \nb\n'],
    [[0], 'h\n  \nb\n'],
    [[1], 'h\na\n  \n'],
    [[0, 1], 'h\n  \n'],
  ])('of lines keeps all other bytes: without %j', (dropped, expected) => {
    expect(text(withoutRows(bytes('h\na\n  \nb\n'), lines, (row) => dropped.includes(row)))).toBe(expected);
  });

  const members: RowSpans = { starts: [2, 6, 10], ends: [3, 7, 11], between: 'members' };
  it.each([
    [[], '[ 1 , 2 , 3 ]'],
    [[0], '[ 2 , 3 ]'],
    [[1], '[ 1 , 3 ]'],
    [[2], '[ 1 , 2 ]'],
    [[0, 1], '[ 3 ]'],
    [[0, 2], '[ 2 ]'],
    [[0, 1, 2], '[  ]'],
  ])('of members keeps as many commas as it needs: without %j', (dropped, expected) => {
    expect(text(withoutRows(bytes('[ 1 , 2 , 3 ]'), members, (row) => dropped.includes(row)))).toBe(expected);
  });
});

it('lines are counted from 1', () => {
  const content = bytes('a\nb\r\nc');
  expect([0, 1, 2, 5].map((offset) => lineAt(content, offset))).toEqual(['line 1', 'line 1', 'line 2', 'line 3']);
});
