/** Where the rows of a text table lie in its bytes. */
export interface RowSpans {
  /** Byte offsets, one pair per row, ascending, without overlap. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** `lines`: a span takes its line end with it. `members`: rows of a JSON array or object, with commas between the spans. */
  readonly between: 'lines' | 'members';
}

/** A table of clips: the columns that may tell something of a clip, and where its rows stand. */
export interface Table {
  /** All column names, in the order of the file. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** The columns that were asked for, where the table has them: one value per row, undefined where a row lacks it. */
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  /** The place of a row for a message, e.g. `line 17`. */
  where(row: number): string;
  /** Absent for a table that is not text. */
  readonly spans?: RowSpans;
}

/** Whether a column is needed, by its name. */
export type Wanted = (column: string) => boolean;

/** Whether a cell says nothing. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

// A table that invents a new key in every row must not fill the memory with their names.
const MAX_NAMES = 10_000;

/** Gathers rows of named values, whose names may differ from row to row, into columns. */
export function gatherColumns(wanted: Wanted) {
  const gathered = new Map<string, unknown[] | undefined>();
  let rowCount = 0;
  const begun = (name: string): unknown[] | undefined => {
    const column = wanted(name) ? new Array<unknown>(rowCount).fill(undefined) : undefined;
    if (column !== undefined || gathered.size < MAX_NAMES) gathered.set(name, column);
    return column;
  };
  return {
    /** Takes the next row in. */
    add(row: Readonly<Record<string, unknown>>): void {
      for (const name of Object.keys(row)) {
        const column = gathered.get(name) ?? (gathered.has(name) ? undefined : begun(name));
        if (column === undefined) continue;
        while (column.length < rowCount) column.push(undefined);
        column.push(row[name]);
      }
      rowCount++;
    },
    /** What was gathered. */
    columns(): Pick<Table, 'columns' | 'rowCount' | 'values'> {
      const values = new Map<string, readonly unknown[]>();
      for (const [name, column] of gathered) {
        if (column === undefined) continue;
        while (column.length < rowCount) column.push(undefined);
        values.set(name, column);
      }
      return { columns: [...gathered.keys()], rowCount, values };
    },
  };
}

/** `line 17`, for the line on which the byte at `offset` stands, counted from 1. */
export function lineAt(content: Uint8Array, offset: number): string {
  let line = 1;
  for (let at = content.indexOf(0x0a); at >= 0 && at < offset; at = content.indexOf(0x0a, at + 1)) line++;
  return `line ${line}`;
}

/** `content` without the rows that are dropped; all other bytes stay as they are, but for the comma a dropped member leaves behind. */
export function withoutRows(content: Uint8Array, spans: RowSpans, dropped: (row: number) => boolean): Uint8Array {
  const kept = spans.between === 'lines' ? keptLines(content, spans, dropped) : keptMembers(content, spans, dropped);
  const result = new Uint8Array(kept.reduce((sum, [from, to]) => sum + to - from, 0));
  let at = 0;
  for (const [from, to] of kept) {
    result.set(content.subarray(from, to), at);
    at += to - from;
  }
  return result;
}

type ByteRange = [from: number, to: number];

function keptLines(content: Uint8Array, { starts, ends }: RowSpans, dropped: (row: number) => boolean): ByteRange[] {
  const kept: ByteRange[] = [];
  let from = 0;
  for (let row = 0; row < starts.length; row++) {
    if (!dropped(row)) continue;
    kept.push([from, starts[row]!]);
    from = ends[row]!;
  }
  kept.push([from, content.length]);
  return kept;
}

// A kept member brings along what stands before it, the first one excepted: there the comma belonged to a dropped one.
function keptMembers(content: Uint8Array, { starts, ends }: RowSpans, dropped: (row: number) => boolean): ByteRange[] {
  const kept: ByteRange[] = [[0, starts[0] ?? 0]];
  for (let row = 0; row < starts.length; row++) {
    if (dropped(row)) continue;
    const from = kept.length === 1 ? starts[row]! : ends[row - 1]!;
    kept.push([from, ends[row]!]);
  }
  kept.push([ends.at(-1) ?? 0, content.length]);
  return kept;
}
