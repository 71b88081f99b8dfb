import { type FileHandle, open, stat } from 'node:fs/promises';
import { type ElementValues, elementBytes, inRowMajorOrder, valuesOf } from '../elements.ts';
import { DataError } from '../errors.ts';
import { readAt } from '../files/readAt.ts';
import type { Matrix, NumberRows } from '../matrix.ts';
import { type NpyDtype, type NpyHeader, parseHeader, prefixLength } from './header.ts';

/** An array read from an .npy file, its values in row-major (C) order whatever the file's order was. */
export interface NpyArray {
  readonly dtype: NpyDtype;
  readonly shape: readonly number[];
  readonly data: ElementValues;
}

/**
 * The array in an .npy file, version 1.0 to 3.0. Object arrays are refused: they are pickles. The size is checked against the file's
 * before memory is taken. Throws a DataError that names the file and what is wrong with it.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  return withFile(path, async (file) => {
    const { dtype, shape, count, dataOffset, littleEndian, fortranOrder } = await readHeader(file, path);
    const bytes = elementBytes(dtype);
    const raw = await readFully(file, dataOffset, count * bytes, path);
    if (!littleEndian) swapBytes(raw, bytes);
    const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
    const ordered = fortranOrder && shape.length > 1 ? inRowMajorOrder(raw.buffer, bytes, shape, strides) : raw.buffer;
    return { dtype, shape, data: valuesOf(ordered, dtype) };
  });
}

/** The header of an .npy file, checked against the file's length, without reading its data. */
export async function readNpyHeader(path: string): Promise<NpyHeader> {
  return withFile(path, (file) => readHeader(file, path));
}

/** The matrix in an .npy file of float16, float32 or float64 with two dimensions, as float32. */
export async function readNpyMatrix(path: string): Promise<Matrix> {
  const { dtype, shape, data } = await readNpy(path);
  if (shape.length !== 2 || !dtype.startsWith('float')) throw noMatrix(path, 'a float array', dtype, shape);
  return {
    data: data instanceof Float32Array ? data : Float32Array.from(data as Float64Array),
    rows: shape[0]!,
    cols: shape[1]!,
  };
}

/** The numbers in an .npy file of two dimensions: float64 and integers of 32 and 64 bits as float64, all others as float32. */
export async function readNpyNumbers(path: string): Promise<NumberRows> {
  const { dtype, shape, data } = await readNpy(path);
  if (shape.length !== 2 || dtype === 'bool') throw noMatrix(path, 'an array of numbers', dtype, shape);
  const isWide = dtype === 'float64' || data.BYTES_PER_ELEMENT >= 4;
  const numbers =
    data instanceof Float32Array || data instanceof Float64Array
      ? data
      : isWide
        ? Float64Array.from(data as Iterable<number | bigint>, Number)
        : Float32Array.from(data as Iterable<number>);
  return { data: numbers, rows: shape[0]!, cols: shape[1]! };
}

/** The error for an array that is not what was `expected`, rows of numbers. */
export function noMatrix(path: string, expected: string, dtype: string, shape: readonly number[]): DataError {
  return new DataError(
    path,
    `${path}: expected ${expected} of two dimensions (clips × numbers), found ${dtype} (${shape.join(', ')}).`,
  );
}

/** The header of an open .npy file, checked against the file's length. Throws a DataError that says what is wrong. */
export async function readHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const { text, dataOffset } = await readHeaderText(file, path);
  const header = parseHeader(text, dataOffset, path);
  await checkLength(file, header.dataOffset + header.count * elementBytes(header.dtype), path);
  return header;
}

/** Turns the byte order of values of `width` bytes around, in place; `raw` must be all of its buffer. */
export function swapBytes(raw: Uint8Array, width: number): void {
  const buffer = Buffer.from(raw.buffer);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

/** The file, open for reading. One that can't be opened, or is a folder, a pipe or a device, is a DataError that names it. */
export async function openFile(path: string): Promise<FileHandle> {
  // To open a pipe would wait for its other end.
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === false)
    throw new DataError(path, `Cannot open ${path}: it is no file but a folder, a pipe or a device.`);
  return open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DataError(
      path,
      `Cannot open ${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`,
      { cause },
    );
  });
}

/** What `use` gives for the open file, which is closed after. A file that can't be opened is a DataError that names it. */
export async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The text of an .npy header and where the data begins, in bytes. Throws a DataError where the file is no .npy file or is cut. */
export async function readHeaderText(
  file: FileHandle,
  path: string,
): Promise<{ readonly text: string; readonly dataOffset: number }> {
  const { prefix, length } = prefixLength(await readAt(file, 0, 12), path);
  const text = await readFully(file, prefix, length, path);
  return { text: Buffer.from(text).toString('utf8'), dataOffset: prefix + length };
}

/** Throws a DataError where the file has not the `expected` bytes: checked before memory is taken for them. */
export async function checkLength(file: FileHandle, expected: number, path: string): Promise<void> {
  const { size } = await file.stat();
  if (size < expected)
    throw new DataError(path, `${path} is cut: its header promises ${expected} bytes, the file has ${size}.`);
  if (size > expected)
    throw new DataError(
      path,
      `${path} goes on after its array: its header promises ${expected} bytes, the file has ${size}.`,
    );
}

/** The `length` bytes from `position` on. Throws a DataError where the file ends before. */
export async function readFully(
  file: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readAt(file, position, length);
  if (bytes.length < length) throw new DataError(path, `${path} is cut: it ends at byte ${position + bytes.length}.`);
  return bytes;
}
