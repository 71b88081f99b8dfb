import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, DataError, type Host, messageOf, writeFileAtomic } from '@refrain/core';
import { keyName } from '../music/theory.ts';
import { renderFiles } from '../synth/renderFiles.ts';
import { type Rendering, SAMPLE_RATE } from '../synth/synthesizer.ts';
import { CLIP_SECONDS, COPIES, type Corpus, type DemoClip } from './corpus.ts';

/** Where a clip lies: `<dir>/<track>/<excerpt>.wav`. */
export function fileOf(dir: string, { id }: DemoClip): string {
  return join(dir, ...`${id}.wav`.split('/'));
}

/**
 * Renders the clips that `dir` doesn't hold yet, as 16-bit mono wav files, after an index of all of them. Every file
 * appears whole or not at all, so an interrupted run goes on where it stopped. Throws a ConfigError when `dir` holds
 * other music, and the reason of `host.signal` when that is aborted.
 */
export async function renderCorpus(corpus: Corpus, dir: string, host: Host): Promise<void> {
  await claim(dir, corpus);
  const missing: DemoClip[] = [];
  for (const clip of corpus.clips) if (!(await isRendered(fileOf(dir, clip)))) missing.push(clip);
  if (missing.length > 0)
    await renderFiles(
      missing.map((clip) => ({ ...renderingOf(clip), path: fileOf(dir, clip) })),
      host,
    );
}

/** What is played for a clip, and how: `seconds` of it. */
export function renderingOf(clip: DemoClip, seconds = CLIP_SECONDS): Rendering {
  const { gain, skip } = COPIES[clip.copyOf?.kind ?? 'exact'];
  const options = { seconds, skip: clip.start + skip, ...clip.composition.mix, gain };
  return { performance: clip.performance, options };
}

// The index comes first: it tells the next run whose files these are.
async function claim(dir: string, corpus: Corpus): Promise<void> {
  const path = join(dir, 'index.json');
  const found = await readIndex(path);
  if (found === undefined) return writeFileAtomic(path, `${JSON.stringify(describeCorpus(corpus), null, 2)}\n`);
  if (found.hash === corpus.hash) return;
  const advice = 'Give another folder, or leave the option out.';
  throw new ConfigError(
    'dataset.dir',
    `dataset.dir: ${dir} holds another version of the demo music (${found.hash}, not ${corpus.hash}). ${advice}`,
  );
}

async function readIndex(path: string): Promise<{ hash?: unknown } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { hash?: unknown };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError(
      path,
      `${path} can't be read: ${messageOf(error)}. Delete the folder to have it rendered again.`,
      { cause: error },
    );
  }
}

const WAV_BYTES = 44 + 2 * SAMPLE_RATE * CLIP_SECONDS;

async function isRendered(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size === WAV_BYTES;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What every clip is, for people: the content of `index.json`. */
export function describeCorpus({ clips, tags, hash }: Corpus) {
  return {
    hash,
    tags,
    clips: clips.map((clip) => ({
      file: `${clip.id}.wav`,
      split: clip.split,
      title: clip.track.title,
      style: clip.track.style.name,
      key: keyName(clip.composition.key),
      tempo: clip.score.tempo,
      excerpt: clip.arrangement,
      section: clip.section,
      firstBar: clip.score.firstBar + 1,
      parts: Object.fromEntries(
        clip.score.parts.map(({ role, instrument, texture }) => [role, `${instrument}: ${texture}`]),
      ),
      tags: clip.tags,
      ...(clip.copyOf && { copyOf: `${clip.copyOf.id}.wav`, copy: clip.copyOf.kind }),
    })),
  };
}
