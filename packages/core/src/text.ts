import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { DataError } from './errors.ts';

/** The encodings of text that are read. The UTF-16 ones are told by their byte order mark alone. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Text as UTF-8 without a byte order mark, and how it was encoded. */
export interface Utf8Text {
  readonly bytes: Buffer;
  readonly encoding: TextEncoding;
  /** Whether a byte order mark stood in front. */
  readonly hasMark: boolean;
}

const MARK = '\uFEFF';

const MARKS: readonly { readonly encoding: TextEncoding; readonly bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.from(MARK) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
];

/**
 * Text of a file as UTF-8: a byte order mark is taken off, and UTF-16 behind one is converted. UTF-8 is not checked. Throws a DataError for
 * what is no UTF-16 behind the mark of it.
 */
export function asUtf8(content: Buffer, source: string): Utf8Text {
  const mark = MARKS.find(({ bytes }) => content.subarray(0, bytes.length).equals(bytes));
  if (mark === undefined) return { bytes: content, encoding: 'utf-8', hasMark: false };
  const { encoding } = mark;
  const rest = content.subarray(mark.bytes.length);
  if (encoding === 'utf-8') return { bytes: rest, encoding, hasMark: true };
  try {
    return { bytes: Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(rest)), encoding, hasMark: true };
  } catch (cause) {
    throw new DataError(source, `${source} begins as UTF-16 text does, but is none. Save it as UTF-8.`, { cause });
  }
}

/** The bytes of UTF-8 text in the encoding it was read from, with its byte order mark. */
export function inEncoding(bytes: Uint8Array, { encoding, hasMark }: Omit<Utf8Text, 'bytes'>): Uint8Array {
  if (!hasMark) return bytes;
  const text = `${MARK}${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')}`;
  if (encoding === 'utf-8') return Buffer.from(text);
  const wide = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? wide.swap16() : wide;
}

/** The text in a file, without a byte order mark. Throws a DataError for what is neither UTF-8 nor UTF-16, and the system's error. */
export async function readTextFile(path: string): Promise<string> {
  const { bytes } = asUtf8(await readFile(path), path);
  if (!isUtf8(bytes)) throw new DataError(path, `${path} is no UTF-8 text. Save it as UTF-8.`);
  return bytes.toString('utf8');
}

/** A number of clips in words. */
export function counted(clips: number): string {
  return clips === 1 ? '1 clip' : `${clips} clips`;
}
