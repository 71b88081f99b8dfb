import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { expect, it } from 'vitest';
import { BENCHES } from './benches.ts';
import { docsFile } from './folders.ts';
import { withSection, writeSection } from './section.ts';

const text = [
  '# Title',
  'It stands between `<!-- bench:a -->` and its end.',
  '<!-- bench:a -->',
  'old',
  '<!-- /bench:a -->',
  'between',
  '<!-- bench:ab -->',
  '<!-- /bench:ab -->',
  'end',
  '',
].join('\n');

it('replaces its section and nothing else, whatever the content', () => {
  const changed = withSection(text, 'a', '\n| $& | $1 | \\n |\n', 'docs.md');
  expect(changed).toBe(text.replace('\nold\n', () => '\n\n| $& | $1 | \\n |\n\n'));
  expect(withSection(changed, 'a', '| $& | $1 | \\n |', 'docs.md')).toBe(changed);
  expect(withSection(text, 'ab', 'new', 'docs.md')).toBe(text.replace('bench:ab -->\n', 'bench:ab -->\n\nnew\n\n'));
});

it('keeps the line ends of the file', () => {
  const windows = text.replaceAll('\n', '\r\n');
  expect(withSection(windows, 'a', 'one\ntwo', 'docs.md')).toBe(windows.replace('old', '\r\none\r\ntwo\r\n'));
});

it.each([
  ['a missing section', text, 'b', /docs\.md: expected the line <!-- bench:b --> once, found it 0 times/],
  ['a missing end', text.replace('<!-- /bench:a -->', ''), 'a', /<!-- \/bench:a --> once, found it 0 times/],
  ['a section that is there twice', text + text, 'a', /<!-- bench:a --> once, found it 2 times/],
  ['an end before the beginning', '<!-- /bench:a -->\n<!-- bench:a -->\n', 'a', /stands before/],
])('refuses %s', (_, broken, name, message) => {
  expect(() => withSection(broken, name, 'new', 'docs.md')).toThrow(DataError);
  expect(() => withSection(broken, name, 'new', 'docs.md')).toThrow(message);
});

it('writes to a file, again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-section-'));
  try {
    const file = join(folder, 'docs.md');
    await writeFile(file, text);
    await writeSection(file, 'a', 'first');
    await writeSection(file, 'a', 'second');
    expect(await readFile(file, 'utf8')).toBe(text.replace('old', '\nsecond\n'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('finds a section for every benchmark in docs/benchmarks.md', async () => {
  const docs = await readFile(docsFile, 'utf8');
  for (const { name } of BENCHES) expect(withSection(docs, name, 'new', docsFile)).not.toBe(docs);
});
