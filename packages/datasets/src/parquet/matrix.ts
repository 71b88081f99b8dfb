import type { SchemaTree } from 'hyparquet';
import { columnNamed, type OpenParquet, readColumns } from './columns.ts';
import { Refusal } from './refusal.ts';

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
