import type { FileHandle } from 'node:fs/promises';
import { DataError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import type { NpyHeader } from './header.ts';
import { noMatrix, openFile, readFully, readHeader, swapBytes } from './read.ts';

const VALUE_BYTES = 4;

/** A float32 matrix in an open .npy file, of which any rows can be read. The file stays open until `close`. */
export interface NpyRows {
  readonly rows: number;
  readonly cols: number;
  /**
   * The `count` rows from `start` on, in memory of their own. Throws a RangeError where the matrix does not have them all, and a DataError
   * where the file has become shorter since it was opened.
   */
  read(start: number, count: number): Promise<Matrix>;
  /** Closes the file; nothing can be read after. */
  close(): Promise<void>;
}

/**
 * Opens the .npy file of a float32 matrix, of either byte order, whose rows are then read piece by piece: for files that are larger than
 * memory. The header is checked, and the file's length against it. Throws a DataError that names the file and what is wrong with it.
 */
export async function openNpyRows(path: string): Promise<NpyRows> {
  const file = await openFile(path);
  try {
    const header = await readHeader(file, path);
    checkLayout(header, path);
    return rowsOf(file, header, path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function checkLayout({ dtype, shape, fortranOrder }: NpyHeader, path: string): void {
  if (dtype !== 'float32' || shape.length !== 2) {
    throw noMatrix(path, 'a float32 array', dtype, shape);
  }
  // The values of a row lie apart then. A matrix of one row or one column is the same either way.
  if (fortranOrder && shape[0]! > 1 && shape[1]! > 1) {
    throw new DataError(
      path,
      `${path} is in Fortran order, so its rows cannot be read one by one. Save it with np.save(new, np.ascontiguousarray(np.load(old))).`,
    );
  }
}

function rowsOf(file: FileHandle, { shape, dataOffset, littleEndian }: NpyHeader, path: string): NpyRows {
  const [rows, cols] = shape as [number, number];
  return {
    rows,
    cols,
    async read(start, count) {
      if (!(Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0 && start + count <= rows)) {
        throw new RangeError(`${path} has ${rows} rows: ${count} of them from row ${start} on cannot be read.`);
      }
      const raw = await readFully(file, dataOffset + start * cols * VALUE_BYTES, count * cols * VALUE_BYTES, path);
      if (!littleEndian) swapBytes(raw, VALUE_BYTES);
      return { data: new Float32Array(raw.buffer), rows: count, cols };
    },
    close: () => file.close(),
  };
}
