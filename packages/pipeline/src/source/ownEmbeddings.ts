import { inspect } from 'node:util';
import {
  ConfigError,
  DataError,
  messageOf,
  type NumberRows,
  openNpyRows,
  readNpy,
  readNpyHeader,
  readNpyNumbers,
  readTextFile,
} from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import { type OwnChoice, ownEmbeddingsOf, type Settings } from '../settings.ts';
import type { StoredSegments } from '../space/segments.ts';

/** Embeddings that came from elsewhere, without the clips that are set aside. */
export interface OwnEmbeddings {
  /** For messages. */
  readonly file: string;
  readonly clips: readonly OwnClip[];
  /** Those of nothing but zeros: what a failed embedding leaves behind. */
  readonly bad: readonly BadClip[];
}

/** What came for one clip. */
interface OwnClip {
  readonly clip: { readonly id: string };
  /** A single row where they came as one per clip. */
  readonly segments: StoredSegments;
}

const EMBEDDING_COLUMNS = ['embedding', 'embeddings', 'vector', 'emb'];
const ID_COLUMNS = ['id', 'clip_id', 'ids'];

/** Own embeddings, and how much memory there is for all of a run, where that is limited. */
type LimitedChoice = OwnChoice & Partial<Pick<Settings, 'maxMemory'>>;

/**
 * The embeddings in a .npy file, or in a column of lists of a .parquet file, with the ids of the file `ids`, one per line, of a column of the
 * parquet file, or made from the row numbers. They are one per clip, or the segments of each: where `segmentStarts` says so, or where the column
 * holds lists of vectors. Those in a .npy file of float32 stay there, and are read in parts, where they are segments or memory is limited; all else is in memory. Throws a DataError that names file and row for what cannot be used, a ConfigError for an option that does not fit the file.
 */
export async function readOwnEmbeddings(choice: LimitedChoice, signal?: AbortSignal): Promise<OwnEmbeddings> {
  const embeddings = ownEmbeddingsOf(choice)!;
  const file = typeof embeddings === 'string' ? embeddings : 'embeddings';
  const { rows, ids, starts }: Found =
    typeof embeddings !== 'string'
      ? { rows: inMemory(checkedMatrix(embeddings)), starts: await startsOf(choice, embeddings.rows) }
      : /\.parquet$/i.test(embeddings)
        ? await fromParquet(embeddings, choice, signal)
        : await fromNpy(embeddings, choice);
  if (rows.rows === 0 || rows.cols === 0)
    throw new DataError(file, `${file} holds no embeddings: its shape is (${rows.rows}, ${rows.cols}).`);
  const count = starts === undefined ? rows.rows : starts.length - 1;
  const named = choice.ids === undefined ? (ids ?? rowNames(count)) : await idsOf(choice.ids, count);
  const repeated = firstRepeated(named);
  if (repeated !== undefined)
    throw new DataError(
      file,
      `${typeof choice.ids === 'string' ? choice.ids : file}: id "${repeated}" stands there twice.`,
    );
  return withoutZeros(rows, starts, named, file, signal);
}

/** Rows of numbers, in memory or in a file. */
interface FoundRows {
  readonly rows: number;
  readonly cols: number;
  /** So many rows, from one of them on. */
  read(start: number, count: number): NumberRows | Promise<NumberRows>;
}

interface Found {
  readonly rows: FoundRows;
  readonly ids?: readonly string[] | undefined;
  /** The first row of each clip, and the number of rows; absent where each has one. */
  readonly starts?: Uint32Array | undefined;
}

/** Those of one clip: of many clips a closure for each would be half of what is known of it. */
class FoundSegments implements StoredSegments {
  readonly rows: number;
  readonly #found: FoundRows;
  readonly #start: number;

  constructor(found: FoundRows, start: number, rows: number) {
    this.rows = rows;
    this.#found = found;
    this.#start = start;
  }

  get cols(): number {
    return this.#found.cols;
  }

  read(): NumberRows | Promise<NumberRows> {
    return this.#found.read(this.#start, this.rows);
  }
}

async function fromNpy(file: string, choice: LimitedChoice): Promise<Found> {
  const { embeddingsColumn, idsColumn } = choice;
  if (embeddingsColumn !== undefined || idsColumn !== undefined) {
    const option = embeddingsColumn === undefined ? 'idsColumn' : 'embeddingsColumn';
    throw new ConfigError(option, `\`${option}\` is for a .parquet file; ${file} has no columns.`);
  }
  const { dtype, shape, fortranOrder } = await readNpyHeader(file);
  // One row in a clip is read quicker at once than in the order of ids, which may be any.
  const inParts = choice.segmentStarts !== undefined || choice.maxMemory !== undefined;
  const isRead = inParts && dtype === 'float32' && shape.length === 2 && !fortranOrder;
  const rows = isRead ? inFile(file, shape[0]!, shape[1]!) : inMemory(await readNpyNumbers(file));
  return { rows, starts: await startsOf(choice, rows.rows) };
}

/** So many bytes are read at once where rows are asked for one behind the other. */
const BYTES_AHEAD = 2 ** 22;

/** Rows of a file that is open only while some of them are read. */
function inFile(file: string, rows: number, cols: number): FoundRows {
  const readFrom = async (start: number, count: number) => {
    const opened = await openNpyRows(file);
    try {
      if (opened.rows === rows && opened.cols === cols) return await opened.read(start, count);
    } finally {
      await opened.close();
    }
    throw new DataError(
      file,
      `${file} was changed while it was in use: run again when nothing writes into it any more.`,
    );
  };
  const ahead = Math.floor(BYTES_AHEAD / (4 * cols));
  let held = { start: 0, rows: 0, data: new Float32Array(0) };
  let next = 0;
  const read = async (start: number, count: number) => {
    const isBehind = start === next;
    next = start + count;
    if (!isBehind || start + count > held.start + held.rows) {
      const wanted = isBehind ? Math.min(Math.max(count, ahead), rows - start) : count;
      held = { ...(await readFrom(start, wanted)), start } as typeof held;
    }
    const from = (start - held.start) * cols;
    return { data: held.data.subarray(from, from + count * cols), rows: count, cols };
  };
  return { rows, cols, read };
}

/** Embeddings in memory; those that float32 holds exactly, whatever they were stored as, are float32. */
function inMemory({ data: given, rows, cols }: NumberRows): FoundRows {
  const data = given instanceof Float32Array ? given : narrowed(given);
  return {
    rows,
    cols,
    read: (start, count) => ({ data: data.subarray(start * cols, (start + count) * cols), rows: count, cols }),
  };
}

function narrowed(given: Float64Array): Float32Array | Float64Array {
  const narrow = Float32Array.from(given);
  return given.every((value, at) => Object.is(value, narrow[at])) ? narrow : given;
}

/** The checked starts of the clips' segments, with the number of `rows` at the end, whether it stood there or not. */
async function startsOf({ segmentStarts: given }: OwnChoice, rows: number): Promise<Uint32Array | undefined> {
  if (given === undefined) return undefined;
  const file = typeof given === 'string' ? given : 'segmentStarts';
  const { shape, data } = typeof given === 'string' ? await readNpy(given) : { shape: [given.length], data: given };
  const starts = Array.from<number | bigint, number>(data, Number);
  if (starts.at(-1) !== rows) starts.push(rows);
  const wrong = starts.findIndex(
    (start, i) => !Number.isInteger(start) || (i === 0 ? start !== 0 : start < starts[i - 1]!),
  );
  if (shape.length === 1 && wrong < 0) return Uint32Array.from(starts);
  const found =
    shape.length === 1 ? `number ${wrong} of them is ${starts[wrong]}` : `the shape is (${shape.join(', ')})`;
  throw new DataError(
    file,
    `${file}: expected where the segments of each clip start among the ${rows} rows, from 0 on and ascending; ${found}.`,
  );
}

async function fromParquet(
  file: string,
  { embeddingsColumn, idsColumn, segmentStarts }: OwnChoice,
  signal: AbortSignal | undefined,
): Promise<Found> {
  if (segmentStarts !== undefined)
    throw new ConfigError(
      'segmentStarts',
      `\`segmentStarts\` is for a .npy file; a column of ${file} may hold lists of vectors: give it as \`embeddings\`.`,
    );
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
    const { starts, ...rows } = await readMatrix(vectors);
    return { rows: inMemory(rows), ids, starts };
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

function refuseNoNumbers({ data, cols }: NumberRows, start: number, id: string, file: string): void {
  let bad = 0;
  while (bad < data.length && Number.isFinite(Math.fround(data[bad]!))) bad++;
  if (bad === data.length) return;
  const row = start + Math.floor(bad / cols);
  throw new DataError(
    file,
    `${file}: row ${row} (clip ${id}) holds ${data[bad]}, which is no number to compare. Leave the row out or embed the clip again.`,
  );
}

/** Each clip with its rows; those of nothing but zeros are set aside: they are no directions, and nothing is known of what failed. */
async function withoutZeros(
  found: FoundRows,
  starts: Uint32Array | undefined,
  ids: readonly string[],
  file: string,
  signal: AbortSignal | undefined,
): Promise<OwnEmbeddings> {
  const clips: OwnClip[] = [];
  const bad: BadClip[] = [];
  for (const [i, id] of ids.entries()) {
    signal?.throwIfAborted();
    const [start, end] = starts === undefined ? [i, i + 1] : [starts[i]!, starts[i + 1]!];
    const segments = new FoundSegments(found, start, end - start);
    const numbers = await segments.read();
    refuseNoNumbers(numbers, start, id, file);
    if (numbers.data.some((value) => value !== 0)) {
      clips.push({ clip: { id }, segments });
      continue;
    }
    const what = starts === undefined ? `row ${i} holds` : `clip ${id} has no segments, or they hold`;
    const reason = `${file}: ${what} nothing but zeros, so its embedding is missing. Embed the clip again.`;
    bad.push({ id, path: file, stage: 'encode', reason });
  }
  return { file, clips, bad };
}

/** The first id that stands there a second time, if any. */
export function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
