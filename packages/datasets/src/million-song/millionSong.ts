import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  booleanOption,
  type Clip,
  ConfigError,
  DataError,
  type Dataset,
  type Decoder,
  defineComponent,
  type Host,
  quietHost,
  Service,
  type Split,
  z,
} from '@refrain/core';
import { BUILT_IN, type FileDecoder, fileAudio } from '../fileAudio.ts';
import {
  type Annotation,
  parseAnnotations,
  parseClassNames,
  parsePairs,
  readTextIfThere,
  shown,
} from '../musicnn/annotations.ts';
import { filteredFiles, onlyKeptLines, type SourceFile } from '../musicnn/sourceFiles.ts';
import { MSD_TAGS } from './tags.ts';
import { previewPath, readTrackIds, type TrackIds } from './trackIds.ts';

/** How the Million Song Dataset is to be read. */
export interface MillionSongSettings {
  /** Whether clips without a 7digital id are left out; default: they are an error. */
  readonly skipUnmapped?: boolean;
}

/** What the Million Song Dataset needs from outside; by default the built-in decoder, and nobody who is told. */
export interface MillionSongMeans {
  readonly decoder?: FileDecoder;
  /** Is told what is missing. */
  readonly host?: Pick<Host, 'notice'>;
}

const SPLITS: readonly (readonly [Split, string])[] = [
  ['train', 'train_gt_msd.tsv'],
  ['valid', 'val_gt_msd.tsv'],
  ['test', 'test_gt_msd.tsv'],
];
const INDEX_FILE = 'index_msd.tsv';
const NAMES_FILE = 'output_labels_msd.txt';
const ANNOTATIONS_FOLDER = 'processed_annotations';
const SOURCE = 'It comes from jordipons/musicnn-training, folder data/index/msd';
const AUDIO_FOLDERS = ['preprocessed', 'audio'];
const PROBES = 200;

interface Row extends Annotation {
  readonly split: Split;
}

/**
 * The Million Song Dataset (T. Bertin-Mahieux et al., ISMIR 2011) with the 50 most frequent tags of Last.fm and the split of J. Lee and K. Choi
 * (201,680 / 11,774 / 28,435 clips), as previews of 7digital. `folder`, or `million_song_dataset` in it, holds the annotations (in
 * `processed_annotations/` or by themselves) and the audio, `preprocessed/1/2/1234567.clip.mp3` or the same in `audio/`. A list of a split that
 * is missing is told. Throws a ConfigError that says where to get what is needed, a DataError that names file and line of what is malformed.
 */
export async function openMillionSong(
  folder: string,
  { skipUnmapped = false }: MillionSongSettings = {},
  { decoder = BUILT_IN, host = quietHost() }: MillionSongMeans = {},
): Promise<Dataset> {
  if (!existsSync(folder)) throw new ConfigError('dataset.dir', `--dataset-dir: there is no folder ${folder}.`);
  const root = firstThere([join(folder, 'million_song_dataset')]) ?? folder;
  const annotations = firstThere([join(root, ANNOTATIONS_FOLDER)]) ?? root;
  const { classes, rows, files } = await readRows(annotations, host);
  const tracks = await readTrackIds(annotations);
  const mapped = withAudio(rows, tracks, join(annotations, tracks.file), skipUnmapped, host);
  const paths = mapped.map(({ id }) => previewPath(tracks.ids.get(id)!));
  const { folder: audioFolder, ...missing } = findAudio(root, paths);
  const clips = mapped.map(({ id, split, labels }, i): Clip => {
    return { id, path: join(audioFolder, paths[i]!), split, labels };
  });
  const prefix = relative(root, annotations);
  const sources = [...files, { name: tracks.file }].map((file) => ({ ...file, name: join(prefix, file.name) }));
  return {
    name: 'msd',
    task: 'multi-label',
    classes,
    clips,
    ...fileAudio(decoder),
    ...missing,
    filteredFiles: (kept) => filteredFiles(root, sources, kept),
  };
}

function firstThere(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}

async function readRows(folder: string, host: Pick<Host, 'notice'>) {
  const names = await readTextIfThere(join(folder, NAMES_FILE));
  const classes = names === undefined ? MSD_TAGS : parseClassNames(names, join(folder, NAMES_FILE));
  const files: SourceFile[] = names === undefined ? [] : [{ name: NAMES_FILE }];
  const rows: Row[] = [];
  const missing: string[] = [];
  for (const [split, name] of SPLITS) {
    const text = await readTextIfThere(join(folder, name));
    if (text === undefined) {
      missing.push(name);
      continue;
    }
    for (const row of parseAnnotations(text, join(folder, name), classes.length)) rows.push({ ...row, split });
    files.push(split === 'train' ? { name, filter: onlyKeptLines } : { name });
  }
  if (missing.length === SPLITS.length) {
    throw new ConfigError('dataset.dir', `${folder} has none of ${missing.join(', ')}. ${SOURCE}.`);
  }
  for (const name of missing) host.notice(`msd: ${folder} has no ${name}, so its clips are left out. ${SOURCE}.`);
  refuseRepeated(rows, folder);
  if (await refuseUnindexed(rows, join(folder, INDEX_FILE))) files.push({ name: INDEX_FILE });
  return { classes, rows, files };
}

function refuseRepeated(rows: readonly Row[], folder: string): void {
  const seen = new Map<string, Split>();
  for (const { id, split } of rows) {
    const other = seen.get(id);
    if (other !== undefined)
      throw new DataError(folder, `${folder}: clip ${shown(id)} is both in ${other} and in ${split}.`);
    seen.set(id, split);
  }
}

/** Makes sure that the index knows every clip, where there is one: its paths are those of its authors and are not needed. */
async function refuseUnindexed(rows: readonly Row[], source: string): Promise<boolean> {
  const text = await readTextIfThere(source);
  if (text === undefined) return false;
  const index = parsePairs(text, source);
  const unknown = rows.filter(({ id }) => !index.has(id));
  if (unknown.length > 0) throw new DataError(source, `${source}: lacks ${listed(unknown)}.`);
  return true;
}

function withAudio(
  rows: readonly Row[],
  { ids }: TrackIds,
  source: string,
  skipUnmapped: boolean,
  host: Pick<Host, 'notice'>,
): readonly Row[] {
  const unmapped = rows.filter(({ id }) => !ids.has(id));
  if (unmapped.length === 0) return rows;
  const problem = `${source} has no 7digital id for ${listed(unmapped)}`;
  if (!skipUnmapped) throw new DataError(source, `${problem}. With --dataset.skipUnmapped they are left out.`);
  host.notice(`msd: ${problem}; they are left out.`);
  return rows.filter(({ id }) => ids.has(id));
}

function listed(rows: readonly Row[]): string {
  const first = rows.slice(0, 5).map(({ id }) => id);
  return `${rows.length} clips: ${first.join(', ')}${rows.length > first.length ? ' …' : ''}`;
}

// Single missing files are reported clip by clip later.
function findAudio(
  root: string,
  paths: readonly string[],
): { readonly folder: string; readonly missingAudio?: string } {
  const step = Math.ceil(paths.length / PROBES);
  const probes = paths.filter((_, i) => i % step === 0);
  const folders = AUDIO_FOLDERS.map((name) => join(root, name));
  const found = folders.find((folder) => probes.some((path) => existsSync(join(folder, path))));
  if (found !== undefined) return { folder: found };
  const missingAudio =
    `${root} has the annotations but no audio: looked for ${probes[0] ?? 'clips'} and so on in ${AUDIO_FOLDERS.join('/ and ')}/. ` +
    'The 7digital previews are not distributed; ask those who have them.';
  return { folder: folders[0]!, missingAudio };
}

/** The component `msd`. */
export const millionSong = defineComponent({
  name: 'msd',
  description: 'Million Song Dataset with the 50 most frequent Last.fm tags, previews of 7digital (CLMR)',
  options: z.object({
    dir: z
      .string({ error: 'give the folder of the dataset with --dataset-dir' })
      .describe('folder with processed_annotations/ and preprocessed/ or audio/'),
    skipUnmapped: booleanOption().default(false).describe('leave out clips without a 7digital id'),
  }),
  inject: [Service.decoder, Service.host],
  create: ({ dir, ...settings }, decoder: Decoder, host: Host) => openMillionSong(dir, settings, { decoder, host }),
});
