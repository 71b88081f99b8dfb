import { largest } from '@refrain/core';
import { terminalLine, terminalText } from './terminalText.ts';

/** A plain text table: the columns `toTheLeft` to the left, all others to the right, two spaces between. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  toTheLeft: readonly number[] = [0],
): string {
  const lines = [header, ...rows].map((line) => line.map((cell) => terminalLine(cell)));
  const widths = header.map((_, column) => largest(lines.map((line) => (line[column] ?? '').length)));
  const format = (line: readonly string[]) =>
    widths
      .map((width, column) =>
        toTheLeft.includes(column) ? (line[column] ?? '').padEnd(width) : (line[column] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd();
  const [head, ...body] = lines.map(format);
  return [head, widths.map((width) => terminalText('─'.repeat(width))).join('  '), ...body].join('\n');
}
