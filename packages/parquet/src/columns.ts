import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';

/** What is refused in a parquet file, as a sentence without the file's name: the thread that reads the file doesn't know what it is called. */
export class Refusal extends Error {}

/** The values of a column, one per row. */
export type Column = readonly unknown[];

/** A parquet file whose metadata has been read. */
export interface OpenParquet {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** The columns, or groups of them, in the order of the file. */
  readonly children: readonly SchemaTree[];
}

/** Reads the metadata of a parquet file. Throws for a damaged one. */
export async function openParquet(file: AsyncBuffer): Promise<OpenParquet> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  return { file, metadata, children: parquetSchema(metadata).children };
}

/** A file in memory, as hyparquet reads it. */
export function asyncBuffer(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (from, to) => Uint8Array.from(bytes.subarray(from, to)).buffer,
  };
}

/** The named columns, whole; of the feature "Audio" of Hugging Face datasets, the paths. Throws a Refusal where a column holds the audio itself. */
export async function readNamed(
  { file, metadata, children }: OpenParquet,
  names: readonly string[],
): Promise<Column[]> {
  const rows = { rowStart: 0, rowEnd: Number(metadata.num_rows) };
  const found: Column[] = [];
  for (const name of names) {
    const column = columnNamed(children, name);
    refuseEmbeddedAudio(column, metadata);
    const [values] = await readColumns(file, metadata, [name], rows);
    found.push(isAudio(column) ? values!.map(pathOf) : values!);
  }
  return found;
}

/** The column or group of that name. Throws a Refusal where there is none. */
function columnNamed(children: readonly SchemaTree[], name: string): SchemaTree {
  const column = children.find(({ element }) => element.name === name);
  if (column === undefined) throw new Refusal(`there is no column ${name}.`);
  return column;
}

/** Values of the named columns in a range of rows, one array per column; `raw`: bytes instead of text. */
export async function readColumns(
  file: AsyncBuffer,
  metadata: FileMetaData,
  names: readonly string[],
  { rowStart, rowEnd, raw = false }: { rowStart: number; rowEnd: number; raw?: boolean },
): Promise<unknown[][]> {
  const [{ parquetRead }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  const columns = new Map(names.map((name) => [name, new Array<unknown>(rowEnd - rowStart)]));
  await parquetRead({
    file,
    metadata,
    columns: [...names],
    rowStart,
    rowEnd,
    compressors,
    utf8: !raw,
    geoparquet: false,
    onChunk: (chunk) => {
      const column = columns.get(chunk.columnName)!;
      const [from, to] = [Math.max(chunk.rowStart, rowStart), Math.min(chunk.rowEnd, rowEnd)];
      for (let row = from; row < to; row++) column[row - rowStart] = chunk.columnData[row - chunk.rowStart] as unknown;
    },
  });
  return [...columns.values()];
}

// The feature "Audio" of Hugging Face datasets: a struct of bytes and path, either of which may be null.
function isAudio({ children }: SchemaTree): boolean {
  return children.some(({ element }) => element.name === 'path');
}

function pathOf(value: unknown): unknown {
  return (value as { path?: unknown } | null | undefined)?.path;
}

// A column of nothing but nulls takes a few bytes per page, however many rows it has.
const NULL_BYTES_PER_ROW = 1;

function refuseEmbeddedAudio(column: SchemaTree, metadata: FileMetaData): void {
  const { name } = column.element;
  if (!column.children.some(({ element }) => element.name === 'bytes')) return;
  const chunks = metadata.row_groups.flatMap((group) => group.columns.map((chunk) => chunk.meta_data));
  const embedded = chunks
    .filter((chunk) => chunk?.path_in_schema.join('.') === `${name}.bytes`)
    .reduce((sum, chunk) => sum + Number(chunk!.total_uncompressed_size), 0);
  if (embedded <= chunks.length * 1024 + Number(metadata.num_rows) * NULL_BYTES_PER_ROW) return;
  throw new Refusal(
    `the column ${name} holds the audio itself (${embedded} bytes). Audio is read from files: save it so, with the names in a column of the table.`,
  );
}

/** Vectors of one length, row-major. float64 where the file has numbers that float32 can't hold. */
export interface ParquetMatrix {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/**
 * A column of lists of numbers, read one row group after the other: as lists, all rows together would take many times the memory. Throws a
 * Refusal that names the row, counted from 0, without a list, with a list of another length than the first, or with what is no number in it.
 */
export async function readMatrix({ file, metadata, children }: OpenParquet, name: string): Promise<ParquetMatrix> {
  const rows = Number(metadata.num_rows);
  const isWide = leavesOf(columnNamed(children, name)).some(
    ({ element: { type, logical_type } }) => type !== 'FLOAT' && logical_type?.type !== 'FLOAT16',
  );
  let data = isWide ? new Float64Array(0) : new Float32Array(0);
  let cols = 0;
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const [vectors] = await readColumns(file, metadata, [name], { rowStart, rowEnd });
    for (const [index, vector] of vectors!.entries()) {
      const row = rowStart + index;
      const numbers = numbersOf(vector, row, name, cols);
      if (row === 0) {
        cols = numbers.length;
        data = isWide ? new Float64Array(rows * cols) : new Float32Array(rows * cols);
      }
      data.set(numbers, row * cols);
    }
    rowStart = rowEnd;
  }
  return { data, rows, cols };
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

function numbersOf(vector: unknown, row: number, name: string, cols: number): ArrayLike<number> {
  const refuse = (what: string): never => {
    throw new Refusal(`row ${row}: column ${name} holds ${what}. Leave the row out or embed the clip again.`);
  };
  if (vector === null || vector === undefined) return refuse('null in place of a list');
  if (!Array.isArray(vector) && !ArrayBuffer.isView(vector)) return refuse(`${typeof vector} in place of a list`);
  const values = vector as ArrayLike<unknown>;
  if (row > 0 && values.length !== cols) return refuse(`${values.length} numbers; the first row has ${cols}`);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' || typeof value === 'bigint') continue;
    return refuse(`${value === null || value === undefined ? 'null' : typeof value} at position ${i} of its list`);
  }
  return typeof values[0] === 'bigint' ? Array.from(values, Number) : (values as ArrayLike<number>);
}
