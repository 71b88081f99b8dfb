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
  /** Where the vectors of each row of the file start, and their number at the end; absent where the column has one vector in a row. */
  readonly starts?: Uint32Array;
}

/**
 * A column of lists of numbers, or of lists of such lists, read one row group after the other: as lists, all rows together would take many times
 * the memory. Throws a Refusal that names the row, counted from 0, without a list, with a list of another length than the first, or with what is
 * no number in it.
 */
export async function readMatrix({ file, metadata, children }: OpenParquet, name: string): Promise<ParquetMatrix> {
  const column = columnNamed(children, name);
  const isWide = leavesOf(column).some(
    ({ element: { type, logical_type } }) => type !== 'FLOAT' && logical_type?.type !== 'FLOAT16',
  );
  const isNested = listsIn(column) > 1;
  const fileRows = Number(metadata.num_rows);
  const starts = new Uint32Array(fileRows + 1);
  let data: ParquetMatrix['data'] = isWide ? new Float64Array(0) : new Float32Array(0);
  let cols: number | undefined;
  let rows = 0;
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const [values] = await readColumns(file, metadata, [name], { rowStart, rowEnd });
    for (const [index, value] of values!.entries()) {
      const row = rowStart + index;
      for (const vector of isNested ? listOf(value, row, name) : [value]) {
        const numbers = numbersOf(vector, row, name, cols);
        cols ??= numbers.length;
        if ((rows + 1) * cols > data.length) data = enlarged(data, Math.max(fileRows * cols, 2 * data.length));
        data.set(numbers, rows++ * cols);
      }
      starts[row + 1] = rows;
    }
    rowStart = rowEnd;
  }
  cols ??= 0;
  const used = data.length === rows * cols ? data : data.slice(0, rows * cols);
  return { data: used, rows, cols, ...(isNested && { starts }) };
}

function enlarged(data: Float32Array | Float64Array, length: number): typeof data {
  const larger = data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  larger.set(data);
  return larger;
}

/** How many lists lie in each other. */
function listsIn({ element, children }: SchemaTree): number {
  return (element.repetition_type === 'REPEATED' ? 1 : 0) + Math.max(0, ...children.map(listsIn));
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

function numbersOf(vector: unknown, row: number, name: string, cols: number | undefined): ArrayLike<number> {
  const values = listOf(vector, row, name);
  if (cols !== undefined && values.length !== cols)
    throw refused(row, name, `${values.length} numbers; the first row has ${cols}`);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' || typeof value === 'bigint') continue;
    throw refused(
      row,
      name,
      `${value === null || value === undefined ? 'null' : typeof value} at position ${i} of its list`,
    );
  }
  return typeof values[0] === 'bigint' ? Array.from(values, Number) : (values as ArrayLike<number>);
}

function listOf(value: unknown, row: number, name: string): readonly unknown[] {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return value as readonly unknown[];
  throw refused(row, name, `${value === null || value === undefined ? 'null' : typeof value} in place of a list`);
}

function refused(row: number, name: string, what: string): Refusal {
  return new Refusal(`row ${row}: column ${name} holds ${what}. Leave the row out or embed the clip again.`);
}
