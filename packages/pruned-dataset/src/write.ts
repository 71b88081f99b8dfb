import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  ConfigError,
  createFolder,
  type Matrix,
  sweep,
  syncFolder,
  syncTree,
  takeRows,
  temporaryName,
  writeFileAtomic,
  writeNpyIntegers,
  writeNpyRows,
} from '@refrain/core';
import { fileHash, rowHash } from './hashes.ts';
import { writeJsonLines } from './lines.ts';
import { manifestBytes } from './manifest.ts';
import { type BadClip, type ClipRecord, FILES, type Metadata, type RemovedRecord } from './records.ts';

/** What goes into a pruned dataset folder; index i means clip i of `clips`, in whatever order they are: `position` says where each is written. */
export interface FolderContent {
  readonly clips: readonly Omit<ClipRecord, 'embedding_hash'>[];
  readonly embeddings: Matrix;
  readonly labels: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly keep: ArrayLike<number>;
  readonly removed: readonly RemovedRecord[];
  readonly bad: readonly BadClip[];
  /** The text of overrides.jsonl; absent where there were none. */
  readonly overrides?: string;
  /** The text of thresholds.tsv; absent where the strategy has no θ. */
  readonly thresholds?: string;
  /** The text of standardization.json; absent where features were taken as they are. */
  readonly standardization?: string;
  readonly metadata: Omit<Metadata, 'files'>;
}

/**
 * Checks, before any work is done, that a folder can be made at `path`: it must not exist, or be empty.
 * Throws a ConfigError that names `output`.
 */
export async function refuseExisting(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ConfigError(
      'output',
      `\`output\` ${path}: ${error.code === 'ENOTDIR' ? 'is a file' : error.message}. Name a folder that does not exist yet.`,
      { cause: error },
    );
  });
  if (names.length > 0)
    throw new ConfigError(
      'output',
      `\`output\` ${path} exists already and is not empty. Nothing is overwritten: name another folder, or remove this one.`,
    );
}

/**
 * Writes a pruned dataset folder. It is filled beside its place, `extend` may add to it, and it gets its name when it is whole;
 * if anything fails, nothing is left. Returns its absolute path.
 */
export function writeFolder(
  path: string,
  content: FolderContent,
  extend: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  return makeFolder(path, async (draft, target) => {
    await fill(draft, target, content);
    await extend(draft);
  });
}

/**
 * Makes a folder at `path` with what `write` puts into a draft of it, whole or not at all: it gets its name when all of it is on the disk.
 * What killed runs left beside it is removed. Returns its absolute path.
 */
export async function makeFolder(
  path: string,
  write: (draft: string, target: string) => Promise<void>,
): Promise<string> {
  const target = resolve(path);
  const folder = dirname(target);
  const draft = join(folder, temporaryName());
  try {
    await createFolder(folder);
    await mkdir(draft);
    await sweep(folder, (await stat(draft)).mtimeMs);
    await write(draft, target);
    await syncTree(draft);
    await rmdir(target).catch(() => {});
    await rename(draft, target);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw namedError(error, draft, target);
  }
  return target;
}

// Nobody knows the draft by its name, and the operating system refuses without saying what was being made.
function namedError(error: unknown, draft: string, target: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'rename' && (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR')) {
    const why = `${target} was filled by something else meanwhile. Nothing is overwritten: name another folder.`;
    return new ConfigError('output', why, { cause: error });
  }
  const message = error.message.replaceAll(draft, target);
  const named = message.startsWith('Cannot write ') ? message : `Cannot write ${target}: ${message}`;
  return Object.assign(new Error(named, { cause: error }), { code, syscall });
}

/** The content as the files have it: clips by their positions, removals by those of their clips. */
export function inDatasetOrder(content: FolderContent): FolderContent {
  const { clips, labels, probabilities, removed } = content;
  const order = Uint32Array.from(clips.keys()).sort((a, b) => clips[a]!.position - clips[b]!.position);
  const positionOf = new Map(clips.map(({ id, position }) => [id, position]));
  return {
    ...content,
    clips: Array.from(order, (index) => clips[index]!),
    embeddings: takeRows(content.embeddings, order),
    labels: Array.from(order, (index) => labels[index]!),
    probabilities: Array.from(order, (index) => probabilities[index]!),
    keep: Array.from(content.keep, (index) => clips[index]!.position).sort((a, b) => a - b),
    removed: [...removed].sort((a, b) => positionOf.get(a.id)! - positionOf.get(b.id)!),
  };
}

async function fill(draft: string, target: string, anyOrder: FolderContent): Promise<void> {
  const content = inDatasetOrder(anyOrder);
  const at = (name: string) => join(draft, name);
  const clips = content.clips.map(
    (clip, i): ClipRecord => ({ ...clip, embedding_hash: rowHash(content.embeddings, i) }),
  );
  const kept = new Set(Array.from(content.keep));
  await writeNpyIntegers(at(FILES.indices), content.keep);
  await writeNpyIntegers(at(FILES.labels), content.labels);
  await writeNpyRows(at(FILES.embeddings), content.embeddings.cols, [content.embeddings]);
  await writeJsonLines(at(FILES.clips), clips);
  await writeJsonLines(at(FILES.removed), content.removed);
  await writeJsonLines(at(FILES.bad), content.bad);
  if (content.overrides !== undefined) await writeFile(at(FILES.overrides), content.overrides);
  if (content.thresholds !== undefined) await writeFile(at(FILES.thresholds), content.thresholds);
  if (content.standardization !== undefined) await writeFile(at(FILES.standardization), content.standardization);
  const columns = {
    labels: content.labels,
    probabilities: content.probabilities,
    kept: clips.map((_, i) => kept.has(i)),
  };
  await writeFile(at(FILES.manifest), await manifestBytes(clips, content.removed, columns));
  await writeFile(at(FILES.path), target);
  const written = (await readdir(draft)).sort();
  const files = Object.fromEntries(
    await Promise.all(written.map(async (name) => [name, await fileHash(at(name))] as const)),
  );
  await writeFileAtomic(at(FILES.metadata), metadataText({ ...content.metadata, files }));
}

/** The text of metadata.json: indented, with each list of numbers on a line of its own. No string of JSON holds a line break, so none is touched. */
function metadataText(metadata: Metadata): string {
  const text = JSON.stringify(metadata, null, 2);
  return `${text.replace(/\[\n\s+([-+\d.e,\s]+?)\n\s*\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`)}\n`;
}
