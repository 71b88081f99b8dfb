import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, DataError, quoted, refusal, type Split } from '@refrain/core';
import type { SourceFile } from '../annotations.ts';
import { inForm, readContent } from '../manifest/content.ts';
import { readTable } from '../manifest/readTable.ts';
import { type Table, withoutRows } from '../manifest/table.ts';

/** A clip as the annotation files know it: its path is relative to where the audio is. */
export interface SplitClip {
  readonly id: string;
  readonly path: string;
  readonly split: Split;
  /** Indices into the classes, ascending. */
  readonly labels: readonly number[];
}

/** What the annotation files of a split of the literature say. */
export interface SplitClips {
  readonly classes: readonly string[];
  readonly clips: readonly SplitClip[];
  /** The files that were read. */
  readonly files: readonly SourceFile[];
  /** Splits whose labels are nowhere; none by default. */
  readonly unlabelledSplits?: readonly Split[];
}

const TRAIN_FOLDERS = '0123456789ab';
const TEST_FOLDERS = 'def';

/**
 * The split of a clip by the hexadecimal digit that its folder is called: 0–b train, c valid, d–f test (Pons et al. 2017, partition_gt.py of
 * jordipons/musicnn-training). Undefined for a path in no such folder.
 */
export function splitOfFolder(path: string): Split | undefined {
  const digit = /^([0-9a-f])\//.exec(path)?.[1];
  if (digit === undefined) return undefined;
  if (TRAIN_FOLDERS.includes(digit)) return 'train';
  return TEST_FOLDERS.includes(digit) ? 'test' : 'valid';
}

/** The file of all tags, which is distributed with the audio. */
export const TAG_FILE = 'annotations_final.csv';

/** What `annotations_final.csv` says of all clips, whatever their split. */
export interface TagAnnotations {
  /** All tags, 188 in the file that is distributed, in the order of its columns. */
  readonly tags: readonly string[];
  /** By clip id, in file order. */
  readonly rows: ReadonlyMap<string, TagRow>;
}

interface TagRow {
  readonly path: string;
  /** Indices into `tags`, ascending. */
  readonly tags: readonly number[];
}

/**
 * Reads `annotations_final.csv` of MagnaTagATune (Law et al. 2009): tab separated, the header `clip_id`, one column per tag with 0 or 1,
 * `mp3_path`. Undefined where there is none; a DataError names file and line of what is wrong in it.
 */
export async function readTagAnnotations(root: string): Promise<TagAnnotations | undefined> {
  const path = join(root, TAG_FILE);
  if (!existsSync(path)) return undefined;
  const { table, ids, paths } = await readTagTable(path, () => true);
  const tags = table.columns.filter((name) => name !== 'clip_id' && name !== 'mp3_path');
  const tagsOf = flagColumns(table, tags, path);
  const rows = new Map<string, TagRow>();
  for (let row = 0; row < table.rowCount; row++) {
    const [id, clip] = [ids[row]!, paths[row]!];
    if (id === '' || clip === '') throw new DataError(path, `${path}, ${table.where(row)}: no clip_id or no mp3_path.`);
    if (rows.has(id)) throw new DataError(path, `${path}, ${table.where(row)}: clip ${quoted(id)} stands there twice.`);
    rows.set(id, { path: clip, tags: tagsOf[row]! });
  }
  return { tags, rows };
}

async function readTagTable(path: string, wanted: (column: string) => boolean) {
  const content = await readContent(path);
  const table = await readTable(content, path, wanted);
  const [ids, paths] = ['clip_id', 'mp3_path'].map((name) => table.values.get(name) as readonly string[] | undefined);
  if (ids !== undefined && paths !== undefined && table.spans?.between === 'lines') {
    return { content, table, ids, paths, spans: table.spans };
  }
  throw refusal(path, 'expected a table with the header clip_id, the tags, mp3_path.');
}

function flagColumns(table: Table, tags: readonly string[], path: string): number[][] {
  const rows: number[][] = Array.from({ length: table.rowCount }, () => []);
  for (const [tag, name] of tags.entries()) {
    const column = table.values.get(name)!;
    for (let row = 0; row < rows.length; row++) {
      if (column[row] === '1') rows[row]!.push(tag);
      else if (column[row] !== '0') {
        const found = quoted(String(column[row]));
        throw new DataError(path, `${path}, ${table.where(row)}: expected 0 or 1 for ${quoted(name)}, found ${found}.`);
      }
    }
  }
  return rows;
}

/** The labels of a row as indices into `classes`, which are names of tags. Throws a DataError for a class that is no tag. */
export function labelsByName(
  annotations: TagAnnotations,
  classes: readonly string[],
  root: string,
): (row: TagRow) => number[] {
  const classOfTag = new Map(classes.map((name, label) => [annotations.tags.indexOf(name), label]));
  const unknown = classes.find((name) => !annotations.tags.includes(name));
  if (unknown !== undefined) {
    const path = join(root, TAG_FILE);
    throw refusal(path, `none of its ${annotations.tags.length} tags is called ${quoted(unknown)}.`);
  }
  return ({ tags }: TagRow): number[] =>
    tags.flatMap((tag) => classOfTag.get(tag) ?? []).sort((one, other) => one - other);
}

/** All clips with all tags, split by folder. A ConfigError says where to get `annotations_final.csv` when it is missing. */
export async function readAllTags(root: string): Promise<SplitClips> {
  const annotations = await readTagAnnotations(root);
  if (annotations === undefined)
    throw new ConfigError(
      'dataset.tags',
      `dataset.tags: all needs ${TAG_FILE}, which is not in ${root}. It is distributed with the audio of MagnaTagATune.`,
    );
  const clips = [...annotations.rows].map(([id, { path, tags }]): SplitClip => {
    const split = splitOfFolder(path);
    if (split !== undefined) return { id, path, split, labels: tags };
    throw new DataError(
      root,
      `${join(root, TAG_FILE)}: clip ${quoted(id)} has the path ${quoted(path)}, expected 0/… to f/….`,
    );
  });
  return { classes: annotations.tags, clips, files: [keptTagRows()] };
}

/** `annotations_final.csv`, from which the train clips come. */
export function keptTagRows(): SourceFile {
  const filter = async (path: string, kept: ReadonlySet<string>) => {
    const { content, ids, paths, spans } = await readTagTable(
      path,
      (name) => name === 'clip_id' || name === 'mp3_path',
    );
    const isDropped = (row: number) => splitOfFolder(paths[row]!) === 'train' && !kept.has(ids[row]!);
    return inForm(withoutRows(content.bytes, spans, isDropped), content);
  };
  return { name: TAG_FILE, filter };
}
