import { halfToNumber } from '@refrain/core';

/** The element types that can be read, by PyTorch's names. */
export type Dtype =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/** The values of a tensor. float16 and bfloat16 are widened to float32, which is exact; bool is 0 or 1. */
export type TensorValues =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

interface Element {
  readonly bytes: number;
  /** The values of little-endian elements; the buffer is theirs alone. */
  readonly values: (stored: ArrayBuffer) => TensorValues;
}

const DTYPES: Readonly<Record<Dtype, Element>> = {
  float64: { bytes: 8, values: (stored) => new Float64Array(stored) },
  float32: { bytes: 4, values: (stored) => new Float32Array(stored) },
  float16: { bytes: 2, values: (stored) => Float32Array.from(new Uint16Array(stored), halfToNumber) },
  bfloat16: { bytes: 2, values: widenBrainFloats },
  int64: { bytes: 8, values: (stored) => new BigInt64Array(stored) },
  int32: { bytes: 4, values: (stored) => new Int32Array(stored) },
  int16: { bytes: 2, values: (stored) => new Int16Array(stored) },
  int8: { bytes: 1, values: (stored) => new Int8Array(stored) },
  uint64: { bytes: 8, values: (stored) => new BigUint64Array(stored) },
  uint32: { bytes: 4, values: (stored) => new Uint32Array(stored) },
  uint16: { bytes: 2, values: (stored) => new Uint16Array(stored) },
  uint8: { bytes: 1, values: (stored) => new Uint8Array(stored) },
  bool: { bytes: 1, values: (stored) => new Uint8Array(stored).map((byte) => (byte === 0 ? 0 : 1)) },
};

/** How many bytes one element takes in a file. */
export function elementBytes(dtype: Dtype): number {
  return DTYPES[dtype].bytes;
}

/** The values of stored elements, in their order. */
export function valuesOf(stored: ArrayBuffer, dtype: Dtype): TensorValues {
  return DTYPES[dtype].values(stored);
}

// A bfloat16 is the upper half of a float32.
function widenBrainFloats(stored: ArrayBuffer): Float32Array {
  const upper = new Uint16Array(stored);
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < upper.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}
