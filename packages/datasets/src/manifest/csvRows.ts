import { pipeline } from 'node:stream/promises';
import { DataError, messageOf, RefrainError, refusal } from '@refrain/core';
import { parse } from 'csv-parse';
import { hearSignals, type TextSource } from './json.ts';
import { lineAt, type Table, type Wanted } from './table.ts';

const DELIMITERS = ['\t', ',', ';'];

/** How the text of a table can be meant. */
interface Form {
  readonly delimiter: string;
  /** Whether quotation marks enclose fields that hold delimiters and line breaks. */
  readonly isQuoted: boolean;
  /** Whether blanks follow the delimiters. */
  readonly hasBlanks?: boolean;
  /** Whether the rows are numbered in a column that the header lacks, as write.table of R does. */
  readonly isNumbered?: boolean;
  /** Whether the last column takes the rest of the line, a list. */
  readonly hasRest?: boolean;
}

/**
 * Reads a table of comma, tab or semicolon separated values with a header line; empty lines are passed over. Quoted fields may hold line breaks;
 * a table with tabs has no quoting if its lines have as many fields as the header without. The first form in which every row has the columns of
 * the header is what was meant: as it stands, then with blanks behind the delimiters, then with numbered rows, then, with tabs, with more fields
 * than the header, which belong to the last column if `takesRest` says so of it. Throws a DataError that names the line with too many or too few
 * fields, or the quote that does not end, as the first form has it; the signal's reason.
 */
export async function readCsv(text: TextSource, wanted: Wanted, takesRest: Wanted = () => false): Promise<Table> {
  let first: unknown;
  for (const form of formsOf(text.bytes)) {
    try {
      return await readRows(text, form, wanted, takesRest);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function formsOf(bytes: Buffer): Form[] {
  const hint = delimiterHint(bytes);
  const header = firstLine(bytes, hint === undefined ? 0 : bytes.indexOf(0x0a)).replace(/"[^"]*"/g, '');
  const columnsBy = (delimiter: string) => header.split(delimiter).length;
  const delimiter = hint ?? DELIMITERS.reduce((most, other) => (columnsBy(other) > columnsBy(most) ? other : most));
  const quoted = { delimiter, isQuoted: true };
  const plain = { delimiter, isQuoted: false };
  if (delimiter === '\t') return [plain, quoted, { ...plain, isNumbered: true }, { ...plain, hasRest: true }];
  const forms = [quoted, { ...quoted, hasBlanks: true }, { ...quoted, isNumbered: true }];
  const [, ...names] = header.split(delimiter);
  return names.length > 0 && names.every((name) => /^ /.test(name)) ? [forms[1]!, quoted] : forms;
}

/** What Excel is told of the delimiter by a line before the header, `sep=;`. */
function delimiterHint(bytes: Buffer): string | undefined {
  return /^sep=(.)\r?\n/.exec(bytes.toString('latin1', 0, 8))?.[1];
}

function firstLine(bytes: Buffer, start: number): string {
  const from = skipLineBreaks(bytes, start);
  const newline = bytes.indexOf(0x0a, from);
  return bytes.toString('utf8', from, newline < 0 ? bytes.length : newline);
}

async function readRows(text: TextSource, form: Form, wanted: Wanted, takesRest: Wanted): Promise<Table> {
  const { bytes, source } = text;
  const starts: number[] = [];
  const ends: number[] = [];
  const values = new Map<string, unknown[]>();
  let header: readonly string[] | undefined;
  let columns: (unknown[] | undefined)[] = [];
  let end = 0;
  const take = (record: readonly string[], bytesRead: number): void => {
    const from = skipLineBreaks(bytes, end);
    end = bytesRead;
    if (header === undefined) {
      header = headerOf(record, form);
      columns = header.map((name) => columnFor(name, values, wanted, source));
      return;
    }
    const cells = cellsOf(record, header, form, takesRest);
    if (cells.length !== header.length || (form.isNumbered && cells[0] !== String(starts.length + 1)))
      throw new DataError(
        source,
        `${source}, ${lineAt(bytes, from)}: expected ${header.length} columns as in the header, found ${record.length}.`,
      );
    starts.push(from);
    ends.push(end);
    for (let index = 0; index < columns.length; index++) columns[index]?.push(cells[index]);
  };
  await parseRecords(text, form, take);
  if (form.isNumbered && starts.length < 2) throw refusal(source, 'one row is not numbered.');
  return {
    columns: header ?? [],
    rowCount: starts.length,
    values,
    spans: { starts, ends, between: 'lines' },
    where: (row) => lineAt(bytes, starts[row]!),
  };
}

async function parseRecords(
  { bytes, source, signal }: TextSource,
  { delimiter, isQuoted, hasBlanks }: Form,
  take: (record: string[], bytesRead: number) => void,
): Promise<void> {
  const parser = parse({
    delimiter,
    record_delimiter: bytes.includes(0x0a) ? ['\r\n', '\n'] : ['\r'],
    from_line: delimiterHint(bytes) === undefined ? 1 : 2,
    relax_column_count: true,
    // A quote within a field that does not begin with one is a character, as in the csv module of Python.
    relax_quotes: true,
    quote: isQuoted ? '"' : false,
    ltrim: hasBlanks === true,
    skip_empty_lines: true,
    on_record: (record: string[], { bytes: bytesRead }) => {
      take(record, bytesRead);
      return null;
    },
  });
  // All records go to `take`.
  parser.resume();
  try {
    await pipeline(chunksOf(bytes, signal), parser);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof RefrainError) throw cause;
    throw refusal(source, `can't be read as a table: ${messageOf(cause)}.`, cause);
  }
}

const CHUNK_BYTES = 2 ** 20;

/** The bytes bit by bit, so that a signal is heard in between. */
async function* chunksOf(bytes: Buffer, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await hearSignals(signal);
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

function headerOf(record: readonly string[], { isQuoted, isNumbered }: Form): string[] {
  const names = record.map((name) => (isQuoted ? name : unquoted(name)).trim());
  return isNumbered ? ['', ...names] : names;
}

/** The cells of a row, without empty ones beyond the header; a list in the last one where it takes the rest. */
function cellsOf(record: readonly string[], header: readonly string[], form: Form, takesRest: Wanted): unknown[] {
  const cells = form.isQuoted ? record : record.map(unquoted);
  if (record.length > header.length && record.slice(header.length).every((field) => field.trim() === ''))
    return cells.slice(0, header.length);
  const last = header.length - 1;
  if (form.hasRest !== true || !takesRest(header[last]!) || cells.length <= last) return [...cells];
  return [...cells.slice(0, last), cells.slice(last)];
}

/** A field of a table without quoting as it was meant: in quotes that enclose it whole, others are doubled. */
function unquoted(field: string): string {
  if (field.length < 2 || !field.startsWith('"') || !field.endsWith('"')) return field;
  const inner = field.slice(1, -1);
  return inner.replaceAll('""', '').includes('"') ? field : inner.replaceAll('""', '"');
}

function columnFor(
  name: string,
  values: Map<string, unknown[]>,
  wanted: Wanted,
  source: string,
): unknown[] | undefined {
  if (!wanted(name)) return undefined;
  if (values.has(name)) throw refusal(source, `the header names the column ${name} twice.`);
  const column: unknown[] = [];
  values.set(name, column);
  return column;
}

function skipLineBreaks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d) at++;
  return at;
}
