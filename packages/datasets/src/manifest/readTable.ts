import { isUtf8 } from 'node:buffer';
import { DataError, refusal } from '@refrain/core';
import { withParquet } from '@refrain/parquet';
import type { FileContent } from './content.ts';
import { readCsv } from './csvRows.ts';
import { readJsonArray, readJsonLines, readMirdata, skipSpace, type TextSource } from './json.ts';
import { lineAt, type Table, type Wanted } from './table.ts';

const BRACE = 0x7b;
const BRACKET = 0x5b;
const NEWLINE = 0x0a;

/**
 * Reads a table of clips whose form is told by its content: parquet, an index of mirdata, a JSON array, JSON Lines, or else CSV with a
 * header. The file name decides only whether a JSON object over several lines is a document or a broken first line. Text is UTF-8.
 * `takesRest`: whether the last column of a table with tabs, by its name, takes all further fields of a row as a list. Throws a DataError that names
 * file and line for what can't be read, and for a table without rows; the signal's reason.
 */
export async function readTable(
  content: FileContent,
  source: string,
  wanted: Wanted,
  { takesRest, signal }: { readonly takesRest?: Wanted; readonly signal?: AbortSignal | undefined } = {},
): Promise<Table> {
  const { bytes } = content;
  const isParquet = bytes.subarray(0, 4).toString('latin1') === 'PAR1';
  const table = isParquet
    ? await readParquet(bytes, source, wanted, signal)
    : await readText({ bytes, source, signal }, wanted, takesRest);
  if (table.rowCount === 0) throw refusal(source, 'the table is empty, expected a row per clip.');
  return table;
}

/** Reads the wanted columns of a parquet file. Throws a DataError when it is damaged, or holds the audio itself; the signal's reason. */
export function readParquet(bytes: Uint8Array, source: string, wanted: Wanted, signal?: AbortSignal): Promise<Table> {
  return withParquet(bytes, { source, signal }, async (parquet) => {
    const { columns, rowCount } = parquet;
    const names = columns.filter(wanted);
    const read = await parquet.read(names);
    const values = new Map(names.map((name, index) => [name, read[index]!]));
    return { columns, rowCount, values, where: (row) => `row ${row + 1}` };
  });
}

async function readText(text: TextSource, wanted: Wanted, takesRest?: Wanted): Promise<Table> {
  const { bytes, source } = text;
  refuseOtherEncodings(bytes, source);
  const first = bytes[skipSpace(bytes, 0)];
  if (first === BRACKET) return readJsonArray(text, wanted);
  if (first !== BRACE) return readCsv(text, wanted, takesRest);
  return isDocument(text) ? readMirdata(text, wanted) : readJsonLines(text, wanted);
}

// NeMo calls its JSON Lines .json, and an index of mirdata can stand on one line.
function isDocument({ bytes, source }: TextSource): boolean {
  const from = skipSpace(bytes, 0);
  const newline = bytes.indexOf(NEWLINE, from);
  const isOneLine = newline < 0 || skipSpace(bytes, newline) === bytes.length;
  try {
    const first = JSON.parse(bytes.toString('utf8', from, newline < 0 ? bytes.length : newline)) as {
      tracks?: unknown;
    };
    return isOneLine && typeof first.tracks === 'object' && !Array.isArray(first.tracks);
  } catch {
    return /\.json(\.gz)?$/i.test(source) || bytes.toString('utf8', from, newline).trim() === '{';
  }
}

function refuseOtherEncodings(bytes: Buffer, source: string): void {
  if (isUtf8(bytes) && bytes.indexOf(0) < 0) return;
  throw new DataError(source, `${source}${badLine(bytes)}: expected a parquet file or UTF-8 text. Save it as UTF-8.`);
}

function badLine(bytes: Buffer): string {
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline + 1;
    const line = bytes.subarray(from, to);
    if (!isUtf8(line) || line.includes(0)) return `, ${lineAt(bytes, from)}`;
    from = to;
  }
  return '';
}
