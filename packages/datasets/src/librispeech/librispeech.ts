import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clip, type Dataset, type Decoder, defineComponent, refusal, type Split, z } from '@refrain/core';
import {
  BUILT_IN,
  type FileDecoder,
  fileAudio,
  folderOption,
  refuseRepeated,
  requireFolder,
  wrongFolder,
} from '../loading.ts';

/**
 * LibriSpeech (V. Panayotov et al., ICASSP 2015): read speech, the class is the speaker. `folder`, or `LibriSpeech` in it, holds subsets as
 * `train-clean-100/84/121123/84-121123-0000.flac`; train-* are train, dev-* valid and test-* test clips, other folders are passed over. Classes
 * are the speakers of all subsets, by number; no speaker is in two splits. Throws a ConfigError when there is no subset, a DataError for
 * a subset without utterances and an utterance that is there twice.
 */
export async function openLibriSpeech(folder: string, decoder: FileDecoder = BUILT_IN): Promise<Dataset> {
  requireFolder(folder);
  const nested = join(folder, 'LibriSpeech');
  const root = existsSync(nested) ? nested : folder;
  const subsets = (await foldersIn(root)).flatMap((name) => {
    const split = splitOf(name);
    return split === undefined ? [] : [{ name, split }];
  });
  if (subsets.length === 0)
    throw wrongFolder(`${root} has no folder train-clean-100, dev-clean, test-clean or the like.`);
  const utterances = (
    await Promise.all(subsets.map(({ name, split }) => utterancesIn(join(root, name), split)))
  ).flat();
  refuseRepeated(utterances, ({ path }, { path: other }) => {
    return refusal(path, `the same utterance is also ${other}.`);
  });
  const speakers = numbered([...new Set(utterances.map(speakerOf))]);
  const labelOf = new Map(speakers.map((speaker, label) => [speaker, label]));
  return {
    name: 'librispeech',
    task: 'single-label',
    classes: speakers,
    clips: utterances.map((clip) => ({ ...clip, labels: [labelOf.get(speakerOf(clip))!] })),
    ...fileAudio(decoder),
  };
}

function splitOf(subset: string): Split | undefined {
  const kind = /^(train|dev|test)-/.exec(subset)?.[1];
  return kind === 'dev' ? 'valid' : (kind as Split | undefined);
}

function speakerOf({ groups }: Clip): string {
  return groups!.artist!;
}

/** The utterances of a subset, without labels yet. */
async function utterancesIn(subset: string, split: Split): Promise<Clip[]> {
  const found: Clip[] = [];
  for (const speaker of numbered(await foldersIn(subset))) {
    for (const chapter of numbered(await foldersIn(join(subset, speaker)))) {
      const folder = join(subset, speaker, chapter);
      const files = (await readdir(folder)).filter((name) => !name.startsWith('.') && name.endsWith('.flac')).sort();
      const groups = { artist: speaker, album: chapter };
      for (const file of files)
        found.push({ id: file.slice(0, -'.flac'.length), path: join(folder, file), split, labels: [], groups });
    }
  }
  if (found.length > 0) return found;
  throw refusal(subset, 'no utterances, expected files as speaker/chapter/utterance.flac.');
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() || entry.isSymbolicLink() ? [entry.name] : [])).sort();
}

function numbered(names: readonly string[]): string[] {
  return names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
}

/** The component `librispeech`. */
export const librispeech = defineComponent({
  name: 'librispeech',
  description: 'LibriSpeech, the class is the speaker',
  options: z.object({
    dir: folderOption('folder with LibriSpeech/, or with train-clean-100/ and so on'),
  }),
  inject: ['decoder'],
  reader: (_, decoder) => fileAudio(decoder),
  create: ({ dir }, decoder: Decoder) => openLibriSpeech(dir, decoder),
});
