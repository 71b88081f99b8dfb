import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy } from '@refrain/core';

/** One line of a file of JSON lines. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** What two checkouts must agree on, of a folder that `prune` wrote: whose clip is whose is told by ids, wherever its row is. */
export interface PrunedFolder {
  /** Ids in the order of the rows. */
  readonly ids: readonly string[];
  readonly kept: ReadonlySet<string>;
  /** Cluster of each clip, as it is written. */
  readonly clusters: ReadonlyMap<string, number>;
  /** Each clip's row of embeddings.npy, with its type: equal texts are equal bytes. */
  readonly embeddings: ReadonlyMap<string, string>;
  readonly clips: ReadonlyMap<string, JsonRecord>;
  readonly removed: ReadonlyMap<string, JsonRecord>;
  /** The .npy files, byte for byte, by their names. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const NPY = { indices: 'indices_to_keep.npy', clusters: 'cluster_labels.npy', embeddings: 'embeddings.npy' } as const;

/** Reads a folder that `prune` wrote, with no code of the package that reads it otherwise. Throws where a file is missing or does not fit the others. */
export async function readFolder(folder: string): Promise<PrunedFolder> {
  const clips = await readRecords(join(folder, 'clips.jsonl'));
  const ids = [...clips.keys()];
  const indices = await numbersIn(join(folder, NPY.indices));
  const clusters = await numbersIn(join(folder, NPY.clusters));
  const rows = await rowsIn(join(folder, NPY.embeddings));
  for (const [name, count] of [
    [NPY.clusters, clusters.length],
    [NPY.embeddings, rows.length],
  ] as const) {
    if (count !== ids.length) throw new Error(`${folder}: ${name} has ${count} rows, clips.jsonl ${ids.length}`);
  }
  const beyond = indices.find((index) => ids[index] === undefined);
  if (beyond !== undefined) throw new Error(`${folder}: ${NPY.indices} names clip ${beyond} of ${ids.length}`);
  const byId = <T>(values: readonly T[]) => new Map(ids.map((id, row) => [id, values[row]!]));
  const files = Object.values(NPY).map(async (name) => [name, await readFile(join(folder, name))] as const);
  return {
    ids,
    kept: new Set(indices.map((index) => ids[index]!)),
    clusters: byId(clusters),
    embeddings: byId(rows),
    clips,
    removed: await readRecords(join(folder, 'removed.jsonl')),
    files: new Map(await Promise.all(files)),
  };
}

async function readRecords(path: string): Promise<Map<string, JsonRecord>> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const records = new Map<string, JsonRecord>();
  for (const line of lines) {
    const record = JSON.parse(line) as JsonRecord;
    if (typeof record.id !== 'string' || records.has(record.id))
      throw new Error(`${path}: no id of its own in ${line}`);
    records.set(record.id, record);
  }
  return records;
}

async function numbersIn(path: string): Promise<number[]> {
  return Array.from((await readNpy(path)).data as Iterable<number | bigint>, Number);
}

async function rowsIn(path: string): Promise<string[]> {
  const { dtype, shape, data } = await readNpy(path);
  const [rows, cols] = shape as [number, number];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const width = cols * data.BYTES_PER_ELEMENT;
  return Array.from(
    { length: rows },
    (_, row) => `${dtype} ${bytes.toString('latin1', row * width, (row + 1) * width)}`,
  );
}
