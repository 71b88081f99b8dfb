import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readPickledDictionary } from '@refrain/checkpoints';
import {
  booleanOption,
  type Clip,
  DataError,
  type Dataset,
  type Decoder,
  defineComponent,
  type Host,
  messageOf,
  quietHost,
  quoted,
  readTextFile,
  refusal,
  type Split,
  z,
} from '@refrain/core';
import {
  type Annotation,
  filteredFiles,
  onlyKeptLines,
  parseAnnotations,
  parseClassNames,
  parsePairs,
  readTextIfThere,
  type SourceFile,
} from '../annotations.ts';
import {
  BUILT_IN,
  fileAudio,
  findAudioFolder,
  firstOf,
  folderOption,
  type Means,
  refuseRepeated,
  requireFolder,
  wrongFolder,
} from '../loading.ts';

const SPLITS: readonly (readonly [Split, string])[] = [
  ['train', 'train_gt_msd.tsv'],
  ['valid', 'val_gt_msd.tsv'],
  ['test', 'test_gt_msd.tsv'],
];
const INDEX_FILE = 'index_msd.tsv';
const NAMES_FILE = 'output_labels_msd.txt';
const SOURCE = 'It comes from jordipons/musicnn-training, folder data/index/msd';
const AUDIO_FOLDERS = ['preprocessed', 'audio'];

/** The 50 most frequent tags of the Million Song Dataset (Last.fm) in the order of the annotation files, by frequency. */
export const MSD_TAGS: readonly string[] = `
  rock, pop, alternative, indie, electronic, female vocalists, dance, 00s, alternative rock, jazz, beautiful, metal,
  chillout, male vocalists, classic rock, soul, indie rock, Mellow, electronica, 80s, folk, 90s, chill, instrumental,
  punk, oldies, blues, hard rock, ambient, acoustic, experimental, female vocalist, guitar, Hip-Hop, 70s, party,
  country, easy listening, sexy, catchy, funk, electro, heavy metal, Progressive rock, 60s, rnb, indie pop, sad,
  House, happy`
  .trim()
  .split(/,\s+/);

interface Row extends Annotation {
  readonly split: Split;
}

/**
 * The Million Song Dataset (T. Bertin-Mahieux et al., ISMIR 2011) with the 50 most frequent tags of Last.fm and the split of J. Lee and K. Choi
 * (201,680 / 11,774 / 28,435 clips), as previews of 7digital. `folder`, or `million_song_dataset` in it, holds the annotations (in
 * `processed_annotations/` or by themselves) and the audio, `preprocessed/1/2/1234567.clip.mp3` or the same in `audio/`. A list of a split that
 * is missing is told; clips without a 7digital id are an error, unless `skipUnmapped` leaves them out. Throws a ConfigError that says where to
 * get what is needed, a DataError that names file and line of what is malformed.
 */
export async function openMillionSong(
  folder: string,
  { skipUnmapped = false }: { readonly skipUnmapped?: boolean } = {},
  { decoder = BUILT_IN, host = quietHost() }: Means = {},
): Promise<Dataset> {
  requireFolder(folder);
  const root = within(folder, 'million_song_dataset');
  const annotations = within(root, 'processed_annotations');
  const { classes, rows, files } = await readRows(annotations, host);
  const tracks = await readTrackIds(annotations);
  const mapped = withAudio(rows, tracks, join(annotations, tracks.file), skipUnmapped, host);
  const paths = mapped.map(({ id }) => previewPath(tracks.ids.get(id)!));
  const { folder: audio, probes } = findAudioFolder(root, AUDIO_FOLDERS, paths);
  const missingAudio =
    `${root} has the annotations but no audio: looked for ${probes[0] ?? 'clips'} and so on in ${AUDIO_FOLDERS.join('/ and ')}/. ` +
    'The 7digital previews are not distributed; ask those who have them.';
  const clips = mapped.map(({ id, split, labels }, i): Clip => {
    return { id, path: join(audio ?? join(root, AUDIO_FOLDERS[0]!), paths[i]!), split, labels };
  });
  const prefix = relative(root, annotations);
  const sources = [...files, { name: tracks.file }].map((file) => ({ ...file, name: join(prefix, file.name) }));
  return {
    name: 'msd',
    task: 'multi-label',
    classes,
    clips,
    ...fileAudio(decoder),
    ...(audio === undefined && { missingAudio }),
    filteredFiles: (kept) => filteredFiles(root, sources, kept),
  };
}

/** The folder `name` in a folder, where it has one, else itself. */
function within(folder: string, name: string): string {
  return existsSync(join(folder, name)) ? join(folder, name) : folder;
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
  if (missing.length === SPLITS.length) throw wrongFolder(`${folder} has none of ${missing.join(', ')}. ${SOURCE}.`);
  for (const name of missing) host.notice(`msd: ${folder} has no ${name}, so its clips are left out. ${SOURCE}.`);
  refuseRepeated(rows, ({ id, split }, { split: other }) => {
    return refusal(folder, `clip ${quoted(id)} is both in ${other} and in ${split}.`);
  });
  if (await refuseUnindexed(rows, join(folder, INDEX_FILE))) files.push({ name: INDEX_FILE });
  return { classes, rows, files };
}

/** Makes sure that the index knows every clip, where there is one: its paths are those of its authors and are not needed. */
async function refuseUnindexed(rows: readonly Row[], source: string): Promise<boolean> {
  const text = await readTextIfThere(source);
  if (text === undefined) return false;
  const index = parsePairs(text, source);
  const unknown = rows.filter(({ id }) => !index.has(id));
  if (unknown.length > 0) throw refusal(source, `lacks ${listed(unknown)}.`);
  return true;
}

/** The 7digital ids of tracks of the Million Song Dataset. */
interface TrackIds {
  /** By MSD id. */
  readonly ids: ReadonlyMap<string, string>;
  /** The name of the file they come from. */
  readonly file: string;
}

const NAME = 'MSD_id_to_7D_id';
const READERS: readonly (readonly [extension: string, read: (path: string) => Promise<Map<string, string>>])[] = [
  ['.tsv', async (path) => parsePairs(await readTextFile(path), path, '7digital id')],
  ['.json', readJson],
  ['.pkl', readPickledDictionary],
];

/**
 * Reads `MSD_id_to_7D_id.tsv` (`MSD id <tab> 7digital id`), `.json` (one object) or `.pkl` (a pickled dict, which is parsed, never run), the
 * first of them that is in the folder. Throws a ConfigError that says where to get it, a DataError for what is malformed.
 */
async function readTrackIds(folder: string): Promise<TrackIds> {
  for (const [extension, read] of READERS) {
    const file = `${NAME}${extension}`;
    const path = join(folder, file);
    if (existsSync(path)) return { ids: checked(await read(path), path), file };
  }
  throw wrongFolder(
    `${folder} has no ${NAME}.pkl, nor a .json or .tsv of that name: it tells where the audio of a track is. ` +
      'The .pkl comes from jongpillee/music_dataset_split, folder MSD_split.',
  );
}

/** Where the preview of a 7digital id is, below the folder of the audio: `1/2/1234567.clip.mp3`. */
function previewPath(id: string): string {
  return `${id[0]}/${id[1]}/${id}.clip.mp3`;
}

async function readJson(path: string): Promise<Map<string, string>> {
  try {
    const object: unknown = JSON.parse(await readTextFile(path));
    if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new Error('it is no object');
    return new Map(Object.entries(object).map(([key, value]) => [key, String(value)]));
  } catch (cause) {
    throw refusal(path, `expected {"MSD id": "7digital id", …}: ${messageOf(cause)}.`, cause);
  }
}

// The id becomes a path, so it must be nothing but digits.
function checked(ids: Map<string, string>, path: string): Map<string, string> {
  for (const [track, id] of ids) {
    if (/^\d{2,}$/.test(id)) continue;
    throw refusal(path, `expected digits as the 7digital id of ${quoted(track)}, found ${quoted(id)}.`);
  }
  return ids;
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
  if (!skipUnmapped) throw new DataError(source, `${problem}. With dataset.skipUnmapped they are left out.`);
  host.notice(`msd: ${problem}; they are left out.`);
  return rows.filter(({ id }) => ids.has(id));
}

function listed(rows: readonly Row[]): string {
  return `${rows.length} clips: ${firstOf(rows.map(({ id }) => id))}`;
}

/** The component `msd`. */
export const millionSong = defineComponent({
  name: 'msd',
  description: 'Million Song Dataset with the 50 most frequent Last.fm tags, previews of 7digital (CLMR)',
  options: z.object({
    dir: folderOption('folder with processed_annotations/ and preprocessed/ or audio/'),
    skipUnmapped: booleanOption().default(false).describe('leave out clips without a 7digital id'),
  }),
  inject: ['decoder', 'host'],
  reader: (_, decoder) => fileAudio(decoder),
  create: ({ dir, ...settings }, decoder: Decoder, host: Host) => openMillionSong(dir, settings, { decoder, host }),
});
