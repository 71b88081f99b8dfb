import { basename, extname, join } from 'node:path';
import { DataError, type Matrix, readNpy, readNpyHeader, readNpyMatrix } from '@refrain/core';
import { fileHash, rowHash } from './hashes.ts';
import { readJson, readJsonLines } from './lines.ts';
import { clipOfFormat1, metadataOfFormat1, withThetas } from './migrate.ts';
import {
  ARRAYS,
  BAD_CLIP,
  type BadClip,
  CLIP_RECORD,
  type ClipRecord,
  FILES,
  FORMAT,
  fitting,
  METADATA,
  type Metadata,
  OVERRIDE,
  REMOVED_RECORD,
  type RemovedRecord,
} from './schemas.ts';
import { type FittedSpace, readSpace, readStandardization } from './space.ts';

/** The text and index files of a pruned dataset folder, each as it should be, whether or not they fit each other. */
export interface PrunedFolder {
  readonly path: string;
  /** In which it was written: 1 or 2. What is read has format 2. */
  readonly format: number;
  readonly metadata: Metadata;
  /** In the order of the dataset. */
  readonly clips: readonly ClipRecord[];
  readonly removed: readonly RemovedRecord[];
  /** Ids of the clips that are too short to be compared by their embeddings. */
  readonly short: ReadonlySet<string>;
  /** Positions of the kept clips, ascending. */
  readonly keep: readonly number[];
  /** The cluster of each clip, −1 for none. */
  readonly labels: readonly number[];
  readonly bad: readonly BadClip[];
  /** Absent where features were taken as they are. */
  readonly space?: FittedSpace;
}

/** A pruned dataset: a folder whose files fit each other. */
export interface PrunedDataset extends PrunedFolder {
  /** The kept clips, in the order of the dataset. */
  readonly kept: readonly ClipRecord[];
}

/** Reads the text files and index files of a pruned dataset folder. Throws a DataError that names what is missing or broken. */
export async function readFolder(path: string): Promise<PrunedFolder> {
  const file = join(path, FILES.metadata);
  const content = await readJson(file);
  const format = formatOf(content, file);
  const isOld = format < FORMAT;
  const labels = await readIntegers(path, FILES.labels);
  const metadata = fitting(METADATA, isOld ? metadataOfFormat1(content, labels) : content, file);
  const space = await readSpaceOf(path, metadata, isOld);
  const folder = {
    path,
    format,
    metadata,
    short: new Set(metadata.short),
    clips: await readJsonLines(join(path, FILES.clips), CLIP_RECORD, isOld ? clipOfFormat1 : undefined),
    removed: await readJsonLines(join(path, FILES.removed), REMOVED_RECORD),
    keep: await readIntegers(path, FILES.indices),
    labels,
    bad: await readJsonLines(join(path, FILES.bad), BAD_CLIP),
    ...(space && { space }),
  };
  return isOld ? withThetas(folder) : folder;
}

/**
 * Reads a pruned dataset folder, whole and sound: with `clips`, `kept`, `removed` and `metadata`. Throws a DataError that names the file and the
 * field which is missing, broken, or at odds with the others. Whether the removals hold is for `verifyFolder`, and `readEmbeddings` reads the rest.
 */
export async function readPrunedDataset(path: string): Promise<PrunedDataset> {
  const folder = await readFolder(path);
  const { clips, removed, keep, metadata } = folder;
  const kept = keep.map((position) => clips[position]!);
  const isKept = new Set(kept.map((clip) => clip?.id));
  const lone = removed.find(({ partner_id: partner }) => !isKept.has(partner));
  const why =
    disagreement(folder, await embeddingRows(path)) ??
    checkPartition(folder) ??
    (lone && `clip ${lone.id}: its partner ${lone.partner_id} is not a kept clip`) ??
    // The manifest is for other programs: whether it is the one that was written is told without parsing it.
    (await checkHashes(folder, [FILES.manifest]));
  if (why !== undefined) {
    throw new DataError(
      path,
      `${path} is no whole pruned dataset folder any more: ${why}. \`refrain verify\` checks all of it.`,
    );
  }
  if (Object.hasOwn(metadata.files, FILES.overrides)) await readJsonLines(join(path, FILES.overrides), OVERRIDE);
  return { ...folder, kept };
}

/** The space that the embeddings of a folder are in; undefined where it is the raw one. */
async function readSpaceOf(
  path: string,
  { settings, files }: Metadata,
  isOld: boolean,
): Promise<FittedSpace | undefined> {
  const name = isOld ? FILES.standardization : FILES.space;
  if ((settings.space === undefined || settings.space === 'raw') && !Object.hasOwn(files, name)) return undefined;
  return isOld ? readStandardization(path) : readSpace(path);
}

/** The embeddings of a folder, a row per clip, all in memory. Throws a DataError that names the clip whose row is not the one that was written. */
export async function readEmbeddings(folder: PrunedFolder): Promise<Matrix> {
  const path = join(folder.path, FILES.embeddings);
  await embeddingRows(folder.path);
  const matrix = await readNpyMatrix(path);
  const other = folder.clips.findIndex((clip, i) => i >= matrix.rows || rowHash(matrix, i) !== clip.embedding_hash);
  if (other < 0) return matrix;
  throw new DataError(
    path,
    `clip ${folder.clips[other]!.id}: its row ${other} of ${path} is not the one that was written.`,
  );
}

/** How many rows embeddings.npy has. */
async function embeddingRows(folder: string): Promise<number> {
  const path = join(folder, FILES.embeddings);
  const { dtype, shape } = await readNpyHeader(path);
  if (dtype === ARRAYS[FILES.embeddings].dtype && shape.length === 2) return shape[0]!;
  throw new DataError(
    path,
    `${path}: expected a float32 array of two dimensions (clips × numbers), found ${dtype} (${shape.join(', ')}).`,
  );
}

/** Which files do not agree on how many clips there are, and where; undefined where all do. `rows` are those of the embeddings. */
export function disagreement({ clips, labels, metadata }: PrunedFolder, rows: number): string | undefined {
  const { length } = clips;
  if (labels.length !== length)
    return `${FILES.labels} has ${labels.length} labels for ${length} clips of ${FILES.clips}`;
  if (rows !== length) return `${FILES.embeddings} has ${rows} rows for ${length} clips of ${FILES.clips}`;
  if (metadata.original_size !== length)
    return `${FILES.metadata} says ${metadata.original_size} clips, ${FILES.clips} has ${length}`;
  const moved = clips.findIndex(({ position }, line) => position !== line);
  return moved < 0
    ? undefined
    : `clip ${clips[moved]!.id}: its "position" is ${clips[moved]!.position}, but it is line ${moved} of ${FILES.clips}, counted from 0`;
}

/** What keeps kept and removed clips from making up the train list, each clip once; undefined when they do. */
export function checkPartition({ clips, keep, removed, metadata }: PrunedFolder): string | undefined {
  const known = new Set<string>();
  for (const { id } of clips) {
    if (known.has(id)) return `clip ${id} stands twice in ${FILES.clips}`;
    known.add(id);
  }
  const state = new Map<string, 'kept' | 'removed'>();
  for (const [at, index] of keep.entries()) {
    const clip = clips[index];
    if (clip === undefined) return `${FILES.indices} names position ${index}, but there are ${clips.length} clips`;
    if (at > 0 && index <= keep[at - 1]!)
      return `clip ${clip.id}: position ${index} in ${FILES.indices} is not above the one before it`;
    state.set(clip.id, 'kept');
  }
  for (const { id } of removed) {
    if (!known.has(id)) return `clip ${id} of ${FILES.removed} is not in ${FILES.clips}`;
    if (state.has(id))
      return `clip ${id} is in ${FILES.removed}, but ${state.get(id) === 'kept' ? `kept by ${FILES.indices}` : 'stands there twice'}`;
    state.set(id, 'removed');
  }
  const lost = clips.find((clip) => !state.has(clip.id));
  if (lost !== undefined) return `clip ${lost.id} is neither kept by ${FILES.indices} nor in ${FILES.removed}`;
  return keep.length === metadata.pruned_size
    ? undefined
    : `${FILES.metadata} says ${metadata.pruned_size} kept clips, ${FILES.indices} has ${keep.length}`;
}

/** Names the first of these files whose hash is not the one in metadata.json; undefined where there is none, or no hash of it. */
export async function checkHashes(
  { path, metadata: { files } }: PrunedFolder,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names.filter((one) => Object.hasOwn(files, one))) {
    if (basename(name) !== name) return `${FILES.metadata} names "${name}", which is no file of the folder`;
    const file = join(path, name);
    const found = await fileHash(file).catch((cause: unknown) => {
      throw new DataError(file, `${file} is missing, which ${FILES.metadata} names in "files".`, { cause });
    });
    if (found !== files[name]) return `${name} is not the file that was written (its SHA-256 differs)`;
  }
  return undefined;
}

/** The name of what a folder was made from: the dataset, or the file of embeddings. */
export function datasetName({ settings }: Pick<Metadata, 'settings'>): string {
  const { dataset, embeddings, segments } = settings;
  const chosen = dataset as { readonly use?: string } | undefined;
  const own = embeddings ?? segments;
  return chosen?.use ?? (typeof own === 'string' ? basename(own, extname(own)) : 'dataset');
}

/** Throws a DataError that says which Refrain is needed where the format is none that this one knows. */
function formatOf(content: { readonly format?: unknown; readonly versions?: unknown }, path: string): number {
  if (!('format' in content)) return 1;
  const { format, versions } = content;
  if (format === FORMAT) return FORMAT;
  const { refrain } = Object(versions) as { readonly refrain?: unknown };
  const version = typeof refrain === 'string' && /^[\w.+-]{1,40}$/.test(refrain) ? `Refrain ${refrain}` : 'the Refrain';
  throw new DataError(
    path,
    `${path}: "format" is ${JSON.stringify(format)?.slice(0, 40)}; expected 1 (without a number) or ${FORMAT}, as this Refrain knows. Read it with ${version} that wrote it, or a later one.`,
  );
}

async function readIntegers(folder: string, name: typeof FILES.indices | typeof FILES.labels): Promise<number[]> {
  const path = join(folder, name);
  const { dtype, shape, data } = await readNpy(path);
  if (dtype !== ARRAYS[name].dtype || shape.length !== 1)
    throw new DataError(path, `${path}: expected a list of int64, found ${dtype} of shape (${shape.join(', ')}).`);
  const values = Array.from(data as BigInt64Array, Number);
  const least = name === FILES.labels ? -1 : 0;
  const at = values.findIndex((value) => value < least || value > 0x7fffffff);
  if (at < 0) return values;
  throw new DataError(
    path,
    `${path}: expected whole numbers from ${least} to 2147483647, found ${values[at]} at ${at}.`,
  );
}
