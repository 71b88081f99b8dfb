import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { Refusal } from './refusal.ts';

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
export function columnNamed(children: readonly SchemaTree[], name: string): SchemaTree {
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
