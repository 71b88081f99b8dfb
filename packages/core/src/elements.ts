/** The values of an array or tensor. float16 and bfloat16 are widened to float32, which is exact; bool is 0 or 1. */
export type ElementValues =
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
  readonly values: (stored: ArrayBuffer) => ElementValues;
}

const ELEMENTS = {
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
} as const satisfies Record<string, Element>;

/** The plain types of elements that are read from files, by the names that NumPy and PyTorch give them. */
export type ElementType = keyof typeof ELEMENTS;

/** All of them. */
export const ELEMENT_TYPES = Object.keys(ELEMENTS) as readonly ElementType[];

/** How many bytes one element takes in a file. */
export function elementBytes(type: ElementType): number {
  return ELEMENTS[type].bytes;
}

/** The values of stored little-endian elements, in their order; the buffer becomes theirs. */
export function valuesOf(stored: ArrayBuffer, type: ElementType): ElementValues {
  return ELEMENTS[type].values(stored);
}

/**
 * Elements of `bytes` bytes each in row-major order, whose neighbours along each dimension lie `strides` elements apart in `stored`. They are
 * moved as words, so that no bit of a NaN changes.
 */
export function inRowMajorOrder(
  stored: ArrayBuffer,
  bytes: number,
  shape: readonly number[],
  strides: readonly number[],
): ArrayBuffer {
  const Words = bytes === 1 ? Uint8Array : bytes === 2 ? Uint16Array : Uint32Array;
  const from = new Words(stored);
  const words = bytes / from.BYTES_PER_ELEMENT;
  const into = new Words(shape.reduce((product, size) => product * size, words));
  const position = shape.map(() => 0);
  for (let target = 0, element = 0; target < into.length; target += words) {
    for (let word = 0; word < words; word++) into[target + word] = from[element * words + word]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      element += strides[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      element -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return into.buffer as ArrayBuffer;
}

/** The value of a half-precision float (IEEE 754-2008 binary16) given as its 16 bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// A bfloat16 is the upper half of a float32.
function widenBrainFloats(stored: ArrayBuffer): Float32Array {
  const upper = new Uint16Array(stored);
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < upper.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}
