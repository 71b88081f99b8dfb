const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** The members of a JSON array or object as byte ranges, without the white space around them. */
export interface JsonMembers {
  readonly starts: number[];
  readonly ends: number[];
  /** The offset behind the closing bracket; undefined where there is none. */
  readonly end: number | undefined;
}

/** Whether the byte is white space in JSON. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The offset of the first byte from `from` on that is no white space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

/**
 * Splits the array or object whose bracket stands at `open` at its commas. Only strings and brackets are looked at: whether a member is
 * valid is for the one who parses it. An empty array or object has no members, a comma too many gives an empty one.
 */
export function jsonMembers(bytes: Uint8Array, open: number): JsonMembers {
  const starts: number[] = [];
  const ends: number[] = [];
  let depth = 0;
  let from = open + 1;
  const finish = (to: number) => {
    const start = Math.min(skipSpace(bytes, from), to);
    let end = to;
    while (end > start && isSpace(bytes[end - 1])) end--;
    starts.push(start);
    ends.push(end);
    from = to + 1;
  };
  for (let at = open + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfString(bytes, at) - 1;
    else if (OPENING.has(byte)) depth++;
    else if (byte === COMMA && depth === 0) finish(at);
    else if (CLOSING.has(byte) && depth-- === 0) {
      if (starts.length > 0 || skipSpace(bytes, from) < at) finish(at);
      return { starts, ends, end: at + 1 };
    }
  }
  return { starts, ends, end: undefined };
}

/** The key of an object's member, and the offset of its value; undefined where the bytes are no `"key": value`. */
export function keyOf(bytes: Buffer, start: number, end: number): { key: string; value: number } | undefined {
  if (bytes[start] !== QUOTE) return undefined;
  const keyEnd = endOfString(bytes, start);
  const colon = skipSpace(bytes, keyEnd);
  if (bytes[colon] !== COLON || colon >= end) return undefined;
  try {
    return { key: JSON.parse(bytes.toString('utf8', start, keyEnd)) as string, value: skipSpace(bytes, colon + 1) };
  } catch {
    return undefined;
  }
}

/** The offset behind the string that begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
