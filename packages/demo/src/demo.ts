import { join } from 'node:path';
import { readAudioFile, streamAudioFile } from '@refrain/audio';
import { type AudioReader, type Clip, type Dataset, defineComponent, type Host, numberOption, z } from '@refrain/core';
import { type Corpus, composeCorpus, type DemoClip } from './corpus/corpus.ts';
import { fileOf, renderCorpus } from './corpus/renderCorpus.ts';

const options = z.object({
  dir: z
    .string()
    .min(1)
    .optional()
    .describe('folder to render into; by default one in the cache folder, named after the notes in it'),
  seed: numberOption((schema) => schema.int().min(0))
    .default(0)
    .describe('which corpus to compose: another seed, other music under the same titles'),
});

/** Options of the demo dataset. */
export type DemoOptions = z.output<typeof options>;

/**
 * The demo corpus, composed and, where that hasn't happened yet, rendered. Throws a DataError when the sound font can't
 * be read, a ConfigError when `dir` holds other music, and the reason of `host.signal` when that is aborted; what was
 * rendered by then stays.
 */
export async function openDemo({ dir, seed }: DemoOptions, host: Host): Promise<Dataset> {
  const corpus = composeCorpus(seed);
  // The name changes with the music, so clips of two versions never mix.
  const folder = dir ?? join(host.cacheDir, `demo-${corpus.hash}`);
  await renderCorpus(corpus, folder, host);
  return datasetOf(corpus, folder);
}

/** The corpus as a dataset whose files lie in `dir`, rendered or not. */
export function datasetOf(corpus: Corpus, dir: string): Dataset {
  const clips = corpus.clips.map((clip) => clipOf(clip, corpus.tags, dir));
  return {
    name: 'demo',
    task: 'multi-label',
    classes: corpus.tags,
    clips,
    ...RENDERED,
  };
}

/** How a clip is read once it is rendered. */
const RENDERED: AudioReader = {
  readAudio: ({ path }, options) => readAudioFile(path, options),
  streamAudio: ({ path }, options) => streamAudioFile(path, options),
};

function clipOf(clip: DemoClip, classes: readonly string[], dir: string): Clip {
  const labels = clip.tags.map((tag) => classes.indexOf(tag)).sort((a, b) => a - b);
  return { id: clip.id, path: fileOf(dir, clip), split: clip.split, labels, groups: { track: clip.trackSlug } };
}

/** The dataset `demo`: music that needs no download, rendered from recorded instruments on first use. */
export const demo = defineComponent({
  name: 'demo',
  description:
    'sixty tracks of music in fifteen styles with tags and planted copies, rendered on first use; needs no download',
  options,
  inject: ['host'],
  reader: () => RENDERED,
  create: openDemo,
});
