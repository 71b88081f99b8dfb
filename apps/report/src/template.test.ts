import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const template = readFileSync(
  join(import.meta.dirname, '..', '..', '..', 'packages', 'pruned-dataset', 'page', 'index.html'),
  'utf8',
);

it('is one file with a place for the data, one script and one style', () => {
  const tags = Array.from(template.matchAll(/<(?:script|style)\b[^>]*>/g), ([tag]) => tag);
  expect(tags.filter((tag) => tag.startsWith('<style'))).toHaveLength(1);
  const scripts = tags.filter((tag) => tag.startsWith('<script'));
  expect(scripts).toHaveLength(2);
  expect(scripts).toContain('<script type="application/json" id="refrain-data">');
  expect(template).toContain('<script type="application/json" id="refrain-data"></script>');
  expect(template).toContain('<meta http-equiv="Content-Security-Policy" content="" />');
});

it('has nothing that a parser of HTML would change before it hashes it', () => {
  expect(template).not.toMatch(/[\0\r]/);
});

it('asks for nothing from elsewhere, and makes no code out of text', () => {
  expect(template).not.toMatch(/<(?:script|img|link|iframe)[^>]+(?:src|href)="(?!data:)/);
  expect(template).not.toMatch(/\bnew Function\b|\bFunction\(|[^.\w]eval\(|import\(/);
  expect(template).not.toMatch(/@import|url\((?!["']?(?:data:|#|"))/);
});

it('names the licences of all that is in it, which are free', () => {
  const named = Array.from(template.matchAll(/^## (\S+) - \S+ \((.+)\)$/gm), ([, name, licence]) => [name, licence]);
  expect(named.map(([name]) => name)).toEqual(
    expect.arrayContaining(['preact', '@observablehq/plot', '@tanstack/virtual-core', 'd3-zoom']),
  );
  expect(new Set(named.map(([, licence]) => licence))).toEqual(new Set(['MIT', 'ISC', 'BSD-3-Clause']));
});
