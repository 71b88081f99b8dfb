import { DataError, messageOf, RefrainError } from '@refrain/core';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import type { Table, Wanted } from './table.ts';

/** Reads the wanted columns of a parquet file. Throws a DataError when it is damaged, or holds the audio itself. */
export async function readParquet(bytes: Buffer, source: string, wanted: Wanted): Promise<Table> {
  try {
    const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
    const file = asyncBuffer(bytes);
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const rowCount = Number(metadata.num_rows);
    const values = new Map<string, readonly unknown[]>();
    const { children } = parquetSchema(metadata);
    for (const column of children) {
      const { name } = column.element;
      if (!wanted(name)) continue;
      refuseEmbeddedAudio(column, metadata, source);
      const [read] = await readColumns(file, metadata, [name], { rowStart: 0, rowEnd: rowCount });
      values.set(name, isAudio(column) ? read!.map(pathOf) : read!);
    }
    const columns = children.map(({ element }) => element.name);
    return { columns, rowCount, values, where: (row) => `row ${row + 1}` };
  } catch (cause) {
    if (cause instanceof RefrainError) throw cause;
    throw new DataError(source, `${source}: can't be read as parquet: ${messageOf(cause)}.`, { cause });
  }
}

/** A file in memory, as hyparquet reads it. */
export function asyncBuffer(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.length,
    slice: (from, to) => Uint8Array.from(bytes.subarray(from, to)).buffer,
  };
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

function refuseEmbeddedAudio(column: SchemaTree, metadata: FileMetaData, source: string): void {
  const { name } = column.element;
  if (!column.children.some(({ element }) => element.name === 'bytes')) return;
  const chunks = metadata.row_groups.flatMap((group) => group.columns.map((chunk) => chunk.meta_data));
  const embedded = chunks
    .filter((chunk) => chunk?.path_in_schema.join('.') === `${name}.bytes`)
    .reduce((sum, chunk) => sum + Number(chunk!.total_uncompressed_size), 0);
  if (embedded <= chunks.length * 1024 + Number(metadata.num_rows) * NULL_BYTES_PER_ROW) return;
  throw new DataError(
    source,
    `${source}: the column ${name} holds the audio itself (${embedded} bytes). Audio is read from files: save it so, with the names in a column of the table.`,
  );
}
