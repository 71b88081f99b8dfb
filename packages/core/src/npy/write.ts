import type { FileHandle } from 'node:fs/promises';
import { type ElementValues, elementBytes } from '../elements.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import type { Matrix } from '../matrix.ts';
import { descriptorOf, MAGIC, type NpyDtype } from './header.ts';

/** Writes an array as .npy version 1.0, little-endian, row-major. The file appears under its name only when it is whole. */
export async function writeNpy(
  path: string,
  array: {
    readonly dtype: Exclude<NpyDtype, 'float16'>;
    readonly shape: readonly number[];
    readonly data: ElementValues;
  },
): Promise<void> {
  const { dtype, shape, data } = array;
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count || data.byteLength !== count * elementBytes(dtype)) {
    throw new RangeError(
      `${path}: ${data.length} values of ${data.BYTES_PER_ELEMENT} bytes are no ${dtype} array of shape (${shape.join(', ')}).`,
    );
  }
  await writeFileAtomic(path, async (file) => {
    await file.writeFile(headerFor(descriptorOf(dtype), shape));
    await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}

/** Writes indices or labels as int64, the type NumPy indexes with. */
export async function writeNpyIntegers(path: string, values: ArrayLike<number>): Promise<void> {
  await writeNpy(path, {
    dtype: 'int64',
    shape: [values.length],
    data: BigInt64Array.from(Array.from(values), BigInt),
  });
}

/** Writes a float32 matrix block by block, without holding it whole. `cols` is the width of every block. */
export async function writeNpyRows(
  path: string,
  cols: number,
  blocks: AsyncIterable<Matrix> | Iterable<Matrix>,
): Promise<void> {
  await writeFileAtomic(path, async (file: FileHandle) => {
    // The number of rows is known at the end; the header has the same length for every count of up to 16 digits.
    await file.writeFile(headerFor(descriptorOf('float32'), [Number.MAX_SAFE_INTEGER, cols]));
    let rows = 0;
    for await (const block of blocks) {
      if (block.cols !== cols) throw new RangeError(`${path}: a block has ${block.cols} columns, expected ${cols}.`);
      await file.writeFile(new Uint8Array(block.data.buffer, block.data.byteOffset, block.data.byteLength));
      rows += block.rows;
    }
    const header = headerFor(descriptorOf('float32'), [rows, cols]);
    await file.write(header, 0, header.length, 0);
  });
}

/** The header of a file of version 1.0, all that precedes the data: its length is a multiple of 64 bytes, as np.save has it. */
export function headerFor(descriptor: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = 10;
  const padded = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from(`${MAGIC}\x01\x00`, 'latin1'), length, Buffer.from(padded, 'latin1')]);
}
