import { inspect } from 'node:util';
import {
  ConfigError,
  DataError,
  messageOf,
  type NumberRows,
  readNpyNumbers,
  readTextFile,
  takeNumberRows,
} from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import type { Settings } from '../settings.ts';

/** Embeddings that came without audio, and the ids of their rows, without the rows that are set aside. */
export interface OwnEmbeddings {
  readonly rows: NumberRows;
  readonly ids: readonly string[];
  /** The rows of nothing but zeros: what a failed embedding leaves behind. */
  readonly bad: readonly BadClip[];
}

type Choice = Pick<Settings, 'ids' | 'embeddingsColumn' | 'idsColumn'>;

const EMBEDDING_COLUMNS = ['embedding', 'embeddings', 'vector', 'emb'];
const ID_COLUMNS = ['id', 'clip_id', 'ids'];

/**
 * The embeddings in a .npy file, or in a column of lists of a .parquet file, with the ids of the file `ids`, one per line, of a column of the
 * parquet file, or made from the row numbers. Throws a DataError that names file and row for what cannot be used, a ConfigError for an option
 * that does not fit the file.
 */
export async function readOwnEmbeddings(
  embeddings: string | NumberRows,
  choice: Choice,
  signal?: AbortSignal,
): Promise<OwnEmbeddings> {
  const file = typeof embeddings === 'string' ? embeddings : 'embeddings';
  const { rows, ids }: Found =
    typeof embeddings !== 'string'
      ? { rows: checkedMatrix(embeddings) }
      : /\.parquet$/i.test(embeddings)
        ? await fromParquet(embeddings, choice, signal)
        : await fromNpy(embeddings, choice);
  if (rows.rows === 0 || rows.cols === 0)
    throw new DataError(file, `${file} holds no embeddings: its shape is (${rows.rows}, ${rows.cols}).`);
  const named = choice.ids === undefined ? (ids ?? rowNames(rows.rows)) : await idsOf(choice.ids, rows.rows);
  const repeated = firstRepeated(named);
  if (repeated !== undefined)
    throw new DataError(
      file,
      `${typeof choice.ids === 'string' ? choice.ids : file}: id "${repeated}" stands there twice.`,
    );
  refuseNoNumbers(rows, named, file);
  return withoutZeros(withoutSpareWidth(rows), named, file);
}

interface Found {
  readonly rows: NumberRows;
  readonly ids?: readonly string[] | undefined;
}

async function fromNpy(file: string, { embeddingsColumn, idsColumn }: Choice): Promise<Found> {
  if (embeddingsColumn !== undefined || idsColumn !== undefined) {
    const option = embeddingsColumn === undefined ? 'idsColumn' : 'embeddingsColumn';
    throw new ConfigError(option, `\`${option}\` is for a .parquet file; ${file} has no columns.`);
  }
  return { rows: await readNpyNumbers(file) };
}

async function fromParquet(
  file: string,
  { embeddingsColumn, idsColumn }: Choice,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const { withParquet } = await import('@refrain/parquet');
  return withParquet(file, { source: file, signal }, async ({ columns: names, read, readMatrix }) => {
    const vectors = columnOf(names, embeddingsColumn, EMBEDDING_COLUMNS, 'embeddingsColumn', file);
    if (vectors === undefined) {
      throw new ConfigError(
        'embeddingsColumn',
        `${file} has no column called ${EMBEDDING_COLUMNS.join(', ')}: name the one with the embeddings with \`embeddingsColumn\`. It has ${names.join(', ')}.`,
      );
    }
    const column = columnOf(names, idsColumn, ID_COLUMNS, 'idsColumn', file);
    const ids =
      column === undefined ? undefined : (await read([column]))[0]!.map((id, row) => idOf(id, row, column, file));
    return { rows: await readMatrix(vectors), ids };
  });
}

/** The column that was asked for, else the first there is of `usual`. */
function columnOf(
  names: readonly string[],
  asked: string | undefined,
  usual: readonly string[],
  option: string,
  file: string,
): string | undefined {
  if (asked === undefined) return usual.find((name) => names.includes(name));
  if (names.includes(asked)) return asked;
  throw new ConfigError(option, `\`${option}\` ${asked}: ${file} has no such column, but ${names.join(', ')}.`);
}

/** A value of a column of ids as text. */
function idOf(value: unknown, row: number, column: string, file: string): string {
  if (typeof value === 'string' && value !== '') return value;
  // Beyond 2^53 a float64 has been rounded, and another row may have been rounded to the same.
  if (typeof value === 'bigint' || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    return String(value);
  const found = value === undefined ? null : value;
  throw new DataError(
    file,
    `${file}, row ${row}: expected an id, a text or a whole number, in column ${column}; found ${inspect(found).slice(0, 60)}.`,
  );
}

function rowNames(count: number): string[] {
  const digits = String(count - 1).length;
  return Array.from({ length: count }, (_, i) => `row-${String(i).padStart(digits, '0')}`);
}

function checkedMatrix(matrix: NumberRows): NumberRows {
  const { data, rows, cols } = matrix;
  if (data.length === rows * cols) return matrix;
  throw new ConfigError(
    'embeddings',
    `\`embeddings\`: expected ${rows} rows of ${cols} numbers, found ${data.length} numbers.`,
  );
}

async function idsOf(ids: string | readonly string[], count: number): Promise<readonly string[]> {
  if (typeof ids === 'string') return readIds(ids, count);
  if (ids.length === count) return ids;
  throw new ConfigError('ids', `\`ids\`: there are ${ids.length} for ${count} embeddings; expected one for each row.`);
}

async function readIds(file: string, count: number): Promise<string[]> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw new ConfigError('ids', `\`ids\` ${file}: cannot be read (${messageOf(cause)}).`, { cause });
  });
  const ids = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (ids.length !== count)
    throw new DataError(file, `${file} has ${ids.length} ids for ${count} embeddings; expected one per line and row.`);
  const empty = ids.findIndex((id) => id.trim() === '');
  if (empty >= 0) throw new DataError(file, `${file}, line ${empty + 1}: expected an id, found an empty line.`);
  return ids;
}

function refuseNoNumbers({ data, cols }: NumberRows, ids: readonly string[], file: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (bad < 0) return;
  const row = Math.floor(bad / cols);
  throw new DataError(
    file,
    `${file}: row ${row} (clip ${ids[row]}) holds ${data[bad]}, which is no number to compare. Leave the row out or embed the clip again.`,
  );
}

/** Embeddings that float32 holds exactly, whatever they were stored as, are float32. */
function withoutSpareWidth({ data, rows, cols }: NumberRows): NumberRows {
  if (data instanceof Float32Array) return { data, rows, cols };
  const narrow = Float32Array.from(data);
  return { data: data.every((value, at) => Object.is(value, narrow[at])) ? narrow : data, rows, cols };
}

/** Sets the rows of nothing but zeros aside: they are no directions, and nothing is known of what failed. */
function withoutZeros(rows: NumberRows, ids: readonly string[], file: string): OwnEmbeddings {
  const { data, cols } = rows;
  const isMissing = (row: number) => data.subarray(row * cols, (row + 1) * cols).every((value) => value === 0);
  const missing = new Set(Array.from(ids.keys()).filter(isMissing));
  const there = Array.from(ids.keys()).filter((row) => !missing.has(row));
  return {
    rows: missing.size === 0 ? rows : takeNumberRows(rows, there),
    ids: there.map((row) => ids[row]!),
    bad: Array.from(missing, (row) => ({
      id: ids[row]!,
      path: file,
      stage: 'encode',
      reason: `${file}: row ${row} holds nothing but zeros, so its embedding is missing. Embed the clip again.`,
    })),
  };
}

/** The first id that stands there a second time, if any. */
export function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
