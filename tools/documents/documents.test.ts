import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import dictionary from 'dictionary-en-gb';
import nspell from 'nspell';
import { describe, expect, it } from 'vitest';
import { FLAGS } from '../../apps/runner/src/settings/options.ts';
import { type Block, commandsOf, type Document, readDocument, regionOf, withBlocks } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What users read; the pages of packages and what is for who works on them have blocks of their own, which are not looked at here. */
const isForUsers = (path: string) => path === 'README.md' || path.startsWith('docs/');

const documents = new Map<string, Document>();
for (const path of await markdownFiles()) documents.set(path, readDocument(await readFile(join(ROOT, path), 'utf8')));
const forUsers = [...documents].filter(([path]) => isForUsers(path));

async function markdownFiles(): Promise<string[]> {
  const below = async (folder: string) =>
    (await readdir(join(ROOT, folder), { recursive: true })).map((name) => join(folder, name));
  const found = (await Promise.all(['docs', 'examples'].map(below))).flat();
  const packages = (await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name, 'README.md'));
  const apps = ['runner', 'report'].map((name) => join('apps', name, 'README.md'));
  const all = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...found, ...packages, ...apps];
  return all
    .filter((path) => /^(?!.*(?:node_modules|docs\/api)).*\.md$/.test(path) && existsSync(join(ROOT, path)))
    .sort();
}

describe('blocks of code', () => {
  it.each(forUsers)('of %s are parts of files that tests run', async (path, document) => {
    const filled = withBlocks(document, ({ comment, language }) => {
      const [, file, region] = /^([\w./-]+\.\w+)(?:#(.+))?$/.exec(comment ?? '') ?? [];
      if (file === undefined || language === 'sh') return undefined;
      return regionOf(readFileSync(join(ROOT, file), 'utf8'), region);
    });
    await expect(filled).toMatchFileSnapshot(join(ROOT, path));
  });

  it.each(forUsers)('of %s say where they come from, or why they are not run', (path, { blocks }) => {
    const isKnown = ({ comment, language }: Block) =>
      comment === undefined
        ? walked.includes(path) && ['sh', 'text'].includes(language)
        : /\.\w+(?:#|$)|^not run: ./.test(comment);
    expect(blocks.filter((block) => !isKnown(block)).map(({ text }) => text)).toEqual([]);
  });

  it('for a shell have commands and options that there are', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const options = new Set(FLAGS.map(({ name }) => name));
    const unknown = forUsers.flatMap(([path, { blocks }]) =>
      blocks
        .filter(({ language }) => language === 'sh')
        .flatMap(({ text }) => commandsOf(text))
        .flatMap(([program, ...words]) => {
          if (program === 'npm')
            return words[0] === 'run' && scripts[words[1]!] === undefined ? [`${path}: ${words}`] : [];
          const given = words.flatMap((word) => /^--([\w-]+)$/.exec(word)?.[1] ?? []);
          return given.filter((name) => !options.has(name.replaceAll('_', '-'))).map((name) => `${path}: --${name}`);
        }),
    );
    expect(unknown).toEqual([]);
  });

  it('that are walked are so by a test', async () => {
    const tests = ['tools/documents/walk.test.ts', 'apps/runner/e2e/music-dev.test.ts'];
    const text = (await Promise.all(tests.map((file) => readFile(join(ROOT, file), 'utf8')))).join('\n');
    for (const path of walked) expect(text).toContain(`'${path}'`);
  });
});

/** The pages whose commands tests run as written. */
const walked = [
  'README.md',
  'docs/run-file.md',
  ...['duplicates', 'smaller-train-set', 'leaks', 'paper', 'own-embeddings', 'which-t', 'moving'].map(
    (name) => `docs/tasks/${name}.md`,
  ),
];

describe('links', () => {
  it.each([...documents])('of %s lead to files and headings', async (path, { links }) => {
    for (const link of links) {
      if (/^(?:https?|mailto):/.test(link)) continue;
      const [file, anchor] = decodeURI(link).split('#') as [string, string?];
      const target = file === '' ? path : normalize(join(dirname(path), file));
      expect((await stat(join(ROOT, target)).catch(() => undefined)) !== undefined, `${path} → ${link}`).toBe(true);
      if (anchor === undefined) continue;
      const known = documents.get(target)?.anchors;
      expect(known === undefined || known.has(anchor), `${path} → ${link}`).toBe(true);
    }
  });

  it('reach every page from the first one', () => {
    const reached = new Set(['README.md']);
    for (const path of reached)
      for (const link of documents.get(path)?.links ?? [])
        if (!/^https?:/.test(link)) reached.add(normalize(join(dirname(path), link.split('#')[0]!)));
    expect(forUsers.map(([path]) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

describe('words', () => {
  const speller = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic));
  const ours = readFileSync(join(import.meta.dirname, 'words.txt'), 'utf8')
    .trim()
    .split('\n');
  const known = new Map<string, boolean>();
  const isKnown = (word: string) => {
    const found =
      known.get(word) ?? (ours.includes(word) || ours.includes(word.toLowerCase()) || speller.correct(word));
    known.set(word, found);
    return found;
  };

  it.each([...documents])('of %s are spelt right', (_, { prose }) => {
    expect([...new Set(prose.flatMap(wordsOf))].filter((word) => !isKnown(word)).sort()).toEqual([]);
  });

  it('are told when they are not', () => {
    expect(['redundency', 'clusterd', 'optimiser', 'Refrain'].filter((word) => !isKnown(word))).toEqual([
      'redundency',
      'clusterd',
    ]);
  });

  it('of our own are sorted', () => {
    expect(ours).toEqual([...new Set(ours)].toSorted());
  });
});

/** Words of three letters and more that are no names of programs: no digits, capitals inside, dots or underscores in them. */
function wordsOf(text: string): string[] {
  return text
    .split(/[\s/()"“”,;:?!…–—|+=[\]*<>−]+/u)
    .map((word) => word.replace(/^['’.-]+|['’.-]+$|['’]s$/gu, ''))
    .flatMap((word) => (/[\d_.@\\{}]/.test(word) ? [] : word.split('-')))
    .filter((word) => /^\p{L}['’\p{Ll}]{2,}$/u.test(word));
}

it('the first page is short', async () => {
  expect((await stat(join(ROOT, 'README.md'))).size).toBeLessThanOrEqual(6000);
});
