import { DataError } from '@refrain/core';

const TYPES = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

type Type = keyof typeof TYPES;
type Numbers = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** Arrays of numbers, by name. */
export type NamedNumbers = Readonly<Record<string, Numbers>>;

// Where each array begins, so that it can be read where it lies.
const ALIGNMENT = 8;

/** Arrays as parts of a file: the length of a list of names, types and lengths; the list as JSON; the arrays, each from a multiple of eight bytes on. */
export function pack(arrays: NamedNumbers): NodeJS.ArrayBufferView[] {
  const list = Object.entries(arrays).map(([name, numbers]) => [name, typeOf(numbers), numbers.length]);
  const head = Buffer.from(JSON.stringify(list));
  const parts: NodeJS.ArrayBufferView[] = [Uint32Array.of(head.length, 0), head, gapAfter(head)];
  for (const numbers of Object.values(arrays)) parts.push(numbers, gapAfter(numbers));
  return parts;
}

function typeOf(numbers: Numbers): string | undefined {
  return Object.keys(TYPES).find((name) => numbers instanceof TYPES[name as Type]);
}

function gapAfter({ byteLength }: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array((ALIGNMENT - (byteLength % ALIGNMENT)) % ALIGNMENT);
}

/** What was packed. It checks each array that it is asked for. */
export class Packed {
  readonly #arrays = new Map<string, Numbers>();

  /** Throws a DataError where the bytes are not what `pack` gives. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const { buffer, byteOffset, byteLength } = byteLengthAligned(bytes);
    const [length = 0] = new Uint32Array(buffer, byteOffset, byteLength < ALIGNMENT ? 0 : 1);
    let at = ALIGNMENT + length;
    for (const [name, type, count] of listIn(new Uint8Array(buffer, byteOffset, byteLength).subarray(ALIGNMENT, at))) {
      at = Math.ceil(at / ALIGNMENT) * ALIGNMENT;
      const Numbers = TYPES[type];
      if (count * Numbers.BYTES_PER_ELEMENT > byteLength - at) throw damaged();
      this.#arrays.set(name, new Numbers(buffer, byteOffset + at, count));
      at += count * Numbers.BYTES_PER_ELEMENT;
    }
  }

  /** Throws a DataError where there is no array of this name and type, or, where a length is given, one of another length. */
  get<T extends Type>(name: string, type: T, length?: number): InstanceType<(typeof TYPES)[T]> {
    const found = this.#arrays.get(name);
    if (!(found instanceof TYPES[type]) || (length !== undefined && found.length !== length)) throw damaged();
    return found as InstanceType<(typeof TYPES)[T]>;
  }

  has(name: string): boolean {
    return this.#arrays.has(name);
  }
}

/** The same bytes from a multiple of eight on. */
function byteLengthAligned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes);
}

function listIn(bytes: Uint8Array): readonly (readonly [string, Type, number])[] {
  try {
    const list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as readonly unknown[];
    if (list.every(isEntry)) return list;
  } catch {}
  throw damaged();
}

function isEntry(entry: unknown): entry is readonly [string, Type, number] {
  if (!Array.isArray(entry)) return false;
  const [name, type, count] = entry as readonly unknown[];
  return (
    typeof name === 'string' && Object.hasOwn(TYPES, String(type)) && Number.isInteger(count) && Number(count) >= 0
  );
}

/** What is thrown for bytes that do not hold what they should. */
export function damaged(): DataError {
  return new DataError(
    'similarities',
    'A file of the kernel distributed does not hold what it should: is a worker of another version?',
  );
}
