import { DataError, messageOf, RefrainError } from '@refrain/core';
import { parse } from 'csv-parse/sync';
import type { TextSource } from './jsonRows.ts';
import { lineAt, type Table, type Wanted } from './table.ts';

const DELIMITERS = ['\t', ',', ';'];

/**
 * Reads a table of comma, tab or semicolon separated values with a header line; empty lines are passed over, quoted fields may hold line
 * breaks. Throws a DataError that names the line with too many or too few fields, or the quote that does not end.
 */
export function readCsv(text: TextSource, wanted: Wanted): Table {
  const { bytes, start, source } = text;
  const starts: number[] = [];
  const ends: number[] = [];
  const values = new Map<string, string[]>();
  let header: readonly string[] | undefined;
  let columns: (string[] | undefined)[] = [];
  let end = start;
  const take = (record: readonly string[], bytesRead: number): void => {
    const from = skipLineBreaks(bytes, end);
    end = start + bytesRead;
    if (header === undefined) {
      header = record;
      columns = header.map((name) => columnFor(name, values, wanted, source));
      return;
    }
    if (record.length !== header.length)
      throw new DataError(
        source,
        `${source}, ${lineAt(bytes, from)}: expected ${header.length} columns as in the header, found ${record.length}.`,
      );
    starts.push(from);
    ends.push(end);
    for (let index = 0; index < columns.length; index++) columns[index]?.push(record[index]!);
  };
  parseRecords(text, take);
  return {
    columns: header ?? [],
    rowCount: starts.length,
    values,
    spans: { starts, ends, between: 'lines' },
    where: (row) => lineAt(bytes, starts[row]!),
  };
}

function parseRecords({ bytes, start, source }: TextSource, take: (record: string[], bytesRead: number) => void): void {
  try {
    parse(bytes.subarray(start), {
      delimiter: delimiterOf(bytes, start),
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      // A quote within a field that does not begin with one is a character, as in the csv module of Python.
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (record: string[], { bytes: bytesRead }) => {
        take(record, bytesRead);
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof RefrainError) throw cause;
    throw new DataError(source, `${source}: can't be read as a table: ${messageOf(cause)}.`, { cause });
  }
}

/** The delimiter that stands most often in the first line, outside of quotes. */
function delimiterOf(bytes: Buffer, start: number): string {
  const from = skipLineBreaks(bytes, start);
  const newline = bytes.indexOf(0x0a, from);
  const line = bytes.toString('utf8', from, newline < 0 ? bytes.length : newline).replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

function columnFor(name: string, values: Map<string, string[]>, wanted: Wanted, source: string): string[] | undefined {
  if (!wanted(name)) return undefined;
  if (values.has(name)) throw new DataError(source, `${source}: the header names the column ${name} twice.`);
  const column: string[] = [];
  values.set(name, column);
  return column;
}

function skipLineBreaks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d) at++;
  return at;
}
