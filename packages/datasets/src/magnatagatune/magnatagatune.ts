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
  Service,
  z,
} from '@refrain/core';
import { BUILT_IN } from '../fileAudio.ts';
import { filteredFiles } from '../musicnn/sourceFiles.ts';
import { NAMES_FILE, readCleanSplit } from './cleanSplit.ts';
import { type ClipDecoder, findAudio } from './clipAudio.ts';
import { findGroups } from './clipInfo.ts';
import { INDEX_FILE, readPonsSplit } from './ponsSplit.ts';
import { type SplitClips, withoutKnownBad } from './splitClips.ts';
import { readAllTags, TAG_FILE } from './tagAnnotations.ts';

/** Which split and which tags of MagnaTagATune. */
export interface MagnaTagATuneSettings {
  /** `pons2017` (default): Pons et al. 2017, all clips. `clean`: "MTAT" of Won et al. 2020, clips with a tag. */
  readonly splitName?: 'pons2017' | 'clean';
  /** `top50` (default): the 50 most frequent tags. `all`: all 188, of `annotations_final.csv`; with split pons2017 only. */
  readonly tags?: 'top50' | 'all';
}

/** What MagnaTagATune needs from outside; by default the built-in decoder, and nobody who is told. */
export interface MagnaTagATuneMeans {
  readonly decoder?: ClipDecoder;
  /** Is told what was missing and made up for. */
  readonly host?: Pick<Host, 'notice' | 'cacheDir'>;
}

/**
 * MagnaTagATune (Law et al. 2009): 25,863 excerpts of 29 s from 5,405 tracks, tagged by players of a game. `folder` holds the annotation
 * files and the audio (files, or `mp3.zip` as it is distributed), or a folder `magnatagatune` with them. Throws a ConfigError when files are
 * missing that can't be made up for, and a DataError that names file and line when one is malformed.
 */
export async function openMagnaTagATune(
  folder: string,
  settings: MagnaTagATuneSettings = {},
  { decoder = BUILT_IN, host = quietHost() }: MagnaTagATuneMeans = {},
): Promise<Dataset> {
  if (!existsSync(folder)) throw new ConfigError('dataset.dir', `--dataset-dir: there is no folder ${folder}.`);
  const nested = join(folder, 'magnatagatune');
  const root = [INDEX_FILE, TAG_FILE, NAMES_FILE].some((name) => existsSync(join(nested, name))) ? nested : folder;
  const { classes, clips: listed, files, unlabelledSplits = [] } = await readSplit(root, settings, host);
  const found = withoutKnownBad(listed, host);
  const paths = found.map(({ path }) => path);
  const { groupsOf, file: infoFile } = await findGroups(root, paths, host);
  const { pathOf, ...audio } = await findAudio(root, paths, decoder, host);
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
  throw new ConfigError('dataset.tags', '--dataset.tags all goes with --split-name pons2017: clean has 50 tags.');
}

/** The component `magnatagatune`. */
export const magnatagatune = defineComponent({
  name: 'magnatagatune',
  description: 'MagnaTagATune with its 50 most frequent tags or all, splits pons2017 (CLMR) and clean',
  options: z.object({
    dir: z
      .string({ error: 'give the folder of the dataset with --dataset-dir' })
      .describe('folder with the annotation files and the audio, or mp3.zip.001 …'),
    splitName: z.enum(['pons2017', 'clean']).default('pons2017').describe('which split of the literature'),
    tags: z.enum(['top50', 'all']).default('top50').describe('all: the 188 tags of annotations_final.csv'),
  }),
  inject: [Service.decoder, Service.host],
  create: ({ dir, ...settings }, decoder: Decoder, host: Host) => openMagnaTagATune(dir, settings, { decoder, host }),
});
