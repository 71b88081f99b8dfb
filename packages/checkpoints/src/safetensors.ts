import { type ElementType, elementBytes, quoted, refusal } from '@refrain/core';
import { type ByteSource, isCount, readBytes } from './byteSource.ts';
import { type CheckpointLimits, rowMajorStrides, type Storage, type Tensor, tensorOf } from './tensor.ts';

const DTYPES = new Map<unknown, ElementType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U64', 'uint64'],
  ['U32', 'uint32'],
  ['U16', 'uint16'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/** One line of the header. */
interface Entry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** From the end of the header on. */
  readonly begin: number;
  readonly end: number;
}

/** What is in a safetensors file. */
interface Safetensors {
  /** By their names, in the order of the header. */
  readonly value: Map<string, Tensor>;
  readonly metadata: Map<string, string>;
}

/**
 * The tensors and the metadata of a safetensors file (huggingface/safetensors, README, "Format"). Throws a DataError where the header
 * is malformed, and where its tensors do not fill the rest of the file exactly once each.
 */
export async function readSafetensors(source: ByteSource, limits: CheckpointLimits): Promise<Safetensors> {
  const { header, dataOffset } = await readHeader(source, limits);
  const lines = Object.entries(header);
  const metadata = lines.flatMap(([name, line]) => (name === METADATA ? metadataOf(source, line) : []));
  const entries = lines.flatMap(([name, line]) => (name === METADATA ? [] : [entryOf(source, name, line)]));
  checkLayout(source, entries, source.size - dataOffset);
  const tensors = entries.map((entry) => [entry.name, tensorIn(source, entry, dataOffset, limits)] as const);
  return { value: new Map(tensors), metadata: new Map(metadata) };
}

async function readHeader(source: ByteSource, { headerBytes }: CheckpointLimits) {
  const prefix = await readBytes(source, 0, LENGTH_BYTES, 'the length of the header');
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > headerBytes)
    throw refusal(source.name, `its header claims ${length} bytes; at most ${headerBytes} are read.`);
  const bytes = await readBytes(source, LENGTH_BYTES, length, 'the header');
  const text = attempted(source, 'UTF-8', () => utf8.decode(bytes));
  checkJsonShape(text, source.name);
  const header: unknown = attempted(source, 'JSON', () => JSON.parse(text));
  if (!isObject(header)) throw refusal(source.name, 'its header is no JSON object.');
  return { header, dataOffset: LENGTH_BYTES + length };
}

function attempted<T>(source: ByteSource, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw refusal(source.name, `its header is not ${what}.`, cause);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function metadataOf(source: ByteSource, line: unknown): [string, string][] {
  const pairs = isObject(line) ? Object.entries(line) : undefined;
  if (pairs?.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return pairs;
  throw refusal(source.name, 'its __metadata__ is not an object of texts.');
}

function entryOf(source: ByteSource, name: string, line: unknown): Entry {
  const fail = (reason: string) => refusal(source.name, `tensor ${quoted(name)} ${reason}.`);
  if (!isObject(line)) throw fail('is no JSON object');
  const { dtype: dtypeName, shape, data_offsets: offsets } = line;
  const dtype = DTYPES.get(dtypeName);
  if (dtype === undefined)
    throw fail(
      `has the dtype ${quoted(String(JSON.stringify(dtypeName)))}; ${[...DTYPES.keys()].join(', ')} can be read`,
    );
  const isSizes = Array.isArray(shape) && shape.every(isCount);
  if (!isSizes) throw fail('has a shape that is no list of whole numbers from 0');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw fail('has data_offsets that are no two whole numbers from 0');
  const [begin, end] = offsets as [number, number];
  const count = shape.includes(0) ? 0 : shape.reduce((product: number, size: number) => product * size, 1);
  if (end - begin !== count * elementBytes(dtype))
    throw fail(`has ${end - begin} bytes, but its shape and dtype take ${count * elementBytes(dtype)}`);
  return { name, dtype, shape, begin, end };
}

// The format has neither gaps nor overlaps, so that nothing can hide between tensors.
function checkLayout(source: ByteSource, entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw refusal(
        source.name,
        `tensor ${quoted(name)} begins at byte ${begin} of the data, the one before ends at ${at}.`,
      );
    at = end;
  }
  if (at !== dataBytes)
    throw refusal(
      source.name,
      `its tensors end at byte ${at} of the data, but there are ${dataBytes}: it is cut or damaged.`,
    );
}

function tensorIn(source: ByteSource, entry: Entry, dataOffset: number, limits: CheckpointLimits): Tensor {
  const { name, dtype, shape, begin, end } = entry;
  const read = (from: number, to: number) =>
    readBytes(source, dataOffset + begin + from, to - from, `tensor ${quoted(name)}`);
  const count = (end - begin) / elementBytes(dtype);
  const storage: Storage = { kind: 'storage', source: source.name, dtype, count, read };
  return tensorOf(storage, { offset: 0, shape, strides: rowMajorStrides(shape) }, limits);
}

// A safetensors header is an object of objects with lists of numbers.
const MAX_DEPTH = 3;
const MAX_OBJECTS = 2 ** 17;
const MAX_ITEMS = 2 ** 20;

/**
 * Looks over the JSON text of a safetensors header before it is parsed. Throws a DataError where it is nested deeper or has more in it
 * than such a header, and where an object has a key twice, of which JSON.parse would silently take the last.
 */
function checkJsonShape(text: string, source: string): void {
  const counts = { objects: 0, items: 0 };
  const keys: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = checkText(text, at, keys.at(-1), source);
    else if (character === '{' || character === '[') {
      keys.push(character === '{' ? new Set() : undefined);
      counts.objects++;
    } else if (character === '}' || character === ']') keys.pop();
    else if (character === ',') counts.items++;
    if (keys.length > MAX_DEPTH) throw refusal(source, `its JSON header is nested deeper than ${MAX_DEPTH} levels.`);
    if (counts.objects > MAX_OBJECTS || counts.items > MAX_ITEMS)
      throw refusal(source, 'its JSON header has more in it than the tensors of a model need.');
  }
}

const COLON = /[ \t\n\r]{0,64}:/y;

// The end of the text that begins at `start`; where it is a key, the object must not have it yet.
function checkText(text: string, start: number, keys: Set<string> | undefined, source: string): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) throw refusal(source, 'its JSON header is damaged: a text in it does not end.');
  COLON.lastIndex = end + 1;
  if (keys !== undefined && COLON.test(text)) {
    const written = text.slice(start, end + 1);
    const key = written.includes('\\') ? unescaped(written) : written.slice(1, -1);
    if (keys.has(key)) throw refusal(source, `its JSON header has the key ${quoted(key)} twice.`);
    keys.add(key);
  }
  return end;
}

// What is no JSON text is left to JSON.parse, which will say so of the whole.
function unescaped(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written;
  }
}
