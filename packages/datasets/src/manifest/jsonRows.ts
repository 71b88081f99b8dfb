import { setImmediate } from 'node:timers/promises';
import { DataError, messageOf } from '@refrain/core';
import { isSpace, type JsonMembers, jsonMembers, skipSpace } from './jsonMembers.ts';
import { flattenLhotse } from './lhotse.ts';
import { gatherColumns, lineAt, type Table, type Wanted } from './table.ts';

const NEWLINE = 0x0a;

/** How many rows are read before signals are heard again. */
export const ROWS_AT_ONCE = 4096;

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
export async function readJsonLines({ bytes, source, signal }: TextSource, wanted: Wanted): Promise<Table> {
  const starts: number[] = [];
  const ends: number[] = [];
  const gathered = gatherColumns(wanted);
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline + 1;
    if (starts.length % ROWS_AT_ONCE === 0) await hearSignals(signal);
    if (!isBlank(bytes, from, to)) {
      gathered.add(rowOf(bytes, from, to, source));
      starts.push(from);
      ends.push(to);
    }
    from = to;
  }
  return textTable(bytes, gathered, { starts, ends, between: 'lines' });
}

/** Reads a JSON array of objects. A DataError names the line of what is none. */
export async function readJsonArray({ bytes, source, signal }: TextSource, wanted: Wanted): Promise<Table> {
  const members = jsonMembers(bytes, skipSpace(bytes, 0));
  const { starts, ends } = members;
  refuseRest(bytes, members, source);
  const gathered = gatherColumns(wanted);
  for (let row = 0; row < starts.length; row++) {
    if (row % ROWS_AT_ONCE === 0) await hearSignals(signal);
    gathered.add(rowOf(bytes, starts[row]!, ends[row]!, source));
  }
  return textTable(bytes, gathered, { starts, ends, between: 'members' });
}

/** Throws a DataError when a JSON document does not end, or something follows it. */
export function refuseRest(bytes: Buffer, { end }: JsonMembers, source: string): void {
  if (end === undefined) throw new DataError(source, `${source}: the JSON ends in the middle. Is the file whole?`);
  const rest = skipSpace(bytes, end);
  if (rest === bytes.length) return;
  throw new DataError(source, `${source}, ${lineAt(bytes, rest)}: expected nothing after the JSON document.`);
}

/** The table of gathered rows that stand in the text at `spans`. */
export function textTable(
  bytes: Buffer,
  gathered: ReturnType<typeof gatherColumns>,
  spans: NonNullable<Table['spans']>,
): Table {
  return { ...gathered.columns(), spans, where: (row) => lineAt(bytes, spans.starts[row]!) };
}

/**
 * The JSON value in a range of bytes; a DataError names its line. Whole numbers that a double would round are given as their text, and NaN and
 * Infinity, which Python writes though they are no JSON, as null.
 */
export function parseJson(bytes: Buffer, from: number, to: number, source: string): unknown {
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
