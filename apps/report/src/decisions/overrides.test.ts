import { describe, expect, it } from 'vitest';
import { decided, noted, type Overrides, overridesText, readOverrides } from './overrides.ts';

const NONE: Overrides = new Map();

describe('overrides.jsonl', () => {
  it('goes out and comes in again, whatever ids and notes hold', () => {
    const ids = ['a/b', '<script>alert(1)</script>', '"\'`', 'שלום‮', '🎺', 'two\nlines\u2028three', 'x'.repeat(300)];
    const made = ids.reduce((all, id, i) => decided(all, id, i % 2 === 0 ? 'keep' : 'remove'), NONE);
    const all = noted(made, ids[1]!, 'a "note"\n</script>');
    const text = overridesText(all);
    expect(text.split('\n')).toHaveLength(ids.length + 1);
    expect([...readOverrides(text)]).toEqual([...all]);
  });

  it('is one line per decision', () => {
    expect(overridesText(noted(decided(NONE, 'a', 'keep'), 'a', 'why'))).toBe(
      '{"id":"a","decision":"keep","note":"why"}\n',
    );
    expect(overridesText(NONE)).toBe('');
  });

  it('keeps what else a person wrote, and takes the last line of a clip', () => {
    const text =
      '\ufeff{"id":"a","decision":"keep","by":"me"}\r\n\n{"id":"b","decision":"keep"}\n{"id":"b","decision":"remove"}';
    const read = readOverrides(text);
    expect(overridesText(decided(read, 'a', 'remove'))).toBe(
      '{"id":"a","decision":"remove","by":"me"}\n{"id":"b","decision":"remove"}\n',
    );
  });

  it.each([
    '{',
    'null',
    '[]',
    '{"id":1,"decision":"keep"}',
    '{"id":"a","decision":"maybe"}',
    '{"id":"a","decision":"keep","note":1}',
  ])('refuses %s by its line', (line) => {
    expect(() => readOverrides(`{"id":"a","decision":"keep"}\n${line}\n`)).toThrow(/^Line 2 /);
  });
});

it('the same decision again takes it back, another one replaces it', () => {
  const keep = decided(NONE, 'a', 'keep');
  expect(decided(keep, 'a', 'keep').size).toBe(0);
  expect(decided(keep, 'a', 'remove').get('a')).toEqual({ id: 'a', decision: 'remove' });
  expect(noted(keep, 'b', 'note')).toBe(keep);
  expect(noted(noted(keep, 'a', 'x'), 'a', '').get('a')).toEqual({ id: 'a', decision: 'keep' });
});
