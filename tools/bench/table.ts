/** A table of text, and sentences that belong under it. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

/** A number with three significant digits, thousands separated by commas: 0.0123, 1.23, 12.3, 1,234. "n/a" for what is no number. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (value === 0) return '0';
  // Rounded first, so that 9.996 has the digits of 10.
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  return (decimals === 0 ? value : rounded).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** A whole number with thousands separated by commas. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Bytes as megabytes of 10⁶. */
export function megabytes(bytes: number): string {
  return whole(bytes / 1e6);
}

/** A ratio, e.g. "2.03×". */
export function times(value: number): string {
  return `${significant(value)}×`;
}

/**
 * The table in Markdown, columns padded to one width. A column is set to the right when all its cells are figures. Bars inside cells are escaped, and
 * line breaks become spaces. Throws a RangeError when a row has another number of cells than the header.
 */
export function markdownTable({ header, rows }: Table): string {
  for (const row of rows) {
    if (row.length !== header.length)
      throw new RangeError(`A row has ${row.length} cells, the header ${header.length}.`);
  }
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => cell.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')),
  );
  const right = header.map((_, column) => rows.length > 0 && rows.every((row) => isFigure(row[column]!)));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (right[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(cells[0]!), `| ${rule.join(' | ')} |`, ...cells.slice(1).map(line)].join('\n');
}

function isFigure(cell: string): boolean {
  return /^[-−]?[\d.,]+×?$/.test(cell) || cell === 'n/a';
}
