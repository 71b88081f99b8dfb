import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, type Matrix, messageOf, type NpyRows, openNpyRows, readNpy, readNpyMatrix } from '@refrain/core';
import { checkPartition } from './certificate/checkPartition.ts';
import { readJsonLines, unreadable } from './lines.ts';
import { withRule } from './migrateRule.ts';
import { FILES, type Metadata, type PrunedFolder } from './records.ts';
import { CLIP_RECORD, fitting, METADATA, REMOVED_RECORD } from './schemas.ts';

/** Reads the text files and index files of a pruned dataset folder. Throws a DataError that names what is missing or broken. */
export async function readFolder(path: string): Promise<PrunedFolder> {
  const metadata = await readMetadata(join(path, FILES.metadata));
  return withRule({
    path,
    metadata,
    // Folders of version 0.1.0 from before there was a limit have none.
    short: new Set(metadata.short ?? []),
    clips: await readJsonLines(join(path, FILES.clips), CLIP_RECORD),
    removed: await readJsonLines(join(path, FILES.removed), REMOVED_RECORD),
    keep: await readIntegers(join(path, FILES.indices)),
    labels: await readIntegers(join(path, FILES.labels)),
  });
}

/** As `readFolder`, for those who go on from what they read. Throws a DataError also where the files do not fit each other. */
export async function readSoundFolder(path: string): Promise<PrunedFolder> {
  const folder = await readFolder(path);
  const { clips, labels, removed, keep } = folder;
  const kept = new Set(keep.map((position) => clips[position]?.id));
  const lone = removed.find(({ partner_id: partner }) => !kept.has(partner));
  const why =
    checkPartition(folder) ??
    (labels.length === clips.length
      ? undefined
      : `${FILES.labels} has ${labels.length} labels for ${clips.length} clips`) ??
    (lone && `clip ${lone.id}: its partner ${lone.partner_id} is not a kept clip`);
  if (why === undefined) return folder;
  throw new DataError(
    path,
    `${path} is no whole pruned dataset folder any more: ${why}. \`refrain verify\` checks all of it.`,
  );
}

/** The embeddings of the folder, one row per line of clips.jsonl, all in memory. */
export async function readFolderEmbeddings(path: string): Promise<Matrix> {
  return readNpyMatrix(join(path, FILES.embeddings));
}

/** The embeddings of the folder, one row per line of clips.jsonl, left on the disk. To be closed. */
export async function openFolderEmbeddings(path: string): Promise<NpyRows> {
  return openNpyRows(join(path, FILES.embeddings));
}

async function readMetadata(path: string): Promise<Metadata> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, `${path} is not JSON (${messageOf(cause)}).`, { cause });
  }
  return fitting(METADATA, content, path);
}

async function readIntegers(path: string): Promise<number[]> {
  const { dtype, shape, data } = await readNpy(path);
  if (dtype !== 'int64' || shape.length !== 1)
    throw new DataError(path, `${path}: expected a list of int64, found ${dtype} of shape (${shape.join(', ')}).`);
  return Array.from(data as BigInt64Array, Number);
}
