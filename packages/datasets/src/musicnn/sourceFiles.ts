import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from '@refrain/core';

/** A file that a dataset was read from. */
export interface SourceFile {
  /** Its name, relative to the folder of the dataset. */
  readonly name: string;
  /** Gives its content without the train clips that are not kept. Absent for a file that stays as it is. */
  readonly filter?: (path: string, kept: ReadonlySet<string>) => Promise<Uint8Array>;
}

/** The files as they are now, without the train clips that are not in `kept`. `root` is the folder they are in. */
export function filteredFiles(
  root: string,
  files: readonly SourceFile[],
  kept: ReadonlySet<string>,
): Promise<DatasetFile[]> {
  return Promise.all(
    files.map(async ({ name, filter }) => {
      const path = join(root, name);
      return { name, content: filter === undefined ? await readFile(path) : await filter(path, kept) };
    }),
  );
}

/** The filter of a list of train clips whose first column is the id. */
export async function onlyKeptLines(path: string, kept: ReadonlySet<string>): Promise<Uint8Array> {
  return keptLines(await readFile(path), (id) => kept.has(id));
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/**
 * The lines of a table whose first column, up to the first tab, `isKept`; empty lines, line ends and a byte order mark stay as they are.
 * Only the first column is decoded, so every byte of a line that stays is the same.
 */
export function keptLines(content: Buffer, isKept: (firstColumn: string) => boolean): Buffer {
  const text = content.toString('latin1');
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const lines = text.slice(mark.length).match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const kept = lines.filter((line) => {
    const column = line.replace(/\r?\n$/, '').split('\t', 1)[0]!;
    return line.trim() === '' || isKept(Buffer.from(column, 'latin1').toString('utf8'));
  });
  return Buffer.from(mark + kept.join(''), 'latin1');
}
