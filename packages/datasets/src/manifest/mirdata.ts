import { DataError } from '@refrain/core';
import { jsonMembers, keyOf, skipSpace } from './jsonMembers.ts';
import { hearSignals, parseJson, ROWS_AT_ONCE, refuseRest, type TextSource, textTable } from './jsonRows.ts';
import { gatherColumns, lineAt, type Table, type Wanted } from './table.ts';

const BRACE = 0x7b;

/** The name of the column with the MD5 of the files in `column`. */
export function md5ColumnOf(column: string): string {
  return `${column} md5`;
}

/**
 * Reads an index of mirdata (R. Bittner et al. 2019), `{"tracks": {id: {"audio": [path, md5], …}}}`: a row per track, with its `id`, and
 * for each of its files the path and, in a column of its own, the MD5. Throws a DataError when the document is something else.
 */
export async function readMirdata({ bytes, source, signal }: TextSource, wanted: Wanted): Promise<Table> {
  const document = jsonMembers(bytes, skipSpace(bytes, 0));
  refuseRest(bytes, document, source);
  const { starts, ends } = jsonMembers(bytes, tracksIn(bytes, document, source));
  const gathered = gatherColumns(wanted);
  for (let row = 0; row < starts.length; row++) {
    if (row % ROWS_AT_ONCE === 0) await hearSignals(signal);
    const [from, to] = [starts[row]!, ends[row]!];
    const member = keyOf(bytes, from, to);
    if (member === undefined)
      throw new DataError(source, `${source}, ${lineAt(bytes, from)}: expected "track id": {"audio": [path, md5], …}.`);
    gathered.add({ ...filesOf(parseJson(bytes, member.value, to, source)), id: member.key });
  }
  return textTable(bytes, gathered, { starts, ends, between: 'members' });
}

function tracksIn(bytes: Buffer, { starts, ends }: { starts: number[]; ends: number[] }, source: string): number {
  const keys: string[] = [];
  for (let index = 0; index < starts.length; index++) {
    const member = keyOf(bytes, starts[index]!, ends[index]!);
    if (member?.key === 'tracks' && bytes[member.value] === BRACE) return member.value;
    if (member !== undefined) keys.push(member.key);
  }
  throw new DataError(
    source,
    `${source}: a JSON object with ${keys.slice(0, 10).join(', ') || 'no keys'}. Expected an object per line, an array of objects, or an index of mirdata, {"tracks": {…}}.`,
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
