import { ELEMENT_TYPES, type ElementType, elementBytes } from '../elements.ts';
import { DataError } from '../errors.ts';

/** The plain numeric types of NumPy that are read and written; object, string, structured, complex and time types are refused. */
export type NpyDtype = Exclude<ElementType, 'bfloat16'>;

/** The header of an .npy file (NumPy's format, NEP 1) before its dtype is looked at. */
export interface NpyLayout {
  /** NumPy's type descriptor: `<f4`, `<U16`. */
  readonly descriptor: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the data begins, in bytes. */
  readonly dataOffset: number;
  /** Product of the shape. */
  readonly count: number;
}

/** What the header of an .npy file of numbers says. */
export interface NpyHeader extends Omit<NpyLayout, 'descriptor'> {
  readonly dtype: NpyDtype;
  readonly littleEndian: boolean;
}

/** What a .npy file begins with. */
export const MAGIC = '\x93NUMPY';

// NumPy writes at most this for any plain array; it is also what np.load trusts by default.
const MAX_HEADER_BYTES = 10_000;
const MAX_DIMENSIONS = 32;

// The header is a Python dictionary. It is matched, never evaluated: one dict, each of three keys once, a literal for each.
const PAIR = String.raw`\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|\(([0-9L,\s]*)\))\s*`;

/** How many bytes precede the header text, and where its length stands, for the versions 1.0, 2.0 and 3.0. */
export function prefixLength(start: Uint8Array, source: string): { readonly prefix: number; readonly length: number } {
  const text = Buffer.from(start.subarray(0, 6)).toString('latin1');
  if (text !== MAGIC)
    throw new DataError(source, `${source} is not an .npy file: it does not begin with the NumPy magic.`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const version = start.byteLength < 8 ? '' : `${start[6]}.${start[7]}`;
  if (version === '1.0' && start.byteLength >= 10)
    return { prefix: 10, length: checked(view.getUint16(8, true), source) };
  if ((version === '2.0' || version === '3.0') && start.byteLength >= 12) {
    return { prefix: 12, length: checked(view.getUint32(8, true), source) };
  }
  throw new DataError(
    source,
    `${source}: .npy version "${version}" is unknown, or the file is cut; 1.0, 2.0 and 3.0 can be read.`,
  );
}

function checked(length: number, source: string): number {
  if (length > MAX_HEADER_BYTES)
    throw new DataError(source, `${source}: its header claims ${length} bytes; expected at most ${MAX_HEADER_BYTES}.`);
  return length;
}

/** The header in `text`, which begins `dataOffset - text.length` bytes into the file. Throws a DataError that says what is wrong. */
export function parseHeader(text: string, dataOffset: number, source: string): NpyHeader {
  const { descriptor, ...layout } = parseLayout(text, dataOffset, source);
  const type = parseDescriptor(descriptor);
  if (type === undefined) throw refusedDtype(descriptor, 'numbers and booleans', source);
  checkSize(layout, elementBytes(type.dtype), source);
  return { ...type, ...layout };
}

/** NumPy's descriptor of a dtype in a file written here, little-endian: `<f4`, `|u1`. */
export function descriptorOf(dtype: NpyDtype): string {
  const bytes = elementBytes(dtype);
  return `${bytes === 1 ? '|' : '<'}${dtype[0]}${bytes}`;
}

/** The dtype and byte order a descriptor names, or undefined when it is none of ours. */
function parseDescriptor(descriptor: string): Pick<NpyHeader, 'dtype' | 'littleEndian'> | undefined {
  const [order, code] = [descriptor[0]!, descriptor.slice(1)];
  const dtype = ELEMENT_TYPES.find((type) => code === `${type[0]}${elementBytes(type)}`);
  if (dtype === undefined || dtype === 'bfloat16') return undefined;
  const orders = elementBytes(dtype) === 1 ? '|<>' : '<>';
  return orders.includes(order) ? { dtype, littleEndian: order !== '>' } : undefined;
}

/** The error for a dtype that is none of the `expected` ones; arrays of Python objects are told how to become plain. */
export function refusedDtype(descriptor: string, expected: string, source: string): DataError {
  const reason = descriptor.includes('O')
    ? 'arrays of Python objects are pickles, which are never run. If you trust the file, save it as a plain type with Python: ' +
      'np.save(new, np.load(old, allow_pickle=True).astype(str)) for texts, .astype("float32") or .astype("int64") for numbers'
    : `only ${expected} can be read`;
  return new DataError(source, `${source}: dtype "${descriptor}" is refused: ${reason}.`);
}

/** Like `parseHeader`, for any dtype: only its descriptor is given. */
export function parseLayout(text: string, dataOffset: number, source: string): NpyLayout {
  const { descr, fortran_order: fortran, shape } = dictionaryOf(text, source);
  if (typeof descr !== 'string') throw new DataError(source, `${source}: its dtype is no plain type.`);
  if (typeof fortran !== 'boolean' || !Array.isArray(shape)) {
    throw new DataError(source, `${source}: fortran_order must be True or False and shape a tuple of integers.`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  return { descriptor: descr, fortranOrder: fortran, shape, dataOffset, count };
}

/** Throws a DataError where so many items of `itemBytes` are more than can be counted. */
export function checkSize(
  { shape, count }: Pick<NpyLayout, 'shape' | 'count'>,
  itemBytes: number,
  source: string,
): void {
  if (
    shape.length <= MAX_DIMENSIONS &&
    Number.isSafeInteger(count * itemBytes) &&
    shape.every((size) => Number.isSafeInteger(size))
  )
    return;
  throw new DataError(
    source,
    `${source}: shape (${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}) is too large.`,
  );
}

type Literal = string | boolean | number[];

function dictionaryOf(text: string, source: string): Partial<Record<string, Literal>> {
  const fields = new Map<string, Literal>();
  const body = /^\{([^{}]*)\}\s*$/.exec(text)?.[1];
  const refuse = (why: string) => new DataError(source, `${source}: cannot read its .npy header: ${why}.`);
  if (body === undefined) throw refuse('it is no dictionary of descr, fortran_order and shape');
  const pair = new RegExp(`${PAIR}(,|$)`, 'y');
  while (pair.lastIndex < body.length) {
    const match = pair.exec(body);
    if (match === null) {
      if (body.slice(pair.lastIndex).trim() === '' && fields.size > 0) break;
      throw refuse('a value is neither text, True, False nor a tuple of integers');
    }
    const [, single, double, textSingle, textDouble, flag, tuple] = match;
    const key = (single ?? double)!;
    if (fields.has(key)) throw refuse(`"${key}" stands there twice`);
    fields.set(key, flag === undefined ? (textSingle ?? textDouble ?? tupleOf(tuple!, refuse)) : flag === 'True');
    if (body.slice(pair.lastIndex).trim() === '') break;
  }
  const expected = ['descr', 'fortran_order', 'shape'];
  if (fields.size !== expected.length || !expected.every((key) => fields.has(key))) {
    throw refuse(`expected the keys ${expected.join(', ')}, found ${[...fields.keys()].join(', ')}`);
  }
  return Object.fromEntries(fields);
}

function tupleOf(text: string, refuse: (why: string) => DataError): number[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const parts = trimmed.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  else if (parts.length === 1) throw refuse('shape is no tuple');
  return parts.map((part) => {
    if (!/^\d+L?$/.test(part)) throw refuse(`"${part}" in the shape is no whole number`);
    return Number.parseInt(part, 10);
  });
}
