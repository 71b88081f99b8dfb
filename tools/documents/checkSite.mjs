import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** Ends with 1 where a link of the built site leads to no file of it, or to no anchor there. */
const site = join(import.meta.dirname, '..', '..', 'dist', 'docs');
const plain = (text) => text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
const files = new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }));
const pages = new Map(
  [...files].filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(join(site, file), 'utf8')]),
);
const anchors = new Map(
  [...pages].map(([file, text]) => [
    file,
    new Set(Array.from(text.matchAll(/\bid="([^"]+)"/g), ([, id]) => plain(id))),
  ]),
);

const broken = [...pages].flatMap(([file, text]) =>
  Array.from(text.matchAll(/\b(?:href|src)="([^"]+)"/g), ([, link]) => plain(link)).flatMap((link) => {
    if (/^(?:https?|mailto|data):/.test(link)) return [];
    const [path, anchor] = link.split('#').map(decodeURIComponent);
    const target = path === '' ? file : normalize(join(file, '..', path));
    const isThere =
      files.has(target) && (anchor === undefined || anchor === '' || (anchors.get(target)?.has(anchor) ?? true));
    return isThere ? [] : [`${file} → ${link}`];
  }),
);
if (broken.length > 0 || pages.size < 100) {
  process.stderr.write(`${pages.size} pages; links that lead nowhere:\n${[...new Set(broken)].join('\n')}\n`);
  process.exitCode = 1;
}
