/** The plain numeric types of NumPy that are read and written; object, string, structured, complex and time types are refused. */
export type NpyDtype =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

/** float16 is read as Float32Array (every half is a float32), bool as Uint8Array of 0 and 1, 64-bit integers as BigInt arrays. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

type DataConstructor = new (buffer: ArrayBuffer) => NpyData;

interface DtypeInfo {
  /** NumPy's type character and item size, without the byte order. */
  readonly code: string;
  readonly bytes: number;
  readonly array: DataConstructor;
}

export const DTYPES: Readonly<Record<NpyDtype, DtypeInfo>> = {
  float16: { code: 'f2', bytes: 2, array: Uint16Array },
  float32: { code: 'f4', bytes: 4, array: Float32Array },
  float64: { code: 'f8', bytes: 8, array: Float64Array },
  int8: { code: 'i1', bytes: 1, array: Int8Array },
  int16: { code: 'i2', bytes: 2, array: Int16Array },
  int32: { code: 'i4', bytes: 4, array: Int32Array },
  int64: { code: 'i8', bytes: 8, array: BigInt64Array },
  uint8: { code: 'u1', bytes: 1, array: Uint8Array },
  uint16: { code: 'u2', bytes: 2, array: Uint16Array },
  uint32: { code: 'u4', bytes: 4, array: Uint32Array },
  uint64: { code: 'u8', bytes: 8, array: BigUint64Array },
  bool: { code: 'b1', bytes: 1, array: Uint8Array },
};

/** NumPy's descriptor of a dtype in a file written here, little-endian: `<f4`, `|u1`. */
export function descriptorOf(dtype: NpyDtype): string {
  const { code, bytes } = DTYPES[dtype];
  return `${bytes === 1 ? '|' : '<'}${code}`;
}

/** The dtype and byte order a descriptor names, or undefined when it is none of ours. */
export function parseDescriptor(descriptor: string): { dtype: NpyDtype; littleEndian: boolean } | undefined {
  const order = descriptor[0];
  const entry = Object.entries(DTYPES).find(([, info]) => info.code === descriptor.slice(1));
  if (entry === undefined) return undefined;
  const [dtype, { bytes }] = entry as [NpyDtype, DtypeInfo];
  if (bytes === 1 ? order !== '|' && order !== '<' && order !== '>' : order !== '<' && order !== '>') return undefined;
  return { dtype, littleEndian: order !== '>' };
}

/** The value of a half-precision float (IEEE 754-2008 binary16) given as its 16 bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
