import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';

/** One line of a `*_gt_mtt.tsv` file. */
interface Annotation {
  readonly id: string;
  /** Indices of the classes whose value is 1, ascending. */
  readonly labels: readonly number[];
}

/** The annotations of one split, in file order, and how many classes each line has. */
export interface Annotations {
  readonly rows: readonly Annotation[];
  readonly classCount: number;
}

/** Reads a text file of the dataset; a missing one is a ConfigError that says which files belong there. */
export async function readDatasetFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? `has no ${name}` : `: cannot read ${name}`;
    throw new ConfigError(
      'dataset.dir',
      `${folder} ${reason}. MagnaTagATune needs index_mtt.tsv, train_gt_mtt.tsv, val_gt_mtt.tsv and test_gt_mtt.tsv there ` +
        '(jordipons/musicnn-training, folder data/index/mtt) and the mp3 files in the same folder, in mp3/ or in audio/.',
      { cause },
    );
  }
}

/** The lines of a text, without a byte order mark, carriage returns and empty lines, each with its number from 1. */
function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() !== '') yield [line.replace(/\r$/, ''), index + 1];
  }
}

/** Parses `clip_id <tab> [1.0, 0.0, …]` lines. The list is read as data, never evaluated. `source` names the file in errors. */
export function parseAnnotations(text: string, source: string): Annotations {
  const rows: Annotation[] = [];
  let classCount = 0;
  for (const [line, number] of linesOf(text)) {
    const [id, list, ...rest] = line.split('\t');
    const values = list === undefined || rest.length > 0 ? undefined : flagsOf(list);
    if (!id || values === undefined) {
      throw new DataError(
        source,
        `${source}, line ${number}: expected "clip_id <tab> [0.0, 1.0, …]", found "${line.slice(0, 60)}".`,
      );
    }
    classCount ||= values.length;
    if (values.length !== classCount) {
      throw new DataError(
        source,
        `${source}, line ${number}: expected ${classCount} labels as on the first line, found ${values.length}.`,
      );
    }
    rows.push({ id, labels: values.flatMap((value, index) => (value === 1 ? [index] : [])) });
  }
  return { rows, classCount };
}

function flagsOf(list: string): number[] | undefined {
  try {
    const values: unknown = JSON.parse(list);
    return Array.isArray(values) && values.every((value) => value === 0 || value === 1) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** Parses `clip_id <tab> path` lines into a map. */
export function parseIndex(text: string, source: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [line, number] of linesOf(text)) {
    const [id, path, ...rest] = line.split('\t');
    if (!id || !path || rest.length > 0) {
      throw new DataError(
        source,
        `${source}, line ${number}: expected "clip_id <tab> path", found "${line.slice(0, 60)}".`,
      );
    }
    if (paths.has(id)) throw new DataError(source, `${source}, line ${number}: clip ${id} stands there twice.`);
    paths.set(id, path);
  }
  return paths;
}

/** The class names in an `output_labels_mtt.txt`, which holds a line `MTT_LABELS = ['guitar', …]`. */
export function parseClassNames(text: string, source: string): string[] {
  const list = /=\s*\[([^\]]*)\]/.exec(text)?.[1];
  const names = list
    ?.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g)
    ?.map((quoted) => quoted.slice(1, -1).replace(/\\(.)/g, '$1'));
  if (names === undefined) throw new DataError(source, `${source}: expected a line "MTT_LABELS = ['…', …]".`);
  return names;
}
