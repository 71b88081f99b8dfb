import type { ComparisonReport } from './report.ts';
import { byName } from './wording.ts';

/**
 * results.json: the report, indented, keys in the order of their names, and each list of numbers on a line of its own. Equal reports give equal
 * bytes, in whatever order their keys were set. A number that JSON does not have, which only settings may hold, is written as its name.
 */
export function jsonText(report: ComparisonReport): string {
  const text = JSON.stringify(report, ordered, 2);
  // No string of JSON holds a line break, so none is touched; the letters are those of null.
  return `${text.replace(/\[\n\s+([-+\d.enul,\s]+?)\n\s*\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}

function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => byName(a, b)));
}
