import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConfigError,
  DataError,
  type Host,
  npyStringBytes,
  quoted,
  readNpy,
  readNpyStrings,
  refusal,
  type Split,
} from '@refrain/core';
import type { SourceFile } from '../annotations.ts';
import { refuseRepeated, SPLITS } from '../loading.ts';
import { labelsByName, readTagAnnotations, type SplitClip, type SplitClips, TAG_FILE } from './tagAnnotations.ts';

/** The file by which this split is known. */
export const NAMES_FILE = 'tags.npy';
const LABEL_FILE = 'binary.npy';
const SPLIT_FILES: Readonly<Record<Split, string>> = { train: 'train.npy', valid: 'valid.npy', test: 'test.npy' };
const SOURCE = 'It comes from minzwon/sota-music-tagging-models, folder split/mtat';

/**
 * The split "MTAT" of minzwon/sota-music-tagging-models (M. Won et al. 2020): clips of at least 29.1 s with one of the 50 tags or more
 * (J. Lee et al. 2017). The id of a clip is its row in `binary.npy`. Labels come from `binary.npy`, or by name from `annotations_final.csv`;
 * a split or labels that are missing are told. Throws a ConfigError when no split is there, or no names of tags; a DataError that names the
 * file that is malformed.
 */
export async function readCleanSplit(root: string, host: Pick<Host, 'notice'>): Promise<SplitClips> {
  const present = SPLITS.filter((split) => existsSync(join(root, SPLIT_FILES[split])));
  if (present.length === 0 || !existsSync(join(root, NAMES_FILE))) {
    const names = [NAMES_FILE, ...Object.values(SPLIT_FILES), LABEL_FILE].join(', ');
    throw new ConfigError(
      'dataset.splitName',
      `dataset.splitName: clean needs ${names} in ${root}; there is ${present.length === 0 ? 'no list of clips' : `no ${NAMES_FILE}`}. ${SOURCE}.`,
    );
  }
  for (const split of SPLITS) {
    if (present.includes(split)) continue;
    host.notice(`magnatagatune: ${root} has no ${SPLIT_FILES[split]}, so there are no ${split} clips. ${SOURCE}.`);
  }
  const { values: classes } = await readNpyStrings(join(root, NAMES_FILE));
  const clips = (await Promise.all(present.map((split) => readList(root, split)))).flat();
  refuseRepeated(clips, ({ id, split }) => {
    const source = join(root, SPLIT_FILES[split]);
    return refusal(source, `row ${id} stands in it, or in another split, already.`);
  });
  const { labelsOf, file } = await findLabels(root, classes, host);
  return {
    classes,
    clips: clips.map((clip) => ({ ...clip, labels: labelsOf(clip) })),
    files: [...present.map(sourceFile), { name: NAMES_FILE }, ...(file === undefined ? [] : [{ name: file }])],
    unlabelledSplits: file === undefined ? present : [],
  };
}

type Unlabelled = Omit<SplitClip, 'labels'>;

async function readList(root: string, split: Split): Promise<Unlabelled[]> {
  const source = join(root, SPLIT_FILES[split]);
  const { values } = await readNpyStrings(source);
  return values.map((value, i) => {
    const [, id, path] = /^(\d+)\t([^\t]+)$/.exec(value) ?? [];
    if (id !== undefined && path !== undefined) return { id, path, split };
    throw new DataError(source, `${source}, entry ${i}: expected "row <tab> path", found ${quoted(value)}.`);
  });
}

interface Labels {
  readonly labelsOf: (clip: Unlabelled) => readonly number[];
  /** Where they come from. */
  readonly file?: string;
}

async function findLabels(root: string, classes: readonly string[], host: Pick<Host, 'notice'>): Promise<Labels> {
  if (existsSync(join(root, LABEL_FILE))) return readLabelRows(join(root, LABEL_FILE), classes);
  const annotations = await readTagAnnotations(root);
  if (annotations === undefined) {
    host.notice(
      `magnatagatune: ${root} has no ${LABEL_FILE}, nor a ${TAG_FILE} to take labels from: no clip has labels. Pruning needs none; a probe ` +
        `means nothing without. ${SOURCE}; ${TAG_FILE} is distributed with the audio of MagnaTagATune.`,
    );
    return { labelsOf: () => [] };
  }
  host.notice(`magnatagatune: ${root} has no ${LABEL_FILE}; labels come from ${TAG_FILE}.`);
  const labelsOf = labelsByName(annotations, classes, root);
  const rows = new Map([...annotations.rows.values()].map((row) => [row.path, row]));
  return {
    labelsOf: ({ path, split }) => {
      const row = rows.get(path);
      if (row !== undefined) return labelsOf(row);
      const source = join(root, SPLIT_FILES[split]);
      throw refusal(source, `${quoted(path)} is not in ${TAG_FILE}.`);
    },
    file: TAG_FILE,
  };
}

async function readLabelRows(path: string, classes: readonly string[]): Promise<Labels> {
  const { shape, data } = await readNpy(path);
  const [rows = 0, columns] = shape;
  if (shape.length !== 2 || columns !== classes.length)
    throw refusal(path, `expected rows of ${classes.length} labels, found the shape (${shape.join(', ')}).`);
  const labelsOf = ({ id }: Unlabelled) => {
    const row = Number(id);
    if (row >= rows) throw refusal(path, `has ${rows} rows, but a list names row ${id}.`);
    return classes.flatMap((_, label) => {
      const value = Number(data[row * columns + label]);
      if (value === 0) return [];
      if (value === 1) return [label];
      throw new DataError(path, `${path}, row ${id}: expected labels of 0 and 1, found ${value}.`);
    });
  };
  return { labelsOf, file: LABEL_FILE };
}

function sourceFile(split: Split): SourceFile {
  const name = SPLIT_FILES[split];
  if (split !== 'train') return { name };
  const filter = async (path: string, kept: ReadonlySet<string>) => {
    const { width, values } = await readNpyStrings(path);
    return npyStringBytes({ width, values: values.filter((value) => kept.has(value.split('\t', 1)[0]!)) });
  };
  return { name, filter };
}
