import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type DatasetFile, quoted, readTextFile, refusal } from '@refrain/core';
import { parseList } from './manifest/parseList.ts';

// The text files of jordipons/musicnn-training (Pons et al. 2017), in which MagnaTagATune and the Million Song Dataset are annotated:
// `{train,val,test}_gt_*.tsv`, `index_*.tsv` and `output_labels_*.txt`.

/** One line of a `*_gt_*.tsv` file. */
export interface Annotation {
  readonly id: string;
  /** Indices of the classes whose value is 1, ascending. */
  readonly labels: readonly number[];
}

/** The text of a file, or undefined where there is none. One that can't be read is a DataError that names it. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refusal(path, `can't be read: ${(cause as Error).message}.`, cause);
  }
}

/** The lines of a text, without a byte order mark, carriage returns and empty lines, each with its number from 1. */
export function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() !== '') yield [line.replace(/\r$/, ''), index + 1];
  }
}

/**
 * Parses `id <tab> [1.0, 0.0, …]` lines of `classCount` zeros and ones each, in file order. The list is read as data, never evaluated.
 * `source` names the file in errors, which name the line: another number of labels, an id that stands there twice.
 */
export function parseAnnotations(text: string, source: string, classCount: number): Annotation[] {
  const rows = parseRows(text, source, '[0.0, 1.0, …]', (list, number) => {
    const values = flagsOf(list);
    if (values === undefined || values.length === classCount) return values;
    throw lineError(source, number, `expected ${classCount} labels, found ${values.length}`);
  });
  return Array.from(rows, ([id, values]) => ({ id, labels: values.flatMap((value, i) => (value === 1 ? [i] : [])) }));
}

function flagsOf(list: string): number[] | undefined {
  try {
    const values: unknown = JSON.parse(list);
    return Array.isArray(values) && values.every((value) => value === 0 || value === 1) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** Parses `id <tab> value` lines, such as an index of paths, into a map in file order. */
export function parsePairs(text: string, source: string, value = 'path'): Map<string, string> {
  return parseRows(text, source, value, (second) => second);
}

/** What `read` makes of the second column, by the first; undefined where it should look like `shape` and does not. */
function parseRows<T>(
  text: string,
  source: string,
  shape: string,
  read: (second: string, line: number) => T | undefined,
): Map<string, T> {
  const rows = new Map<string, T>();
  for (const [line, number] of linesOf(text)) {
    const [id, second, ...rest] = line.split('\t');
    const value = second && rest.length === 0 ? read(second, number) : undefined;
    if (!id || value === undefined)
      throw lineError(source, number, `expected "id <tab> ${shape}", found ${quoted(line)}`);
    if (rows.has(id)) throw lineError(source, number, `clip ${quoted(id)} stands there twice`);
    rows.set(id, value);
  }
  return rows;
}

/** The class names in an `output_labels_*.txt`, which holds a line `…_LABELS = ['guitar', …]`. The list is read as data, never evaluated. */
export function parseClassNames(text: string, source: string): string[] {
  const list = /=\s*(\[.*\])/s.exec(text)?.[1];
  const names = list === undefined ? undefined : parseList(list);
  if (!names?.every((name) => typeof name === 'string') || names.length === 0)
    throw refusal(source, `expected a line "…_LABELS = ['…', …]".`);
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) throw refusal(source, `the label ${quoted(repeated)} stands there twice.`);
  return names;
}

/** The error for a line of a file. */
export function lineError(source: string, line: number, problem: string): DataError {
  return new DataError(source, `${source}, line ${line}: ${problem}.`);
}

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
