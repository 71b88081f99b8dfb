import { setImmediate } from 'node:timers/promises';
import { DataError, messageOf, refusal } from '@refrain/core';
import { flattenLhotse } from './lhotse.ts';
import { gatherColumns, lineAt, type RowSpans, type Table, type Wanted } from './table.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const NEWLINE = 0x0a;
const OPENING = new Set([0x5b, BRACE]);
const CLOSING = new Set([0x5d, 0x7d]);

/** How many rows are read before signals are heard again. */
const ROWS_AT_ONCE = 4096;

/** Lets signals come through in the middle of long work; throws the reason of one that did. */
export async function hearSignals(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** The bytes of a text table, and how messages call it. */
export interface TextSource {
  readonly bytes: Buffer;
  readonly source: string;
  readonly signal?: AbortSignal | undefined;
}

/** Reads JSON Lines: one object per line; empty lines are passed over. A DataError names the line that is none. */
export async function readJsonLines(text: TextSource, wanted: Wanted): Promise<Table> {
  const { bytes, source } = text;
  const [starts, ends]: [number[], number[]] = [[], []];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline + 1;
    if (!isBlank(bytes, from, to)) {
      starts.push(from);
      ends.push(to);
    }
    from = to;
  }
  return readSpans(text, { starts, ends, between: 'lines' }, wanted, (from, to) => rowOf(bytes, from, to, source));
}

/** Reads a JSON array of objects. A DataError names the line of what is none. */
export async function readJsonArray(text: TextSource, wanted: Wanted): Promise<Table> {
  const { bytes, source } = text;
  const members = jsonMembers(bytes, skipSpace(bytes, 0));
  refuseRest(bytes, members, source);
  return readSpans(text, members, wanted, (from, to) => rowOf(bytes, from, to, source));
}

/** The table of the rows that stand in the text at `spans`. */
async function readSpans(
  { bytes, signal }: TextSource,
  { starts, ends, between }: RowSpans,
  wanted: Wanted,
  rowIn: (from: number, to: number) => Record<string, unknown>,
): Promise<Table> {
  const gathered = gatherColumns(wanted);
  for (let row = 0; row < starts.length; row++) {
    if (row % ROWS_AT_ONCE === 0) await hearSignals(signal);
    gathered.add(rowIn(starts[row]!, ends[row]!));
  }
  return { ...gathered.columns(), spans: { starts, ends, between }, where: (row) => lineAt(bytes, starts[row]!) };
}

/** Throws a DataError when a JSON document does not end, or something follows it. */
function refuseRest(bytes: Buffer, { end }: JsonMembers, source: string): void {
  if (end === undefined) throw refusal(source, 'the JSON ends in the middle. Is the file whole?');
  const rest = skipSpace(bytes, end);
  if (rest === bytes.length) return;
  throw new DataError(source, `${source}, ${lineAt(bytes, rest)}: expected nothing after the JSON document.`);
}

/**
 * The JSON value in a range of bytes; a DataError names its line. Whole numbers that a double would round are given as their text, and NaN and
 * Infinity, which Python writes though they are no JSON, as null.
 */
function parseJson(bytes: Buffer, from: number, to: number, source: string): unknown {
  const text = bytes.toString('utf8', from, to);
  try {
    return JSON.parse(NEEDS_CARE.test(text) ? text.replace(TOKEN, careful) : text);
  } catch (cause) {
    const where = lineAt(bytes, from);
    throw new DataError(source, `${source}, ${where}: not valid JSON: ${messageOf(cause)}.`, { cause });
  }
}

const NEEDS_CARE = /\d{16}|NaN|Infinity/;

// A text, a number, or one of Python's words. What is left of a text that does not end is one, so that no byte is looked at twice.
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|$)|-?\d[\d.eE+-]*|-?(?:NaN|Infinity)\b/gs;

function careful(token: string): string {
  if (token.startsWith('"')) return token;
  if (/[NI]/.test(token)) return 'null';
  return /^-?(?:0|[1-9]\d*)$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}

function rowOf(bytes: Buffer, from: number, to: number, source: string): Record<string, unknown> {
  const value = parseJson(bytes, from, to, source);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = bytes.toString('utf8', from, Math.min(to, from + 60)).trim();
    throw new DataError(source, `${source}, ${lineAt(bytes, from)}: expected a JSON object, found ${found}.`);
  }
  return flattenLhotse(value as Record<string, unknown>, () => `${source}, ${lineAt(bytes, from)}`, source);
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isSpace(bytes[at])) return false;
  return true;
}

/** The name of the column with the MD5 of the files in `column`. */
export function md5ColumnOf(column: string): string {
  return `${column} md5`;
}

/**
 * Reads an index of mirdata (R. Bittner et al. 2019), `{"tracks": {id: {"audio": [path, md5], …}}}`: a row per track, with its `id`, and
 * for each of its files the path and, in a column of its own, the MD5. Throws a DataError when the document is something else.
 */
export async function readMirdata(text: TextSource, wanted: Wanted): Promise<Table> {
  const { bytes, source } = text;
  const document = jsonMembers(bytes, skipSpace(bytes, 0));
  refuseRest(bytes, document, source);
  return readSpans(text, jsonMembers(bytes, tracksIn(bytes, document, source)), wanted, (from, to) => {
    const member = keyOf(bytes, from, to);
    if (member !== undefined) return { ...filesOf(parseJson(bytes, member.value, to, source)), id: member.key };
    throw new DataError(source, `${source}, ${lineAt(bytes, from)}: expected "track id": {"audio": [path, md5], …}.`);
  });
}

function tracksIn(bytes: Buffer, { starts, ends }: JsonMembers, source: string): number {
  const keys: string[] = [];
  for (let index = 0; index < starts.length; index++) {
    const member = keyOf(bytes, starts[index]!, ends[index]!);
    if (member?.key === 'tracks' && bytes[member.value] === BRACE) return member.value;
    if (member !== undefined) keys.push(member.key);
  }
  throw refusal(
    source,
    `a JSON object with ${keys.slice(0, 10).join(', ') || 'no keys'}. Expected an object per line, an array of objects, or an index of mirdata, {"tracks": {…}}.`,
  );
}

function filesOf(track: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (typeof track !== 'object' || track === null) return fields;
  for (const [name, file] of Object.entries(track)) {
    if (!Array.isArray(file) || file.length !== 2) continue;
    fields[name] = file[0] ?? undefined;
    fields[md5ColumnOf(name)] = file[1] ?? undefined;
  }
  return fields;
}

/** The members of a JSON array or object as byte ranges, without the white space around them. */
interface JsonMembers extends RowSpans {
  /** The offset behind the closing bracket; undefined where there is none. */
  readonly end: number | undefined;
}

/** Whether the byte is white space in JSON. */
function isSpace(byte: number | undefined): boolean {
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
function jsonMembers(bytes: Uint8Array, open: number): JsonMembers {
  const [starts, ends]: [number[], number[]] = [[], []];
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
      return { starts, ends, between: 'members', end: at + 1 };
    }
  }
  return { starts, ends, between: 'members', end: undefined };
}

/** The key of an object's member, and the offset of its value; undefined where the bytes are no `"key": value`. */
function keyOf(bytes: Buffer, start: number, end: number): { key: string; value: number } | undefined {
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
