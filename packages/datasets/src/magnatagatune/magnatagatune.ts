import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clip,
  ConfigError,
  type Dataset,
  type Decoder,
  defineComponent,
  type Host,
  quietHost,
  z,
} from '@refrain/core';
import { filteredFiles } from '../annotations.ts';
import { BUILT_IN, folderOption, type Means, requireFolder } from '../loading.ts';
import { audioByPath, findAudio } from './audio.ts';
import { NAMES_FILE, readCleanSplit } from './cleanSplit.ts';
import { findGroups } from './groups.ts';
import { INDEX_FILE, readPonsSplit } from './ponsSplit.ts';
import { readAllTags, type SplitClip, type SplitClips, TAG_FILE } from './tagAnnotations.ts';

const options = z.object({
  dir: folderOption('folder with the annotation files and the audio, or mp3.zip.001 …'),
  splitName: z.enum(['pons2017', 'clean']).default('pons2017').describe('which split of the literature'),
  tags: z.enum(['top50', 'all']).default('top50').describe('all: the 188 tags of annotations_final.csv'),
});

/** Which split and which tags of MagnaTagATune; all tags go with the split `pons2017` only. */
type MagnaTagATuneSettings = Partial<Omit<z.output<typeof options>, 'dir'>>;

/**
 * MagnaTagATune (Law et al. 2009): 25,863 excerpts of 29 s from 5,405 tracks, tagged by players of a game. `folder` holds the annotation
 * files and the audio (files, or `mp3.zip` as it is distributed), or a folder `magnatagatune` with them. Throws a ConfigError when files are
 * missing that can't be made up for, and a DataError that names file and line when one is malformed.
 */
export async function openMagnaTagATune(
  folder: string,
  settings: MagnaTagATuneSettings = {},
  { decoder = BUILT_IN, host = quietHost() }: Means = {},
): Promise<Dataset> {
  requireFolder(folder);
  const nested = join(folder, 'magnatagatune');
  const root = [INDEX_FILE, TAG_FILE, NAMES_FILE].some((name) => existsSync(join(nested, name))) ? nested : folder;
  const { classes, clips: listed, files, unlabelledSplits = [] } = await readSplit(root, settings, host);
  const found = withoutKnownBad(listed, host);
  const paths = found.map(({ path }) => path);
  const { groupsOf, file: infoFile } = await findGroups(root, paths, host);
  const { pathOf, ...audio } = await findAudio(root, paths, decoder, host.cacheDir ?? quietHost().cacheDir);
  const clips = found.map(({ id, path, split, labels }): Clip => {
    const groups = groupsOf(path);
    return { id, path: pathOf(path), split, labels, ...(groups === undefined ? {} : { groups }) };
  });
  const sources = [...files, ...(infoFile === undefined ? [] : [{ name: infoFile }])];
  return {
    name: 'magnatagatune',
    task: 'multi-label',
    classes,
    clips,
    unlabelledSplits,
    ...audio,
    filteredFiles: (kept) => filteredFiles(root, sources, kept),
  };
}

function readSplit(
  root: string,
  { splitName = 'pons2017', tags = 'top50' }: MagnaTagATuneSettings,
  host: Pick<Host, 'notice'>,
): Promise<SplitClips> {
  if (splitName === 'pons2017') return tags === 'all' ? readAllTags(root) : readPonsSplit(root, host);
  if (tags === 'top50') return readCleanSplit(root, host);
  throw new ConfigError('dataset.tags', 'dataset.tags: all goes with dataset.splitName pons2017; clean has 50 tags.');
}

// Files of 0 bytes in the audio that is distributed: clips 35644, 55753 and 57881.
const KNOWN_BAD = new Set([
  '6/norine_braun-now_and_zen-08-gently-117-146.mp3',
  '8/jacob_heringman-josquin_des_prez_lute_settings-19-gintzler__pater_noster-204-233.mp3',
  '9/american_baroque-dances_and_suites_of_rameau_and_couperin-25-le_petit_rien_xiveme_ordre_couperin-88-117.mp3',
]);

/** The clips without the three whose audio is known to be empty; how many were left out is told. */
export function withoutKnownBad(clips: readonly SplitClip[], host: Pick<Host, 'notice'>): readonly SplitClip[] {
  const bad = clips.filter(({ path }) => KNOWN_BAD.has(path));
  if (bad.length === 0) return clips;
  const ids = bad.map(({ id }) => id).join(', ');
  host.notice(`magnatagatune: left out ${bad.length} clips whose audio is distributed as empty files: ${ids}.`);
  return clips.filter(({ path }) => !KNOWN_BAD.has(path));
}

/** The component `magnatagatune`. */
export const magnatagatune = defineComponent({
  name: 'magnatagatune',
  description: 'MagnaTagATune with its 50 most frequent tags or all, splits pons2017 (CLMR) and clean',
  options,
  inject: ['decoder', 'host'],
  reader: (_, decoder, { cacheDir }) => audioByPath(decoder, cacheDir),
  create: ({ dir, ...settings }, decoder: Decoder, host: Host) => openMagnaTagATune(dir, settings, { decoder, host }),
});
