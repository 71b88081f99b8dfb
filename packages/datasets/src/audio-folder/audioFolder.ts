import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DataError, type Dataset, type Decoder, defineComponent, refusal, z } from '@refrain/core';
import { BUILT_IN, type FileDecoder, fileAudio, folderOption, requireFolder } from '../loading.ts';
import { findAudioFiles } from './findAudioFiles.ts';

/**
 * All audio files below a folder as train clips, sorted by path; the relative path is the clip's id. With `classes: 'folder'`
 * the first folder level is the clip's class. What is there but can't be opened is a clip too, which `readAudio` refuses. Throws a ConfigError when
 * there is no such folder, a DataError when it holds no audio.
 */
export async function openAudioFolder(
  folder: string,
  classes: 'none' | 'folder' = 'none',
  decoder: FileDecoder = BUILT_IN,
): Promise<Dataset> {
  requireFolder(folder);
  if (!(await stat(folder)).isDirectory())
    throw new ConfigError('dataset.dir', `dataset.dir: ${folder} is a file; give the folder it is in.`);
  const found = await findAudioFiles(folder);
  const paths = found.map(({ path }) => path);
  const problems = new Map(found.flatMap(({ path, problem }) => (problem ? [[join(folder, path), problem]] : [])));
  if (paths.length === 0)
    throw new DataError(
      folder,
      `No audio under ${folder}: looked at the names and the beginnings of all files, in all folders below.`,
    );
  const ofFolder = classes === 'folder';
  const names = ofFolder ? [...new Set(paths.map((path) => classOf(path, folder)))].sort() : [];
  return {
    name: 'audio',
    task: ofFolder ? 'single-label' : 'unlabelled',
    classes: names,
    clips: paths.map((id) => {
      const labels = ofFolder ? [names.indexOf(classOf(id, folder))] : [];
      return { id, path: join(folder, id), split: 'train', labels };
    }),
    ...fileAudio(refusing(decoder, problems)),
  };
}

/** The decoder, which refuses the files that are known to be unreadable, by their paths. */
function refusing(decoder: FileDecoder, problems: ReadonlyMap<string, string>): FileDecoder {
  const checked = (path: string): string => {
    const problem = problems.get(path);
    if (problem !== undefined) throw refusal(path, problem);
    return path;
  };
  return {
    decode: async (path, options) => decoder.decode(checked(path), options),
    ...(decoder.stream && { stream: async (path, options) => decoder.stream!(checked(path), options) }),
  };
}

function classOf(id: string, folder: string): string {
  const end = id.indexOf('/');
  if (end < 0)
    throw new DataError(
      join(folder, id),
      `${join(folder, id)} lies in no class folder: with classes from folders every clip must be in one.`,
    );
  return id.slice(0, end);
}

/** The component `audio`. */
export const audioFolder = defineComponent({
  name: 'audio',
  description: 'every audio file below a folder, all of them train clips',
  options: z.object({
    dir: folderOption('folder with audio files, at any depth'),
    classes: z.enum(['none', 'folder']).default('none').describe('"folder": the first folder level is the class'),
  }),
  inject: ['decoder'],
  create: ({ dir, classes }, decoder: Decoder) => openAudioFolder(dir, classes, decoder),
});
