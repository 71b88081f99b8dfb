import { inspect } from 'node:util';
import { ConfigError, DataError, type Task } from '@refrain/core';
import { isMissing, parseList } from './parseList.ts';

/** The labels of a table's rows. */
export interface TableLabels {
  readonly task: Task;
  /** Sorted by code units. */
  readonly classes: readonly string[];
  /** Per row the indices of its classes, ascending. */
  readonly labels: readonly (readonly number[])[];
  /** What separated the labels of a cell, if anything. */
  readonly separator: string | undefined;
}

/** How labels of a manifest are read. */
export interface LabelSettings {
  readonly task: Task | 'auto';
  /** Undefined: `|`, else `;`, if any of the cells has it, else a comma that joins names which other cells have too. */
  readonly separator: string | undefined;
}

/** Where a row stands, and in which file, for messages. */
export interface Place {
  readonly source: string;
  where(row: number): string;
}

const SEPARATORS = ['|', ';'];

/**
 * Reads a column of labels. A cell is a list, the text of a list (`['a', "b"]`, `{'a'}`, `c("a", "b")`, read as data), a text with separators, or one
 * label; numbers count as their text, what pandas and R write for a missing value (`NaN`, `NA`, `None`) as no label. Commas separate where no
 * blank follows them, or where a name that they set off stands in another cell as well: "rock, pop" beside "rock", not "male speech, man speaking". A column in which any cell is
 * a list, has a separator or says that there is no label is `multi-label`, one with a plain label in every row `single-label`, one without any label `unlabelled`, unless the
 * settings say which it is. Throws a DataError that names the row where a single label is missing, or a cell is no label.
 */
export function readLabels(cells: readonly unknown[], settings: LabelSettings, place: Place): TableLabels {
  if (settings.task === 'unlabelled') return unlabelled(cells.length);
  const separator = settings.separator ?? (settings.task === 'single-label' ? undefined : separatorIn(cells));
  const names = namesInCells(cells, separator, place);
  const task = settings.task === 'auto' ? guessTask(cells, names, separator) : settings.task;
  if (task === 'unlabelled') return unlabelled(cells.length);
  if (task === 'single-label') refuseOtherThanOne(names, place);
  const sets = new Set(names);
  const classes = [...new Set([...sets].flat())].sort();
  if (classes.length === 0)
    throw new ConfigError('dataset.task', `dataset.task: ${task}, but the column of labels is empty throughout.`);
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  const indicesOf = (set: readonly string[]) => [...new Set(set.map((name) => indexOf.get(name)!))];
  const labelsOf = new Map([...sets].map((set) => [set, indicesOf(set).sort((a, b) => a - b)]));
  return { task, classes, labels: names.map((set) => labelsOf.get(set)!), separator };
}

/** The labels of rows that have none. */
export function unlabelled(rowCount: number): TableLabels {
  return { task: 'unlabelled', classes: [], labels: new Array<[]>(rowCount).fill([]), separator: undefined };
}

function separatorIn(cells: readonly unknown[]): string | undefined {
  const texts = [...new Set(cells)].filter(isPlainText);
  return SEPARATORS.find((separator) => texts.some((text) => text.includes(separator))) ?? commaIn(texts);
}

// A name with a comma in it has a blank behind it, and a number no blank on either side.
const LISTS = /[^\d\s,],[^\s,]|[^\s,],[^\d\s,]/;

function commaIn(texts: readonly string[]): string | undefined {
  if (texts.some((text) => LISTS.test(text))) return ',';
  const parts = texts.map((text) => new Set(partsOf(text, ',')));
  const counts = new Map<string, number>();
  for (const part of parts.flatMap((set) => [...set])) counts.set(part, (counts.get(part) ?? 0) + 1);
  return parts.some((set) => set.size > 1 && [...set].some((part) => counts.get(part)! > 1)) ? ',' : undefined;
}

function partsOf(text: string, separator: string | undefined): string[] {
  const parts = separator === undefined ? [text] : text.split(separator);
  return parts.map(nameIn).filter((part) => part !== '' && !isMissing(part));
}

/** A name without blanks around it, and without quotes that enclose it whole. */
function nameIn(text: string): string {
  const name = text.trim();
  return /^"[^"]+"$/.test(name) ? name.slice(1, -1).trim() : name;
}

function isPlainText(cell: unknown): cell is string {
  return typeof cell === 'string' && listIn(cell) === undefined;
}

/** The list that a text is; undefined where it is none. A text in square brackets was meant as one. */
function listIn(cell: string): ReturnType<typeof parseList> | 'broken' {
  return parseList(cell) ?? (/^\s*\[.*\]\s*$/s.test(cell) ? 'broken' : undefined);
}

function guessTask(cells: readonly unknown[], names: readonly (readonly string[])[], separator?: string): Task {
  if (names.every((set) => set.length === 0)) return 'unlabelled';
  const hasLists = cells.some((cell) => Array.isArray(cell) || (typeof cell === 'string' && !isPlainText(cell)));
  // Whoever writes that a clip has no label means that clips can have none.
  const hasNone = cells.some((cell) => cell === null || (typeof cell === 'string' && isMissing(cell.trim())));
  return hasLists || hasNone || separator !== undefined ? 'multi-label' : 'single-label';
}

function refuseOtherThanOne(names: readonly (readonly string[])[], { source, where }: Place): void {
  const row = names.findIndex((set) => set.length !== 1);
  if (row < 0) return;
  throw new DataError(
    source,
    `${source}, ${where(row)}: expected one label, found ${names[row]!.join(', ') || 'none'}. With dataset.task multi-label a clip can have any number of labels.`,
  );
}

/** The names in each cell. Cells with the same names share one array, as a million rows have few different ones. */
function namesInCells(cells: readonly unknown[], separator: string | undefined, { source, where }: Place) {
  const ofText = new Map<string, readonly string[]>();
  const ofNames = new Map<string, readonly string[]>();
  return cells.map((cell, row): readonly string[] => {
    const known = typeof cell === 'string' ? ofText.get(cell) : undefined;
    if (known !== undefined) return known;
    const read = namesIn(cell, separator);
    if (typeof read === 'string')
      throw new DataError(source, `${source}, ${where(row)}: expected ${read}, found ${shown(cell)}.`);
    const key = JSON.stringify(read);
    const names = ofNames.get(key) ?? read;
    ofNames.set(key, names);
    if (typeof cell === 'string') ofText.set(cell, names);
    return names;
  });
}

/** The names in a cell, or what was expected in place of it. */
function namesIn(cell: unknown, separator: string | undefined): readonly string[] | string {
  if (cell === null || cell === undefined) return [];
  if (isPlainText(cell)) return partsOf(cell, separator);
  const list = typeof cell === 'string' ? listIn(cell) : cell;
  if (list === 'broken') return "a list of labels like ['a', 'b']";
  if (!Array.isArray(list)) {
    const name = nameOf(list);
    return name === undefined ? 'a label' : [name];
  }
  const there: unknown[] = list.filter((one) => one !== null && one !== undefined && one !== '');
  // [0, 1, 0]: one number per class, which no name belongs to.
  const isVector = there.some((one) => typeof one === 'number') && new Set(there).size < there.length;
  const names = there.map(nameOf);
  return isVector || names.includes(undefined) ? 'a list of label names' : (names as string[]);
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

function shown(cell: unknown): string {
  const text = typeof cell === 'string' ? cell : inspect(cell, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
