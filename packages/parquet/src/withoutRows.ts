import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { AsyncBuffer, CompressionCodec, ConvertedType, FileMetaData, SchemaElement } from 'hyparquet';
import { asyncBuffer, type OpenParquet, Refusal, readColumns } from './columns.ts';

/**
 * The parquet file without the rows that are dropped, written anew: the same columns in the same order with the same types, the same key-value
 * metadata, and every value bit for bit, as they are read and written in their physical types. Row groups stay, smaller, and empty ones go.
 * What is not kept: statistics, indices and Bloom filters, encodings, the sorting noted for row groups, and the codec where it is none of
 * Snappy, gzip and none (Snappy then). The result is read again and compared. Throws a Refusal that names the column that does not come out
 * equal, or says what can't be read or written: timestamps as INT96, encrypted columns.
 */
export async function parquetWithoutRows(
  { file, metadata }: OpenParquet,
  dropped: (row: number) => boolean,
): Promise<Uint8Array> {
  try {
    const physical = { ...metadata, schema: physicalSchema(metadata.schema) };
    const result = await written(file, metadata, physical, dropped);
    await refuseDifference(file, physical, result, dropped);
    return result;
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(`can't be written without the removed clips: ${why}. Convert the table to JSON Lines or CSV.`, {
      cause,
    });
  }
}

async function written(
  file: AsyncBuffer,
  metadata: FileMetaData,
  physical: FileMetaData,
  dropped: (row: number) => boolean,
): Promise<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: physical.schema,
    codec: writableCodec(metadata),
    compressors: { GZIP: (input) => gzipSync(input) },
    statistics: false,
    ...(metadata.key_value_metadata === undefined ? {} : { kvMetadata: metadata.key_value_metadata }),
  });
  for await (const { columns, rows } of keptGroups(file, physical, dropped)) {
    if (rows > 0) await parquet.write({ columnData: columns, rowGroupSize: rows });
  }
  parquet.schema = metadata.schema.map(writableElement);
  await parquet.finish();
  return writer.getBytes();
}

// Without what says how to understand it, a column is read and written as the numbers and bytes that are in the file. Groups that
// are lists or maps keep it, as reader and writer need to know them, and so do the keys of maps, which become keys of objects.
function physicalSchema(schema: readonly SchemaElement[]): SchemaElement[] {
  return schema.map(({ converted_type, logical_type, ...rest }, index) => {
    const isGroup = rest.num_children !== undefined && (converted_type === 'LIST' || converted_type === 'MAP');
    const isKey = converted_type === 'UTF8' && schema[index - 2]?.converted_type === 'MAP';
    return isGroup || isKey ? { ...rest, converted_type } : rest;
  });
}

// hyparquet-writer 0.17 writes the width of INTEGER as a number of 32 bits where the format has one of 8, and strict readers refuse that. The
// older converted type says the same, and every reader knows it.
function writableElement(element: SchemaElement): SchemaElement {
  const { logical_type, ...rest } = element;
  if (logical_type?.type !== 'INTEGER') return element;
  const converted = `${logical_type.isSigned ? 'INT' : 'UINT'}_${logical_type.bitWidth}` as ConvertedType;
  return { ...rest, converted_type: element.converted_type ?? converted };
}

function writableCodec({ row_groups }: FileMetaData): CompressionCodec {
  const codec = row_groups[0]?.columns[0]?.meta_data?.codec;
  return codec === 'GZIP' || codec === 'UNCOMPRESSED' ? codec : 'SNAPPY';
}

interface Column {
  readonly name: string;
  readonly data: unknown[];
}

/** The kept rows of each row group. */
async function* keptGroups(file: AsyncBuffer, metadata: FileMetaData, dropped: (row: number) => boolean) {
  const { parquetSchema } = await import('hyparquet');
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = await readColumns(file, metadata, names, { rowStart, rowEnd, raw: true });
    const kept: number[] = [];
    for (let row = rowStart; row < rowEnd; row++) if (!dropped(row)) kept.push(row - rowStart);
    yield {
      columns: columns.map((data, index): Column => ({ name: names[index]!, data: kept.map((row) => data[row]) })),
      rows: kept.length,
    };
    rowStart = rowEnd;
  }
}

async function refuseDifference(
  before: AsyncBuffer,
  physical: FileMetaData,
  after: Uint8Array,
  dropped: (row: number) => boolean,
): Promise<void> {
  const { parquetMetadataAsync } = await import('hyparquet');
  const file = asyncBuffer(after);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const written = keptGroups(file, { ...metadata, schema: physical.schema }, () => false);
  for await (const { columns, rows } of keptGroups(before, physical, dropped)) {
    if (rows === 0) continue;
    const copies = (await written.next()).value?.columns;
    for (const [index, { name, data }] of columns.entries()) {
      if (isDeepStrictEqual(plain(copies?.[index]?.data), plain(data))) continue;
      throw new Refusal(
        `the column ${name} does not come out equal when it is written anew. Convert the table to JSON Lines or CSV.`,
      );
    }
  }
}

// Null and undefined are the same in parquet.
function plain(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Uint8Array || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
