import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type Matrix, messageOf, type NpyRows, openNpyRows, readNpy, readNpyMatrix } from '@refrain/core';
import { readJsonLines, unreadable } from './lines.ts';
import { type ClipRecord, FILES, type Metadata, type RemovedRecord } from './records.ts';

/** A pruned dataset folder, read back. */
export interface PrunedFolder {
  readonly path: string;
  readonly metadata: Metadata;
  readonly clips: readonly ClipRecord[];
  readonly removed: readonly RemovedRecord[];
  /** Ids of the clips that are too short to be compared by their embeddings. */
  readonly short: ReadonlySet<string>;
  readonly keep: readonly number[];
  readonly labels: readonly number[];
}

/** Reads the text files and index files of a pruned dataset folder. Throws a DataError that names what is missing or broken. */
export async function readFolder(path: string): Promise<PrunedFolder> {
  const metadata = await readJson<Metadata>(join(path, FILES.metadata));
  return {
    path,
    metadata,
    // Folders of version 0.1.0 from before there was a limit have none.
    short: new Set(metadata.short ?? []),
    clips: await readJsonLines<ClipRecord>(join(path, FILES.clips)),
    removed: await readJsonLines<RemovedRecord>(join(path, FILES.removed)),
    keep: await readIntegers(join(path, FILES.indices)),
    labels: await readIntegers(join(path, FILES.labels)),
  };
}

/** The embeddings of the folder, one row per line of clips.jsonl, all in memory. */
export async function readFolderEmbeddings(path: string): Promise<Matrix> {
  return readNpyMatrix(join(path, FILES.embeddings));
}

/** The embeddings of the folder, one row per line of clips.jsonl, left on the disk. To be closed. */
export async function openFolderEmbeddings(path: string): Promise<NpyRows> {
  return openNpyRows(join(path, FILES.embeddings));
}

async function readJson<T>(path: string): Promise<T> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new DataError(path, `${path} is not JSON (${messageOf(cause)}).`, { cause });
  }
}

async function readIntegers(path: string): Promise<number[]> {
  const { dtype, shape, data } = await readNpy(path);
  if (dtype !== 'int64' || shape.length !== 1)
    throw new DataError(path, `${path}: expected a list of int64, found ${dtype} of shape (${shape.join(', ')}).`);
  return Array.from(data as BigInt64Array, Number);
}
