import { type ElementType, type ElementValues, elementBytes, inRowMajorOrder, refusal, valuesOf } from '@refrain/core';
import { isCount } from './byteSource.ts';

/** What a checkpoint may cost before it is refused. All are bytes. */
export interface CheckpointLimits {
  /** Of what describes the tensors: the pickle, the JSON header, the directory of the zip. Default 16 MiB. */
  readonly headerBytes: number;
  /** Of one tensor, and of the part of the file that it is gathered from. Default 2 GiB. */
  readonly tensorBytes: number;
  /**
   * How much all tensors together may have beyond eight times the size of the file. Views share what is stored, and an expanded one
   * (stride 0) can claim any size. Default 64 MiB.
   */
  readonly expandedBytes: number;
}

const DEFAULTS: CheckpointLimits = { headerBytes: 2 ** 24, tensorBytes: 2 ** 31, expandedBytes: 2 ** 26 };

/** The limits, with the defaults where none is given. */
export function limitsOf(limits: Partial<CheckpointLimits> = {}): CheckpointLimits {
  return { ...DEFAULTS, ...limits };
}

/** Elements that lie in a file, one after the other; tensors are views of them. */
export interface Storage {
  readonly kind: 'storage';
  /** The file, for messages. */
  readonly source: string;
  readonly dtype: ElementType;
  /** How many elements. */
  readonly count: number;
  /** The bytes `from` … `to` − 1 of the storage, read anew each time. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** A tensor of a checkpoint: its values stay in the file until `readTensor` fetches them. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly dtype: ElementType;
  /** Sizes of the dimensions; none for a scalar. */
  readonly shape: readonly number[];
  /** How many elements: the product of the shape. */
  readonly count: number;
  readonly storage: Storage;
  /** Where in the storage its first element is, in elements. */
  readonly offset: number;
  /** How far apart in the storage neighbours along each dimension are, in elements. */
  readonly strides: readonly number[];
  readonly limits: CheckpointLimits;
}

/** Which elements of a storage a tensor wants, as the file says it: nothing of it is trusted. */
export interface View {
  readonly offset: unknown;
  readonly shape: readonly unknown[];
  readonly strides: readonly unknown[];
}

const MAX_DIMENSIONS = 64;

/**
 * The tensor that views `storage` so. Throws a DataError where the view is malformed, leaves the storage, or has more elements than the
 * limits allow.
 */
export function tensorOf(storage: Storage, { offset, shape, strides }: View, limits: CheckpointLimits): Tensor {
  const fail = (reason: string) => refusal(storage.source, `a tensor ${reason}.`);
  if (shape.length !== strides.length) throw fail(`has ${shape.length} sizes and ${strides.length} strides`);
  if (shape.length > MAX_DIMENSIONS)
    throw fail(`has ${shape.length} dimensions; at most ${MAX_DIMENSIONS} can be read`);
  if (!isCount(offset) || !shape.every(isCount) || !strides.every(isCount))
    throw fail('has a size, stride or offset that is not a whole number from 0');
  const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  // Products of doubles only grow, so rounding cannot bring one that is too large back under its limit.
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (count === 0 ? offset > storage.count : last >= storage.count)
    throw fail(`reaches past its storage of ${storage.count} elements`);
  if (count * elementBytes(storage.dtype) > limits.tensorBytes)
    throw fail(`has ${count} elements of ${storage.dtype}; at most ${limits.tensorBytes} bytes are read`);
  return { kind: 'tensor', dtype: storage.dtype, shape, count, storage, offset, strides, limits };
}

/** The strides of a tensor whose elements lie in row-major order without gaps. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * The values of a tensor in row-major order, views applied: a new array each time. Throws a DataError where the file turns out to be
 * damaged.
 */
export async function readTensor(tensor: Tensor): Promise<ElementValues> {
  const { dtype, shape, count, storage, offset, strides, limits } = tensor;
  const bytes = elementBytes(dtype);
  if (count === 0) return valuesOf(new ArrayBuffer(0), dtype);
  const span = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 1);
  if (span * bytes > limits.tensorBytes)
    throw refusal(
      storage.source,
      `a tensor is spread over ${span * bytes} bytes; at most ${limits.tensorBytes} are read.`,
    );
  const stored = ownBuffer(await storage.read(offset * bytes, (offset + span) * bytes));
  return valuesOf(isRowMajor(tensor) ? stored : inRowMajorOrder(stored, bytes, shape, strides), dtype);
}

/**
 * The values of a tensor as float32, row-major. float16 and bfloat16 are exact. Throws a DataError where a value would change: a float64
 * or an integer that float32 does not have.
 */
export async function asFloat32(tensor: Tensor): Promise<Float32Array> {
  const values = await readTensor(tensor);
  if (values instanceof Float32Array) return values;
  const rounded = Float32Array.from(values as ArrayLike<number | bigint>, Number);
  const at = rounded.findIndex((value, i) => !isSame(value, values[i]!));
  if (at >= 0)
    throw refusal(
      tensor.storage.source,
      `element ${at} of a tensor of ${tensor.dtype} is ${values[at]}, which float32 does not have; it was asked for as float32.`,
    );
  return rounded;
}

// Of a bigint and a double, == compares the values; of a bigint beyond 2^53 Number() may have rounded, and this finds out.
function isSame(rounded: number, exact: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint is never === a number.
  return rounded == exact || Number.isNaN(exact as number);
}

function isRowMajor({ shape, strides }: Tensor): boolean {
  const expected = rowMajorStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

// A source in memory hands out windows on bytes that are not ours, and typed arrays want aligned ones.
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (isWhole ? bytes.buffer : new Uint8Array(bytes).buffer) as ArrayBuffer;
}
