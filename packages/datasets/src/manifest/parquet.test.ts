import { gzipSync } from 'node:zlib';
import { asyncBuffer, openParquet, parquetWithoutRows as withoutRows } from '@refrain/parquet';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readParquet } from './readTable.ts';

type Written = Parameters<typeof parquetWriteBuffer>[0];
const written = (options: Written) => Buffer.from(parquetWriteBuffer(options));
const everything = (bytes: Uint8Array) => parquetReadObjects({ file: asyncBuffer(bytes) });
const parquetWithoutRows = async (bytes: Uint8Array, dropped: (row: number) => boolean) =>
  withoutRows(await openParquet(asyncBuffer(bytes)), dropped);
const isOdd = (row: number) => row % 2 === 1;

const names: ColumnSource = { name: 'path', data: ['a', 'b', 'c', 'd', 'e'] };
const paths: ColumnSource = { ...names, type: 'STRING' };

// Written by arrow-rs (parquet-wasm 0.6.1): compressed with zstd, with dictionaries and the schema of Arrow.
const zstd = Buffer.from(
  [
    'UEFSMRUEFToVTEwVBhUAEgAAKLUv/QBI6QAABQAAAGEud2F2BwAAAOabsi53YXYFAAAAYy53YXYVABUUFSYsFQYVEBUGFQYAACi1L/0ASFEAAA',
    'IAAAAGAQIDJAAVDBk1AAYQGRgEcGF0aBUMFgYWjAEWsAEmaCYAABUEFSAVMkwVBBUAEgAAKLUv/QBIgQAABAAAAHJvY2sEAAAAbGl2ZRUAFSAV',
    'MiwVCBUQFQYVBgAAKLUv/QBIgQAAAgAAAAMCAwAAAAMfAAEDAhUMGTUABhAZOAR0YWdzBGxpc3QEaXRlbRUMFggWfhaiASZOJgAAFQQVGBUqTB',
    'UGFQASAAAotS/9AEhhAAABAAAA/wAAAAMAAAAVABUUFSYsFQYVEBUGFQYAACi1L/0ASFEAAAIAAAAGAQIDJAAVAhk1AAYQGRgBbhUMFgYWahaO',
    'ASZGJgAAGRwWcBVIFgAAABkcFsACFVQWAAAAGRwWpgQVSBYAAAAVAhlsSAxhcnJvd19zY2hlbWEVBgAVDCUCGARwYXRoJQBMHAAAADUCGAR0YW',
    'dzFQIVBkw8AAAANQQYBGxpc3QVAgAVDCUCGARpdGVtJQBMHAAAABUCJQIYAW4lFkysEwgSAAAAFgYZHBk8JrgBHBUMGTUABhAZGARwYXRoFQwW',
    'BhaMARawASZwJggAFqAFFRQAJpQDHBUMGTUABhAZOAR0YWdzBGxpc3QEaXRlbRUMFggWfhaiASbAAibyAQAWtAUVFgAm7gQcFQIZNQAGEBkYAW',
    '4VDBYGFmoWjgEmpgQm4AMAFsoFFRYAFvQCFgYmCBbgAxQAABkcGAxBUlJPVzpzY2hlbWEY8AIvLy8vL3d3QkFBQVFBQUFBQUFBS0FBd0FDZ0FK',
    'QUFRQUNnQUFBQkFBQUFBQUFRUUFDQUFJQUFBQUJBQUlBQUFBQkFBQUFBTUFBQUN3QUFBQVNBQUFBQlFBQUFBUUFCWUFFQUFPQUE4QUJBQUFBQW',
    'dBRUFBQUFCZ0FBQUFjQUFBQUFBQUJBaGdBQUFBQUFBWUFDQUFFQUFZQUFBQUlBQUFBQUFBQUFBRUFBQUJ1QUFBQXJQLy8veGdBQUFBTUFBQUFB',
    'QUFCRERnQUFBQUJBQUFBQ0FBQUFLRC8vLy9NLy8vL0ZBQUFBQXdBQUFBQUFBRUZEQUFBQUFBQUFBQzgvLy8vQkFBQUFHbDBaVzBBQUFBQUJBQU',
    'FBSFJoWjNNQUFBQUFFQUFVQUJBQURnQVBBQVFBQUFBSUFCQUFBQUFZQUFBQURBQUFBQUFBQVFVUUFBQUFBQUFBQUFRQUJBQUVBQUFBQkFBQUFI',
    'QmhkR2dBQUFBQQAYGXBhcnF1ZXQtcnMgdmVyc2lvbiA1MS4wLjAZPBwAABwAABwAAACgAgAAUEFSMQ==',
  ].join(''),
  'base64',
);

describe('a parquet table', () => {
  it('of another writer, in zstd, is read and filtered', async () => {
    const table = await readParquet(zstd, 't.parquet', () => true);
    expect(table.values.get('path')).toEqual(['a.wav', '曲.wav', 'c.wav']);
    expect(table.values.get('tags')).toEqual([['rock', 'live'], [], undefined]);
    const filtered = await parquetWithoutRows(zstd, (row) => row === 0);
    expect(await everything(filtered)).toEqual([
      { path: '曲.wav', tags: [], n: 255 },
      { path: 'c.wav', tags: undefined, n: 3 },
    ]);
    const keys = [zstd, filtered].map((one) => parquetMetadata(one).key_value_metadata);
    expect(keys[0]).toMatchObject([{ key: 'ARROW:schema' }]);
    expect(keys[1]).toEqual(keys[0]);
  });

  it('gives its wanted columns, over several row groups', async () => {
    const bytes = written({
      columnData: [paths, { name: 'y', data: [1n, 2n, 3n, 4n, 5n], type: 'INT64' }, { ...paths, name: 'text' }],
      rowGroupSize: 2,
    });
    const table = await readParquet(bytes, 't.parquet', (name) => name !== 'text');
    expect(table).toMatchObject({ columns: ['path', 'y', 'text'], rowCount: 5 });
    expect(table.values.get('path')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(table.values.get('y')).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(table.values.has('text')).toBe(false);
    expect(table.where(0)).toBe('row 1');
  });

  const struct = (data: unknown[]): Written => ({
    columnData: [{ name: 'audio', data }],
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'audio', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
  });

  it('gives the path of an audio feature, and refuses audio in the table', async () => {
    const files = written(
      struct([
        { bytes: null, path: 'a.wav' },
        { bytes: null, path: 'b.wav' },
      ]),
    );
    expect((await readParquet(files, 't.parquet', () => true)).values.get('audio')).toEqual(['a.wav', 'b.wav']);
    const audio = Uint8Array.from({ length: 50_000 }, (_, n) => (n * n) % 251);
    const embedded = written(struct([{ bytes: audio, path: 'a.wav' }]));
    await expect(readParquet(embedded, 't.parquet', () => true)).rejects.toThrow(/column audio holds the audio itself/);
  });
});

describe('a parquet table without some rows', () => {
  const nested: Written = {
    columnData: [
      names,
      { name: 'tags', data: [['x', null], [], null, ['y'], ['z', 'z']] },
      {
        name: 'info',
        data: [{ n: 1, s: ['p'] }, null, { n: null, s: null }, { n: 4, s: [] }, { n: 5, s: ['q', 'r'] }],
      },
      { name: 'u', data: [0, 4_294_967_295, 3, null, 5] },
      { name: 'when', data: [1n, 2n, 1_700_000_000_123_456n, 4n, 5n] },
      { name: 'price', data: [1234n, 2n, null, 4n, 5n] },
      { name: 'raw', data: [Uint8Array.of(0, 255), null, Uint8Array.of(0xc3), null, Uint8Array.of()] },
      { name: 'q', data: [0.1, Number.NaN, -0, 4, Number.POSITIVE_INFINITY] },
    ],
    schema: [
      { name: 'root', num_children: 8 },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'tags', num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'info', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'n', type: 'INT32', repetition_type: 'OPTIONAL' },
      { name: 's', num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      {
        name: 'u',
        type: 'INT32',
        repetition_type: 'OPTIONAL',
        converted_type: 'UINT_32',
        logical_type: { type: 'INTEGER', bitWidth: 32, isSigned: false },
      },
      {
        name: 'when',
        type: 'INT64',
        repetition_type: 'REQUIRED',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
      },
      { name: 'price', type: 'INT64', converted_type: 'DECIMAL', scale: 2, precision: 9, repetition_type: 'OPTIONAL' },
      { name: 'raw', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'q', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ],
    rowGroupSize: 2,
    kvMetadata: [{ key: 'huggingface', value: '{"info": "ö"}' }],
  };

  it('has the others as they were, in the same schema, with the same metadata', async () => {
    const bytes = written(nested);
    const filtered = await parquetWithoutRows(bytes, isOdd);
    expect(await everything(filtered)).toEqual((await everything(bytes)).filter((_, row) => !isOdd(row)));
    const [before, after] = [bytes, filtered].map((one) => parquetMetadata(one));
    // The converted type UINT_32 says the same as the logical type of u.
    const schema = before!.schema.map(({ logical_type, ...rest }) =>
      logical_type === undefined || logical_type.type === 'INTEGER' ? rest : { ...rest, logical_type },
    );
    expect(after!.schema).toEqual(schema);
    expect(after!.key_value_metadata).toEqual(before!.key_value_metadata);
    expect(after!.row_groups.map((group) => Number(group.num_rows))).toEqual([1, 1, 1]);
  });

  it('keeps what a Date would round away: nanoseconds, unscaled decimals, bytes that are no text', async () => {
    const filtered = await parquetWithoutRows(written(nested), isOdd);
    const rows = await parquetReadObjects({
      file: asyncBuffer(filtered),
      utf8: false,
      parsers: { timestampFromNanoseconds: (nanos) => nanos },
    });
    expect(rows.map((row) => row.when)).toEqual([1n, 1_700_000_000_123_456n, 5n]);
    expect(rows.map((row) => row.raw)).toEqual([Uint8Array.of(0, 255), Uint8Array.of(0xc3), Uint8Array.of()]);
    expect(rows.map((row) => row.price)).toEqual([12.34, null, 0.05]);
  });

  it('keeps gzip and no compression, and a group with no row left goes', async () => {
    for (const codec of ['GZIP', 'UNCOMPRESSED', 'SNAPPY'] as const) {
      const bytes = written({
        columnData: [paths],
        codec,
        compressors: { GZIP: (input) => gzipSync(input) },
        rowGroupSize: 2,
      });
      const filtered = await parquetWithoutRows(bytes, (row) => row < 2);
      const { compressors } = await import('hyparquet-compressors');
      const rows = await parquetReadObjects({ file: asyncBuffer(filtered), compressors });
      expect(rows.map((row) => row.path)).toEqual(['c', 'd', 'e']);
      const { row_groups } = parquetMetadata(filtered);
      expect(row_groups.map((group) => group.columns[0]!.meta_data!.codec)).toEqual([codec, codec]);
    }
  });

  it('keeps maps', async () => {
    const bytes = written({
      columnData: [names, { name: 'm', data: [{ a: 1 }, {}, null, { b: 2, c: null }, { d: 4 }] }],
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'm', num_children: 1, converted_type: 'MAP', repetition_type: 'OPTIONAL' },
        { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
        { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'value', type: 'INT32', repetition_type: 'OPTIONAL' },
      ],
    });
    const filtered = await parquetWithoutRows(bytes, (row) => row === 4);
    expect(await everything(filtered)).toEqual((await everything(bytes)).slice(0, 4));
  });

  it('is refused where it can not be read or written', async () => {
    const bytes = written({ columnData: [paths, { name: 'i', data: [1, 2, 3, 4, 5], type: 'INT32' }] });
    await expect(parquetWithoutRows(bytes.subarray(0, -4), isOdd)).rejects.toThrow(/footer/);
    await expect(parquetWithoutRows(int96(), isOdd)).rejects.toThrow(/INT96/);
  });
});

/** A file with a column of INT96, which no current library writes: the bytes of another type under its name. */
function int96(): Buffer {
  const writer = new ByteWriter();
  const schema = (type: 'INT96' | 'FIXED_LEN_BYTE_ARRAY') => [
    { name: 'root', num_children: 1 },
    { name: 'when', type, ...(type === 'INT96' ? {} : { type_length: 12 }), repetition_type: 'REQUIRED' as const },
  ];
  const parquet = new ParquetWriter({ writer, schema: schema('FIXED_LEN_BYTE_ARRAY'), statistics: false });
  const data = [1, 2, 3].map((day) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, day, 0, 0, 0));
  parquet.write({ columnData: [{ name: 'when', data, encoding: 'PLAIN' }] });
  parquet.schema = schema('INT96');
  parquet.row_groups[0]!.columns[0]!.meta_data!.type = 'INT96';
  parquet.finish();
  return Buffer.from(writer.getBytes());
}
