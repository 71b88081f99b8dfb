import { withParquet } from '../parquet/thread.ts';
import type { Table, Wanted } from './table.ts';

/** Reads the wanted columns of a parquet file. Throws a DataError when it is damaged, or holds the audio itself; the signal's reason. */
export function readParquet(bytes: Uint8Array, source: string, wanted: Wanted, signal?: AbortSignal): Promise<Table> {
  return withParquet(bytes, { source, signal }, async (parquet) => {
    const { columns, rowCount } = parquet;
    const names = columns.filter(wanted);
    const read = await parquet.read(names);
    const values = new Map(names.map((name, index) => [name, read[index]!]));
    return { columns, rowCount, values, where: (row) => `row ${row + 1}` };
  });
}
