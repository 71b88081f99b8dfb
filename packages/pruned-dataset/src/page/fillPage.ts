import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RefrainError, writeFileAtomic } from '@refrain/core';
import type { PageData } from './pageData.ts';

/** The name of the page in a folder. */
export const PAGE = 'report.html';

/** The template, as apps/report builds it: beside the sources, and beside what is published. */
const TEMPLATE = fileURLToPath(new URL('../../page/index.html', import.meta.url));

const DATA = /(<script\b[^>]*\bid="refrain-data"[^>]*>)([\s\S]*?)(<\/script>)/i;
const POLICY = /(<meta\b[^>]*http-equiv="Content-Security-Policy"[^>]*content=")([^"]*)("[^>]*>)/i;

/** The page template was not built. */
export class NoTemplateError extends RefrainError {
  constructor(path: string, cause: unknown) {
    super('REFRAIN_PAGE', `${path} is missing, the page without its data: \`npm run build\` makes it.`, { cause });
  }
}

/** The template of the page. Throws a NoTemplateError where it was not built. */
export async function pageTemplate(path = TEMPLATE): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new NoTemplateError(path, cause);
  });
}

/** Writes the page of a folder, whole or not at all, and returns its path. */
export async function writePage(folder: string, data: PageData, template?: string): Promise<string> {
  const path = join(folder, PAGE);
  await writeFileAtomic(path, fillPage(template ?? (await pageTemplate()), data));
  return path;
}

/**
 * The page: the template with the data in its element and a policy that lets run what the template brings along, by its hashes, and nothing else.
 * `served` is true where a server gives it, to which alone it may talk then. Throws a RangeError for a template without places for both.
 */
export function fillPage(template: string, data: PageData, { served = false } = {}): string {
  for (const place of [DATA, POLICY])
    if (!place.test(template)) throw new RangeError(`The template of the page has no place that fits ${place}.`);
  // What is put in goes through functions: in a text `$&` would mean something.
  return template
    .replace(POLICY, (_, before: string, __, after: string) => before + policyOf(template, served) + after)
    .replace(DATA, (_, before: string, __, after: string) => before + scriptJson(data) + after);
}

/** JSON that ends no script element and begins no comment or tag in it, whatever names and labels hold. */
function scriptJson(data: PageData): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escaped);
}

/** The policy for a page with the scripts and styles of the template. */
function policyOf(template: string, served: boolean): string {
  const scripts = elementsOf(template, 'script').filter(({ attributes }) => !attributes.includes('application/json'));
  const directives = {
    'default-src': ["'none'"],
    'script-src': hashesOf(scripts),
    'style-src': hashesOf(elementsOf(template, 'style')),
    'img-src': ['data:', 'blob:'],
    'media-src': ["'self'", 'file:', 'data:', 'blob:'],
    ...(served && { 'connect-src': ["'self'"] }),
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.length === 0 ? "'none'" : sources.join(' ')}`)
    .join('; ');
}

function elementsOf(html: string, name: 'script' | 'style'): { readonly attributes: string; readonly text: string }[] {
  const found = html.matchAll(new RegExp(`<${name}\\b([^>]*)>([\\s\\S]*?)</${name}>`, 'gi'));
  return Array.from(found, ([, attributes, text]) => ({ attributes: attributes!, text: text! }));
}

function hashesOf(elements: readonly { readonly text: string }[]): string[] {
  // A browser hashes what it has parsed, where a line ends with a line feed alone.
  const hash = (text: string) => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('base64');
  return [...new Set(elements.map(({ text }) => `'sha256-${hash(text)}'`))];
}
