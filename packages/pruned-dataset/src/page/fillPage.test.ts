import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPage, NoTemplateError, pageTemplate } from './fillPage.ts';
import type { LeaksPage } from './pageData.ts';

const SCRIPT = 'const tag = "<script>";\nrun(tag);';
const STYLE = 'body { color: black }';
const TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="">
<style>${STYLE}</style>
<script type="application/json" id="refrain-data"></script>
<script type="module">${SCRIPT}</script>
</head>
<body></body>
</html>`;

const PAGE: LeaksPage = {
  format: 1,
  kind: 'leaks',
  name: 'x',
  settings: {},
  versions: {},
  sizes: {},
  shared: [],
  pairs: [],
};

/** The data of a page as a browser finds it: the text of the element ends at the first end tag. */
function dataOf(html: string): unknown {
  const [, text] = /<script type="application\/json" id="refrain-data">([\s\S]*?)<\/script/i.exec(html)!;
  return JSON.parse(text!);
}

const policyOf = (html: string) => /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  ']]>&amp;&lt;',
  `"'\`$&$1$\``,
  '\u202egnp.exe\u2066',
  '\u2028\u2029\r\n\t\0',
  '🥁🏽‍🎤\ud800',
  'x'.repeat(300),
  '__proto__',
];

describe('a filled page', () => {
  it.each(HOSTILE)('gives back the name %j, and it is nothing but data', (name) => {
    const page = { ...PAGE, name, settings: { [name]: name } };
    const html = fillPage(TEMPLATE, page);
    expect(dataOf(html)).toEqual(JSON.parse(JSON.stringify(page)));
    expect(html.match(/<script/g)).toHaveLength(TEMPLATE.match(/<script/g)!.length);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toContain('<!--');
    expect(html.replace(/(refrain-data">).*(<\/script>)/, '$1$2').replace(policyOf(html), '')).toBe(TEMPLATE);
  });

  it('gives back any text', () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '/', '!', '-', 's', 'script', '>', '&', '"', '\\', '\u2028', '$', "'"),
    });
    fc.assert(
      fc.property(text, (name) => {
        expect((dataOf(fillPage(TEMPLATE, { ...PAGE, name })) as LeaksPage).name).toBe(name);
      }),
    );
  });

  it('lets run what the template brings along, and may load nothing from anywhere', () => {
    const policy = policyOf(fillPage(TEMPLATE, { ...PAGE, name: '<script>x</script>' }));
    const directives = new Map(policy.split('; ').map((one) => [one.split(' ')[0]!, one.split(' ').slice(1)]));
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('script-src')).toEqual([sha256(SCRIPT)]);
    expect(directives.get('style-src')).toEqual([sha256(STYLE)]);
    expect(directives.get('base-uri')).toEqual(["'none'"]);
    expect(directives.get('form-action')).toEqual(["'none'"]);
    expect(directives.has('connect-src')).toBe(false);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(policyOf(fillPage(TEMPLATE, PAGE, { served: true }))).toContain("connect-src 'self'");
  });

  it('needs a template with places for both', () => {
    expect(() => fillPage(TEMPLATE.replace('refrain-data', 'other'), PAGE)).toThrow(RangeError);
    expect(() => fillPage(TEMPLATE.replace('http-equiv', 'name'), PAGE)).toThrow(RangeError);
  });

  it('is refused without a template, by the command that builds it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-template-'));
    const missing = pageTemplate(join(folder, 'index.html'));
    await expect(missing).rejects.toBeInstanceOf(NoTemplateError);
    await expect(missing).rejects.toThrow(/npm run build/);
    await rm(folder, { recursive: true });
  });
});
