import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Host, quoted, refusal, type Split } from '@refrain/core';
import {
  type Annotation,
  keptLines,
  onlyKeptLines,
  parseAnnotations,
  parseClassNames,
  parsePairs,
  readTextIfThere,
  type SourceFile,
} from '../annotations.ts';
import { refuseRepeated, SPLITS, wrongFolder } from '../loading.ts';
import {
  keptTagRows,
  labelsByName,
  readTagAnnotations,
  type SplitClip,
  type SplitClips,
  splitOfFolder,
  TAG_FILE,
  type TagAnnotations,
} from './tagAnnotations.ts';

/** The file by which this split is known. */
export const INDEX_FILE = 'index_mtt.tsv';
const NAMES_FILE = 'output_labels_mtt.txt';
const SPLIT_FILES: Readonly<Record<Split, string>> = {
  train: 'train_gt_mtt.tsv',
  valid: 'val_gt_mtt.tsv',
  test: 'test_gt_mtt.tsv',
};

/** The 50 most frequent tags of MagnaTagATune in the order of the pons2017 annotation files, by frequency. */
export const TOP_50_TAGS: readonly string[] = `
  guitar, classical, slow, techno, strings, drums, electronic, rock, fast, piano, ambient, beat, violin, vocal, synth,
  female, indian, opera, male, singing, vocals, no vocals, harpsichord, loud, quiet, flute, woman, male vocal, no vocal,
  pop, soft, sitar, solo, man, classic, choir, voice, new age, dance, male voice, female vocal, beats, harp, cello,
  no voice, weird, country, metal, female voice, choral`
  .trim()
  .split(/,\s+/);

const SOURCES =
  'index_mtt.tsv and {train,val,test}_gt_mtt.tsv come from jordipons/musicnn-training, folder data/index/mtt; annotations_final.csv, which stands in for any of them, is distributed with the audio of MagnaTagATune';

/** What there is of the files of the split. */
interface PonsFiles {
  readonly root: string;
  readonly classes: readonly string[];
  /** Paths by clip id. */
  readonly paths: ReadonlyMap<string, string>;
  readonly splits: ReadonlyMap<Split, readonly Annotation[]>;
  readonly annotations: TagAnnotations | undefined;
  readonly hasIndex: boolean;
  readonly hasNames: boolean;
}

/**
 * The split of Pons et al. 2017 with the 50 most frequent tags. A split whose `*_gt_mtt.tsv` is missing is made by the rule the others were
 * made by, with labels from `annotations_final.csv`, or without any where that is missing too; both are told. Throws a ConfigError for files
 * that are missing and can't be made up for, a DataError that names file and line of what is malformed.
 */
export async function readPonsSplit(root: string, host: Pick<Host, 'notice'>): Promise<SplitClips> {
  const files = await readFiles(root);
  const missing = SPLITS.filter((split) => !files.splits.has(split));
  if (missing.length > 0) refuseUnderivable(files, missing);
  const labelsOf = files.annotations && labelsByName(files.annotations, files.classes, root);
  const clips = SPLITS.flatMap((split): readonly SplitClip[] => {
    const rows = files.splits.get(split);
    return rows === undefined
      ? derivedClips(files, split, labelsOf)
      : rows.map((row) => ({ ...row, split, path: pathOf(row.id, split, files) }));
  });
  if (missing.length > 0) host.notice(derivedNotice(files, missing, clips));
  refuseRepeated(clips, ({ id, split }, { split: other }) => {
    return refusal(root, `clip ${quoted(id)} is both in ${other} and in ${split}.`);
  });
  return {
    classes: files.classes,
    clips,
    files: sourceFiles(files, clips),
    unlabelledSplits: labelsOf === undefined ? missing : [],
  };
}

async function readFiles(root: string): Promise<PonsFiles> {
  const text = (name: string) => readTextIfThere(join(root, name));
  const names = await text(NAMES_FILE);
  const classes = names === undefined ? TOP_50_TAGS : parseClassNames(names, join(root, NAMES_FILE));
  const splits = new Map<Split, readonly Annotation[]>();
  for (const split of SPLITS) {
    const source = join(root, SPLIT_FILES[split]);
    const content = await readTextIfThere(source);
    if (content !== undefined) splits.set(split, parseAnnotations(content, source, classes.length));
  }
  const index = await text(INDEX_FILE);
  const annotations = index === undefined || splits.size < SPLITS.length ? await readTagAnnotations(root) : undefined;
  const paths =
    index === undefined
      ? annotations && new Map([...annotations.rows].map(([id, { path }]) => [id, path]))
      : parsePairs(index, join(root, INDEX_FILE));
  if (paths === undefined) throw wrongFolder(`${root} has neither ${INDEX_FILE} nor ${TAG_FILE}. ${SOURCES}.`);
  return { root, classes, paths, splits, annotations, hasIndex: index !== undefined, hasNames: names !== undefined };
}

function pathOf(id: string, split: Split, { root, paths, hasIndex }: PonsFiles): string {
  const path = paths.get(id);
  if (path !== undefined) return path;
  const source = join(root, SPLIT_FILES[split]);
  throw refusal(source, `clip ${quoted(id)} is not in ${hasIndex ? INDEX_FILE : TAG_FILE}.`);
}

// The rule is that of MagnaTagATune itself: another dataset in the same files would be split wrongly by it.
function refuseUnderivable(files: PonsFiles, missing: readonly Split[]): void {
  const { root, splits, paths, annotations } = files;
  const names = missing.map((split) => SPLIT_FILES[split]).join(', ');
  if (splits.size === 0 && annotations === undefined)
    throw wrongFolder(`${root} has neither ${names} nor ${TAG_FILE}. ${SOURCES}.`);
  const isByFolder =
    [...paths.values()].every((path) => splitOfFolder(path) !== undefined) &&
    [...splits].every(([split, rows]) => rows.every(({ id }) => splitOfFolder(pathOf(id, split, files)) === split));
  if (isByFolder) return;
  throw wrongFolder(
    `${root} has no ${names}, and its clips are not split by folder as those of MagnaTagATune, so it can't be made up for. ${SOURCES}.`,
  );
}

function derivedClips(
  { root, paths, annotations }: PonsFiles,
  split: Split,
  labelsOf: ReturnType<typeof labelsByName> | undefined,
): SplitClip[] {
  return [...paths]
    .filter(([, path]) => splitOfFolder(path) === split)
    .map(([id, path]) => {
      const row = annotations?.rows.get(id);
      if (labelsOf === undefined) return { id, path, split, labels: [] };
      if (row !== undefined) return { id, path, split, labels: labelsOf(row) };
      throw refusal(join(root, TAG_FILE), `clip ${quoted(id)} of ${INDEX_FILE} is missing.`);
    });
}

function derivedNotice(
  { root, annotations }: PonsFiles,
  missing: readonly Split[],
  clips: readonly SplitClip[],
): string {
  const names = missing.map((split) => SPLIT_FILES[split]).join(', ');
  const counts = missing.map((split) => `${clips.filter((clip) => clip.split === split).length} ${split}`).join(', ');
  const made = `magnatagatune: ${root} has no ${names}; the clips (${counts}) were found by the rule of the split, the first digit of their folders`;
  if (annotations !== undefined) return `${made}, and their labels in ${TAG_FILE}.`;
  return (
    `${made}, but their labels are not known, nor is there a ${TAG_FILE} to take them from. Pruning needs no labels; a probe that learns ` +
    `from these clips, or is measured on them, means nothing. ${SOURCES}.`
  );
}

function sourceFiles(
  { splits, annotations, hasIndex, hasNames }: PonsFiles,
  clips: readonly SplitClip[],
): SourceFile[] {
  const hasTrain = splits.has('train');
  const trainIds = new Set(clips.flatMap(({ id, split }) => (split === 'train' ? [id] : [])));
  const isKept = (id: string, kept: ReadonlySet<string>) => !trainIds.has(id) || kept.has(id);
  const index: SourceFile = {
    name: INDEX_FILE,
    ...(hasTrain ? {} : { filter: async (path, kept) => keptLines(await readFile(path), (id) => isKept(id, kept)) }),
  };
  return [
    ...(hasIndex ? [index] : []),
    ...[...splits.keys()].map((split) => ({
      name: SPLIT_FILES[split],
      ...(split === 'train' ? { filter: onlyKeptLines } : {}),
    })),
    ...(hasNames ? [{ name: NAMES_FILE }] : []),
    ...(annotations === undefined ? [] : [hasIndex || hasTrain ? { name: TAG_FILE } : keptTagRows()]),
  ];
}
