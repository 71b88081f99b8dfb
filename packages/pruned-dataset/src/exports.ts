import { constants } from 'node:fs';
import { copyFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Clip, ConfigError, counted, createFolder, DataError, type Dataset } from '@refrain/core';
import { makeFolder, refuseExisting } from './folder.ts';
import { hasLineBreak, writeJsonLines } from './lines.ts';
import { type PrunedDataset, readPrunedDataset } from './read.ts';
import type { ClipRecord } from './schemas.ts';

/** What the kept set can be written as. */
export const EXPORT_FORMS = ['list', 'native', 'links', 'copies'] as const;

/** A form of an export. */
export type ExportForm = (typeof EXPORT_FORMS)[number];

/** What an export goes by besides the pruned dataset. */
export interface ExportMeans {
  /** Opens the dataset, which all forms but the list need. */
  readonly dataset?: () => Promise<Dataset>;
  /** Ids of clips that share something with another split, and are left out; absent where that was not asked for. */
  readonly leaking?: ReadonlySet<string>;
  /** Told what could not be written. */
  readonly notice?: (message: string) => void;
}

/** What an export wrote, in the order of the dataset. */
export interface Exported {
  /** The folder, as an absolute path. */
  readonly folder: string;
  readonly kept: readonly ClipRecord[];
  readonly removed: readonly ClipRecord[];
  /** Clips that pruning kept, and that were left out for leaking; absent where that was not asked for. */
  readonly leaking?: readonly ClipRecord[];
}

/** What the forms are written from. */
type PrunedSet = Omit<Exported, 'folder'> & Required<Pick<ExportMeans, 'dataset' | 'notice'>>;

/** Fills an empty folder with a pruned set. */
type Writer = (folder: string, set: PrunedSet, target: string) => Promise<void>;

const WRITERS: Readonly<Record<ExportForm, Writer>> = {
  list: writeList,
  native: writeNative,
  links: (folder, set, target) => placeFiles(folder, set, target, linkClip),
  copies: (folder, set, target) => placeFiles(folder, set, target, copyClip),
};

/**
 * Writes the kept clips of a pruned dataset, or of the folder of one, to the new folder `output` in a form that training code reads. Throws what
 * `readPrunedDataset` throws, and a ConfigError where the clips cannot be had in that form.
 */
export async function writeExport(
  pruned: string | Pick<PrunedDataset, 'clips' | 'kept'>,
  form: ExportForm,
  output: string,
  { dataset = noDataset, leaking, notice = () => {} }: ExportMeans = {},
): Promise<Exported> {
  const { clips, kept } = typeof pruned === 'string' ? await readPrunedDataset(pruned) : pruned;
  const isKept = new Set(kept.map(({ id }) => id));
  const found = {
    kept: kept.filter(({ id }) => !leaking?.has(id)),
    removed: clips.filter(({ id }) => !isKept.has(id)),
    ...(leaking && { leaking: kept.filter(({ id }) => leaking.has(id)) }),
  };
  await refuseExisting(output);
  const set = { ...found, dataset, notice };
  return { ...found, folder: await makeFolder(output, (draft, target) => WRITERS[form](draft, set, target)) };
}

async function noDataset(): Promise<Dataset> {
  throw new ConfigError('dataset', 'Only the list can be written without the dataset: give `dataset`.');
}

/**
 * kept.jsonl, which the manifest dataset reads, and the ids alone, one per line, of what is kept, of what is removed and of
 * what leaks: but for those that fit on no line.
 */
async function writeList(folder: string, { kept, removed, leaking, notice }: PrunedSet): Promise<void> {
  const lines = kept.map(({ id, path, piece, labels, groups }) => ({
    id,
    ...(path === undefined ? {} : { path: resolve(path) }),
    ...(piece === undefined ? {} : { offset: piece.start, duration: piece.seconds }),
    split: 'train',
    labels,
    ...groups,
  }));
  await writeJsonLines(join(folder, 'kept.jsonl'), lines);
  await writeFile(join(folder, 'kept_ids.txt'), idLines(kept, 'kept_ids.txt', notice));
  await writeFile(join(folder, 'removed_ids.txt'), idLines(removed, 'removed_ids.txt', notice));
  if (leaking !== undefined)
    await writeFile(join(folder, 'leaking_ids.txt'), idLines(leaking, 'leaking_ids.txt', notice));
}

async function writeNative(folder: string, { kept, dataset }: PrunedSet): Promise<void> {
  const source = await dataset();
  if (source.filteredFiles === undefined) {
    throw new ConfigError(
      'form',
      `The dataset ${source.name} has no files of its own that list its clips: use \`form\` list, links or copies.`,
    );
  }
  for (const file of await source.filteredFiles(new Set(kept.map(({ id }) => id)))) {
    const path = inside(folder, file.name);
    await createFolder(dirname(path));
    await writeFile(path, file.content);
  }
}

/** Puts every kept clip's file under the path it has below the folder that holds them all. */
async function placeFiles(
  folder: string,
  set: PrunedSet,
  target: string,
  place: (from: string, to: string, clip: Clip, dataset: Dataset) => Promise<void>,
): Promise<void> {
  const dataset = await set.dataset();
  const byId = new Map(dataset.clips.map((clip) => [clip.id, clip]));
  const clips = set.kept.map(({ id }) => {
    const clip = byId.get(id);
    if (clip === undefined)
      throw new DataError(id, `The dataset has no clip "${id}" any more. Is it the same dataset?`);
    if (clip.piece === undefined) return clip;
    throw new ConfigError('form', `Clip "${id}" is a piece of the file ${clip.path}: use \`form\` list or native.`);
  });
  const root = commonFolder(clips.map(({ path }) => resolve(path)));
  if (!relative(root, target).startsWith('..') && !isAbsolute(relative(root, target))) {
    throw new ConfigError(
      'output',
      `\`output\` ${target} lies in the folder of the clips, ${root}, and would become a part of the dataset. Name a folder elsewhere.`,
    );
  }
  // Several clips may be of one file.
  for (const [from, clip] of new Map(clips.map((clip) => [resolve(clip.path), clip]))) {
    const to = inside(folder, relative(root, from));
    await createFolder(dirname(to));
    await place(from, to, clip, dataset);
  }
}

async function linkClip(from: string, to: string, { id }: Clip, { readBytes }: Dataset): Promise<void> {
  if (readBytes !== undefined)
    throw new ConfigError('form', `Clip "${id}" lies in an archive, so nothing can link to it: use \`form\` copies.`);
  await symlink(from, to).catch((error: NodeJS.ErrnoException) => {
    // Windows has them in its developer mode alone, some file systems not at all.
    if (error.code !== 'EPERM' && error.code !== 'ENOSYS') throw error;
    throw new ConfigError('form', `Links cannot be made here (${error.message}): use \`form\` copies.`, {
      cause: error,
    });
  });
}

async function copyClip(from: string, to: string, clip: Clip, dataset: Dataset): Promise<void> {
  // Where names differ by case alone, and the file system knows no case, nothing is written over.
  if (dataset.readBytes !== undefined) await writeFile(to, await dataset.readBytes(clip), { flag: 'wx' });
  else if ((await stat(from)).isFile()) await copyFile(from, to, constants.COPYFILE_EXCL);
  else throw new DataError(from, `${from} is no file, so it cannot be copied.`);
}

/** The deepest folder with all of the absolute `paths` in it. */
export function commonFolder(paths: readonly string[]): string {
  let common = dirname(paths[0] ?? resolve('x')).split(sep);
  for (const path of paths) {
    const parts = dirname(path).split(sep);
    const differs = common.findIndex((part, i) => part !== parts[i]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join(sep) || sep;
}

/** `name` in `folder`. Throws a DataError where it would be outside. */
function inside(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (path.startsWith(resolve(folder) + sep)) return path;
  throw new DataError(name, `"${name}" would be written outside the folder.`);
}

/** The ids of `clips`, one per line, for `file`; `notice` is told of those that fit on no line and are left out. */
export function idLines(
  clips: readonly Pick<ClipRecord, 'id'>[],
  file: string,
  notice: (message: string) => void,
): string {
  const broken = clips.filter(({ id }) => hasLineBreak(id));
  if (broken.length > 0)
    notice(
      `${file} leaves out ${counted(broken.length)} whose id has a line break in it, such as ${JSON.stringify(broken[0]!.id)}.`,
    );
  return clips.flatMap(({ id }) => (hasLineBreak(id) ? [] : [`${id}\n`])).join('');
}
