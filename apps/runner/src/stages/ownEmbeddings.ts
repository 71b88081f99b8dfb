import { readFile } from 'node:fs/promises';
import { ConfigError, DataError, type Matrix, messageOf, readNpyMatrix } from '@refrain/core';
import type { Settings } from '../settings/settings.ts';

/** Embeddings that came without audio, and the ids of their rows. */
export interface OwnEmbeddings {
  readonly rows: Matrix;
  readonly ids: readonly string[];
}

type Choice = Pick<Settings, 'ids' | 'embeddingsColumn' | 'idsColumn'>;

const EMBEDDING_COLUMNS = ['embedding', 'embeddings', 'vector', 'emb'];
const ID_COLUMNS = ['id', 'clip_id', 'ids'];

/**
 * The embeddings in a .npy file, or in a column of lists of a .parquet file, with the ids of `--ids FILE`, one per line, of a column of the
 * parquet file, or made from the row numbers. Throws a DataError that names file and row for what cannot be used, a ConfigError for an option
 * that does not fit the file.
 */
export async function readOwnEmbeddings(file: string, choice: Choice): Promise<OwnEmbeddings> {
  const { rows, ids } = /\.parquet$/i.test(file) ? await fromParquet(file, choice) : await fromNpy(file, choice);
  if (rows.rows === 0 || rows.cols === 0)
    throw new DataError(file, `${file} holds no embeddings: its shape is (${rows.rows}, ${rows.cols}).`);
  const named = choice.ids === undefined ? (ids ?? rowNames(rows.rows)) : await readIds(choice.ids, rows.rows);
  const repeated = firstRepeated(named);
  if (repeated !== undefined) throw new DataError(file, `${choice.ids ?? file}: id "${repeated}" stands there twice.`);
  return { rows, ids: named };
}

interface Found {
  readonly rows: Matrix;
  readonly ids?: readonly string[] | undefined;
}

async function fromNpy(file: string, { embeddingsColumn, idsColumn }: Choice): Promise<Found> {
  if (embeddingsColumn !== undefined || idsColumn !== undefined) {
    const option = embeddingsColumn === undefined ? 'ids-column' : 'embeddings-column';
    throw new ConfigError(option, `--${option} is for a .parquet file; ${file} has no columns.`);
  }
  return { rows: await readNpyMatrix(file) };
}

async function fromParquet(file: string, { embeddingsColumn, idsColumn }: Choice): Promise<Found> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const refuse = (cause: unknown) => new DataError(file, `${file} cannot be read: ${messageOf(cause)}.`, { cause });
  const buffer = await asyncBufferFromFile(file).catch((cause: unknown) => {
    throw refuse(cause);
  });
  const read = async () => {
    const metadata = await parquetMetadataAsync(buffer);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const vectors = columnOf(names, embeddingsColumn, EMBEDDING_COLUMNS, 'embeddings-column', file);
    if (vectors === undefined) {
      throw new ConfigError(
        'embeddings-column',
        `${file} has no column called ${EMBEDDING_COLUMNS.join(', ')}: name the one with the embeddings with --embeddings-column. It has ${names.join(', ')}.`,
      );
    }
    const ids = columnOf(names, idsColumn, ID_COLUMNS, 'ids-column', file);
    const columns = [vectors, ...(ids === undefined ? [] : [ids])];
    const table = await parquetReadObjects({ file: buffer, metadata, columns, compressors });
    return {
      rows: matrixOf(
        table.map((row) => row[vectors] as unknown),
        vectors,
        file,
      ),
      ids: ids === undefined ? undefined : table.map((row) => String(row[ids])),
    };
  };
  return read().catch((error: unknown) => {
    throw error instanceof ConfigError || error instanceof DataError ? error : refuse(error);
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
  throw new ConfigError(option, `--${option} ${asked}: ${file} has no such column, but ${names.join(', ')}.`);
}

function matrixOf(vectors: readonly unknown[], column: string, file: string): Matrix {
  const cols = Array.isArray(vectors[0]) || ArrayBuffer.isView(vectors[0]) ? (vectors[0] as Float32Array).length : 0;
  const data = new Float32Array(vectors.length * cols);
  for (const [row, vector] of vectors.entries()) {
    const numbers = Array.isArray(vector) || ArrayBuffer.isView(vector) ? (vector as Float32Array) : undefined;
    if (numbers?.length !== cols || cols === 0) {
      const what = numbers === undefined ? `${typeof vector} in place of a list` : `${numbers.length} numbers`;
      throw new DataError(file, `${file}, row ${row}: column ${column} holds ${what}; the first row has ${cols}.`);
    }
    data.set(Array.from(numbers, Number), row * cols);
  }
  return { data, rows: vectors.length, cols };
}

function rowNames(count: number): string[] {
  const digits = String(count - 1).length;
  return Array.from({ length: count }, (_, i) => `row-${String(i).padStart(digits, '0')}`);
}

async function readIds(file: string, count: number): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError('ids', `--ids ${file}: cannot be read (${messageOf(cause)}).`, { cause });
  });
  const ids = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (ids.length !== count)
    throw new DataError(file, `${file} has ${ids.length} ids for ${count} embeddings; expected one per line and row.`);
  return ids;
}

/** The first id that stands there a second time, if any. */
export function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
