import { readFile } from 'node:fs/promises';
import { DataError, writeFileAtomic } from '@refrain/core';

/** The comment lines that a section of measured figures stands between. */
function markersOf(name: string): { readonly begin: string; readonly end: string } {
  return { begin: `<!-- bench:${name} -->`, end: `<!-- /bench:${name} -->` };
}

/**
 * `text` with what stands between the markers of section `name` replaced by `content`, set off by empty lines; all else stays as it is, to the byte.
 * Throws a DataError that names `source` when a marker is missing, is there twice, or they are in the wrong order.
 */
export function withSection(text: string, name: string, content: string, source: string): string {
  const { begin, end } = markersOf(name);
  const from = onlyPlaceOf(text, begin, source) + begin.length;
  const to = onlyPlaceOf(text, end, source);
  if (to < from) throw new DataError(source, `${source}: ${end} stands before ${begin}; swap them.`);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = content.trim().split(/\r?\n/).join(newline);
  return `${text.slice(0, from)}${newline}${newline}${lines}${newline}${newline}${text.slice(to)}`;
}

/** Replaces a section of a file. */
export async function writeSection(file: string, name: string, content: string): Promise<void> {
  await writeFileAtomic(file, withSection(await readFile(file, 'utf8'), name, content, file));
}

/** Markers count only where they have a line of their own, so that a text may speak of them. */
function onlyPlaceOf(text: string, marker: string, source: string): number {
  const places: number[] = [];
  for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) {
    const before = text[at - 1] ?? '\n';
    const after = text[at + marker.length] ?? '\n';
    if (before === '\n' && /[\r\n]/.test(after)) places.push(at);
  }
  if (places.length !== 1) {
    throw new DataError(source, `${source}: expected the line ${marker} once, found it ${places.length} times.`);
  }
  return places[0]!;
}
