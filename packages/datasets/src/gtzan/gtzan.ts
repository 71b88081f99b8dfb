import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Clip,
  DataError,
  type Dataset,
  type DatasetFile,
  type Decoder,
  defineComponent,
  type Host,
  quietHost,
  quoted,
  refusal,
  type Split,
  z,
} from '@refrain/core';
import { keptLines, lineError, linesOf, readTextIfThere } from '../annotations.ts';
import {
  BUILT_IN,
  fileAudio,
  firstOf,
  folderOption,
  type Means,
  refuseRepeated,
  requireFolder,
  SPLITS,
  wrongFolder,
} from '../loading.ts';
import { readContent } from '../manifest/content.ts';
import { readTable } from '../manifest/readTable.ts';

const AUDIO_FOLDERS = ['.', 'genres', 'genres_original'];
const EXTENSIONS = ['wav', 'au'];
const CLIP_NAME = /^(?:[a-z]+\/)?([a-z]+)\.(\d{5})(?:\.[a-z0-9]+)?$/;

/** The ten genres, in the order of their labels. */
const GENRES: readonly string[] = 'blues classical country disco hiphop jazz metal pop reggae rock'.split(' ');

/**
 * The fault-filtered split of C. Kereliuk, B. L. Sturm and J. Larsen (2015), 443/197/290 clips: per genre, in the order of `GENRES`, the
 * numbers of the clips. Repetitions, mislabelled and distorted clips (B. L. Sturm, 2013) are in none of the three.
 */
const NUMBERS: Readonly<Record<Split, readonly string[]>> = {
  train: [
    '29-49 73-97',
    '30-33 43-48 50-67 80-99',
    '19-26 28-29 65-99',
    '5 15-20 22-37 39-45 47 49 53-54 56-57 59 61 70 73-74 89',
    '2-25 28-29 31-38 41-42 55-61 77-80',
    '0-1 11-24 41 47-72',
    '2-3 5 21 24 35 46-57 59-66 69 71-72 79-80 84 86 89-99',
    '2-9 11-12 16-20 23-29 31-36 38-42 44 46 49-50 80 97-99',
    '0-2 4 6 9 11-12 14-32 42-45 49-51 54-60 63 69',
    '0-9 16-26 57-70 91-99',
  ],
  valid: [
    '0-11 50-60',
    '0-10 68-76',
    '0-7 9-18 27 41-42 45 49',
    '0 2-4 6-14 46 48 52 67-68 72 75 90 95',
    '81-98',
    '2-10 25-32',
    '0-1 6-11 16-20 36-37 68 76-77 81-82',
    '10 53 55 58-62 81 83-86',
    '61-62 70 72 74 76-78 85 92-99',
    '38 49-56 71-85',
  ],
  test: [
    '12-28 61-72 98-99',
    '11-29 34-41 49 77-79',
    '30-40 43-44 46-48 50-51 53-64',
    '1 21 58 62-66 69 76-88 91-94 96-97 99',
    '0 26-27 30 40 43-45 51-54 62-75 99',
    '73-99',
    '12-15 22-23 25-33 38-39 67 70 73-75 78 83 85 87-88',
    '0-1 13-14 43 63-66 69-79 82 88-96',
    '34-40 46-48 52-53 64-68 71 79 82-84 87-90',
    '10-15 27-37 39-48 86-90',
  ],
};

/**
 * GTZAN (G. Tzanetakis and P. Cook, 2002): 30 s excerpts of ten genres, in the fault-filtered split. `folder` holds `blues/blues.00000.wav`
 * (or `.au`) and so on, by themselves, in `genres/` or in `genres_original/`. A `train_filtered.txt`, `valid_filtered.txt` or
 * `test_filtered.txt` there takes the place of the split built in. `artistsFile` is a table with the columns `clip` (`blues.00000`) and `artist`,
 * since GTZAN itself tells none. Clips without a file are left out and told. Throws a ConfigError when there is no audio at all, a DataError that
 * names file and line of a list that is malformed.
 */
export async function openGtzan(
  folder: string,
  { artistsFile }: { readonly artistsFile?: string | undefined } = {},
  { decoder = BUILT_IN, host = quietHost() }: Means = {},
): Promise<Dataset> {
  requireFolder(folder);
  const listed = (await Promise.all(SPLITS.map((split) => readList(folder, split)))).flat();
  refuseRepeated(listed, ({ id, split }, { split: other }) => {
    return refusal(folder, `${listName(split)} has ${id}, which ${listName(other)} has already.`);
  });
  const artists = artistsFile === undefined ? undefined : await readArtists(artistsFile);
  const clips = listed.flatMap(({ id, split }): Clip[] => {
    const path = findFile(folder, id);
    const artist = artists?.get(id);
    const groups = artist === undefined ? {} : { groups: { artist } };
    return path === undefined ? [] : [{ id, path, split, labels: [GENRES.indexOf(genreOf(id))], ...groups }];
  });
  tellMissing(listed, clips, folder, host);
  return {
    name: 'gtzan',
    task: 'single-label',
    classes: GENRES,
    clips,
    ...fileAudio(decoder),
    filteredFiles: (kept) => Promise.all(SPLITS.map((split) => splitList(folder, split, kept))),
  };
}

type ListedClip = Pick<Clip, 'id' | 'split'>;

function listName(split: Split): string {
  return `${split}_filtered.txt`;
}

async function readList(folder: string, split: Split): Promise<ListedClip[]> {
  const source = join(folder, listName(split));
  const text = await readTextIfThere(source);
  if (text === undefined) return filteredSplit(split).map((id) => ({ id, split }));
  return Array.from(linesOf(text), ([line, number]) => {
    const id = clipId(line.trim());
    if (id !== undefined) return { id, split };
    throw lineError(source, number, `expected "blues/blues.00000.wav", found ${quoted(line)}`);
  });
}

/** The ids of a split, `blues.00029`, by genre and number. */
export function filteredSplit(split: Split): string[] {
  return GENRES.flatMap((genre, i) =>
    numbersIn(NUMBERS[split][i]!).map((number) => `${genre}.${String(number).padStart(5, '0')}`),
  );
}

function numbersIn(ranges: string): number[] {
  return ranges.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The id in the name of a clip, `blues/blues.00000.wav`, `blues.00000.wav` or `blues.00000`; undefined where there is none. */
function clipId(name: string): string | undefined {
  const [, genre = '', number] = CLIP_NAME.exec(name) ?? [];
  return GENRES.includes(genre) ? `${genre}.${number}` : undefined;
}

function genreOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

/** The artists of a table, by clip id; clips without an artist are left out. */
async function readArtists(source: string): Promise<Map<string, string>> {
  const table = await readTable(await readContent(source), source, (name) => name === 'clip' || name === 'artist');
  const [names, artists] = [table.values.get('clip'), table.values.get('artist')];
  if (names === undefined || artists === undefined)
    throw refusal(source, 'expected a table with the columns clip and artist.');
  const found = new Map<string, string>();
  for (const [row, name] of names.entries()) {
    const id = clipId(String(name));
    const problem = id === undefined ? 'is no clip of GTZAN' : found.has(id) ? 'stands there twice' : undefined;
    if (id === undefined || problem !== undefined)
      throw new DataError(source, `${source}, ${table.where(row)}: ${quoted(String(name))} ${problem}.`);
    found.set(id, String(artists[row] ?? ''));
  }
  return new Map([...found].filter(([, artist]) => artist !== ''));
}

function findFile(folder: string, id: string): string | undefined {
  return AUDIO_FOLDERS.flatMap((place) =>
    EXTENSIONS.map((extension) => join(folder, place, genreOf(id), `${id}.${extension}`)),
  ).find((path) => existsSync(path));
}

function tellMissing(
  listed: readonly ListedClip[],
  clips: readonly Clip[],
  folder: string,
  host: Pick<Host, 'notice'>,
) {
  if (clips.length === 0)
    throw wrongFolder(
      `no audio of GTZAN in ${folder}; looked for blues/blues.00000.wav (or .au) and so on, there, in genres/ and in genres_original/.`,
    );
  const found = new Set(clips.map(({ id }) => id));
  const missing = listed.flatMap(({ id }) => (found.has(id) ? [] : [id]));
  if (missing.length === 0) return;
  host.notice(`gtzan: left out ${missing.length} of ${listed.length} clips that have no file: ${firstOf(missing)}.`);
}

/** The list of a split as it is in the folder, or as it is built in, without the train clips that are not kept. */
async function splitList(folder: string, split: Split, kept: ReadonlySet<string>): Promise<DatasetFile> {
  const name = listName(split);
  const path = join(folder, name);
  const builtIn = () => filteredSplit(split).map((id) => `${genreOf(id)}/${id}.wav\n`);
  const content = existsSync(path) ? await readFile(path) : Buffer.from(builtIn().join(''));
  const isKept = (line: string) => split !== 'train' || kept.has(clipId(line.trim()) ?? '');
  return { name, content: keptLines(content, isKept) };
}

/** The component `gtzan`. */
export const gtzan = defineComponent({
  name: 'gtzan',
  description: 'GTZAN, ten genres, in the fault-filtered split',
  options: z.object({
    dir: folderOption('folder with blues/blues.00000.wav …, or genres/ or genres_original/ in it'),
    artistsFile: z.string().optional().describe('table with the columns clip (blues.00000) and artist'),
  }),
  inject: ['decoder', 'host'],
  reader: (_, decoder) => fileAudio(decoder),
  create: ({ dir, ...settings }, decoder: Decoder, host: Host) => openGtzan(dir, settings, { decoder, host }),
});
