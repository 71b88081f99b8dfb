import { isDeepStrictEqual } from 'node:util';
import type { JsonRecord, PrunedFolder } from './folder.ts';

/** How two folders compare. */
export interface Comparison {
  /** What is not equal, as sentences, the first few clips by their ids; empty where all is. */
  readonly differences: readonly string[];
  /** Whether the rows are in the same order, so that the .npy files were compared byte for byte too. */
  readonly isSameOrder: boolean;
  /** Fields of records that only one of the folders has, e.g. `clips.jsonl: + position`. */
  readonly notes: readonly string[];
}

const SHOWN = 3;
/** What makes a record: under another name it could not be compared. */
const CLIP = ['id', 'embedding_hash'];
const REMOVAL = ['id', 'partner_id', 'similarity', 'level'];

/** Whether what was kept, why the rest was removed, the clusters, the records and the embeddings are equal, clip by clip. */
export function compareFolders(before: PrunedFolder, after: PrunedFolder): Comparison {
  const isSameOrder = isDeepStrictEqual(before.ids, after.ids);
  const clips = compareRecords('clips.jsonl', before.clips, after.clips, CLIP);
  const removed = compareRecords('removed.jsonl', before.removed, after.removed, REMOVAL);
  const ids = [...new Set([...before.ids, ...after.ids])];
  const own = [
    ...differing('kept or not', ids, (id) => before.kept.has(id) === after.kept.has(id)),
    ...differing('cluster', ids, (id) => before.clusters.get(id) === after.clusters.get(id)),
    ...differing('embedding', ids, (id) => before.embeddings.get(id) === after.embeddings.get(id)),
  ];
  const files = isSameOrder ? [...before.files].filter(([name, bytes]) => !after.files.get(name)?.equals(bytes)) : [];
  return {
    differences: [
      ...own,
      ...clips.differences,
      ...removed.differences,
      ...files.map(([name]) => `${name}: other bytes`),
    ],
    isSameOrder,
    notes: [...clips.notes, ...removed.notes],
  };
}

type Records = ReadonlyMap<string, JsonRecord>;

/** A field that records of both sides have must be the same, or absent, in each; `required` ones also where one side has them nowhere. */
function compareRecords(name: string, before: Records, after: Records, required: readonly string[]) {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const either = [...new Set([...was, ...is])];
  const shared = either.filter((field) => required.includes(field) || (was.has(field) && is.has(field)));
  // A side without records has no fields that could be missed.
  const gone = after.size === 0 ? [] : [...was].filter((field) => !is.has(field));
  const added = before.size === 0 ? [] : [...is].filter((field) => !was.has(field));
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const isEqual = (field: string) => (id: string) => isDeepStrictEqual(before.get(id)?.[field], after.get(id)?.[field]);
  const signed = [...gone.map((field) => `− ${field}`), ...added.map((field) => `+ ${field}`)];
  return {
    differences: shared.flatMap((field) => differing(`${name}: ${field}`, ids, isEqual(field))),
    notes: signed.length === 0 ? [] : [`${name}: ${signed.join(', ')}`],
  };
}

function fieldsOf(records: Records): Set<string> {
  return new Set([...records.values()].flatMap((record) => Object.keys(record)));
}

/** A sentence where something differs, else none. */
function differing(what: string, ids: readonly string[], isEqual: (id: string) => boolean): string[] {
  const others = ids.filter((id) => !isEqual(id));
  if (others.length === 0) return [];
  const more = others.length > SHOWN ? ', …' : '';
  return [`${what}: ${others.length} of ${ids.length} differ (${others.slice(0, SHOWN).join(', ')}${more})`];
}
