import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAudioFile } from '@refrain/audio';
import {
  type Clip,
  ConfigError,
  DataError,
  type Dataset,
  type Decoder,
  defineComponent,
  Service,
  type Split,
  z,
} from '@refrain/core';
import { parseAnnotations, parseClassNames, parseIndex, readDatasetFile } from './annotations.ts';
import { groupsOfFileName } from './fileName.ts';
import { TOP_50_TAGS } from './tags.ts';

const SPLIT_FILES: Readonly<Record<Split, string>> = {
  train: 'train_gt_mtt.tsv',
  valid: 'val_gt_mtt.tsv',
  test: 'test_gt_mtt.tsv',
};

const AUDIO_FOLDERS = ['.', 'mp3', 'audio'];

/**
 * MagnaTagATune (Law et al. 2009): 25,863 excerpts of 29 s from 5,405 tracks, tagged by players of a game; here with the 50 most
 * frequent tags and the split of Pons et al. 2017. `folder` holds the annotation files and the audio, or a folder `magnatagatune` with them.
 * Throws a ConfigError when files are missing and a DataError that names file and line when one is malformed.
 */
export async function openMagnaTagATune(
  folder: string,
  decoder: Pick<Decoder, 'decode'> = { decode: readAudioFile },
): Promise<Dataset> {
  if (!existsSync(folder)) throw new ConfigError('dataset.dir', `--dataset-dir: there is no folder ${folder}.`);
  const nested = join(folder, 'magnatagatune');
  const root = existsSync(join(nested, 'index_mtt.tsv')) ? nested : folder;
  const paths = parseIndex(await readDatasetFile(root, 'index_mtt.tsv'), join(root, 'index_mtt.tsv'));
  const splits = await Promise.all(
    (['train', 'valid', 'test'] as const).map(async (split) => {
      const name = SPLIT_FILES[split];
      return {
        split,
        source: join(root, name),
        ...parseAnnotations(await readDatasetFile(root, name), join(root, name)),
      };
    }),
  );
  const classes = await classNames(root, splits[0]!.classCount);
  const audioRoot = findAudio(root, [...paths.values()]);
  const clips: Clip[] = [];
  for (const { split, source, rows, classCount } of splits) {
    if (rows.length > 0 && classCount !== classes.length) {
      throw new DataError(source, `${source}: expected ${classes.length} labels per clip, found ${classCount}.`);
    }
    for (const { id, labels } of rows) {
      const path = paths.get(id);
      if (path === undefined) throw new DataError(source, `${source}: clip ${id} is not in index_mtt.tsv.`);
      const groups = groupsOfFileName(path);
      clips.push({ id, path: join(audioRoot, path), split, labels, ...(groups === undefined ? {} : { groups }) });
    }
  }
  refuseRepeated(clips, root);
  return {
    name: 'magnatagatune',
    task: 'multi-label',
    classes,
    clips,
    readAudio: (clip, options) => decoder.decode(clip.path, options),
  };
}

async function classNames(root: string, classCount: number): Promise<readonly string[]> {
  const source = join(root, 'output_labels_mtt.txt');
  const names = existsSync(source)
    ? parseClassNames(await readDatasetFile(root, 'output_labels_mtt.txt'), source)
    : TOP_50_TAGS;
  if (names.length === classCount) return names;
  throw new DataError(
    source,
    `${root}: the annotations have ${classCount} labels per clip, but ${names.length} names are known for them. An output_labels_mtt.txt names them.`,
  );
}

// The audio stands where the first few of the indexed files are found; single missing files are reported clip by clip later.
function findAudio(root: string, paths: readonly string[]): string {
  const probes = paths.slice(0, 200);
  const found = AUDIO_FOLDERS.map((folder) => join(root, folder)).find((folder) =>
    probes.some((path) => existsSync(join(folder, path))),
  );
  if (found !== undefined) return found;
  throw new ConfigError(
    'dataset.dir',
    `${root} has the annotations but no audio: looked for ${probes[0] ?? 'the files of index_mtt.tsv'} in it, in mp3/ and in audio/.`,
  );
}

function refuseRepeated(clips: readonly Clip[], root: string): void {
  const seen = new Set<string>();
  for (const { id } of clips) {
    if (seen.has(id)) throw new DataError(root, `${root}: clip ${id} is annotated twice.`);
    seen.add(id);
  }
}

/** The component `magnatagatune`. */
export const magnatagatune = defineComponent({
  name: 'magnatagatune',
  description: 'MagnaTagATune with the 50 most frequent tags, split pons2017 (CLMR)',
  options: z.object({
    dir: z
      .string({ error: 'give the folder of the dataset with --dataset-dir' })
      .describe('folder with index_mtt.tsv, *_gt_mtt.tsv and the audio'),
    splitName: z.enum(['pons2017']).default('pons2017').describe('which split of the literature'),
  }),
  inject: [Service.decoder],
  create: ({ dir }, decoder: Decoder) => openMagnaTagATune(dir, decoder),
});
