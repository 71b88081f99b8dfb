import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAudioFile, streamAudioFile } from '@refrain/audio';
import {
  type Clip,
  ConfigError,
  type DataError,
  type Dataset,
  type Decoder,
  type Host,
  type Split,
  z,
} from '@refrain/core';

// What the loaders of datasets share.

/** The splits in the order in which they are listed. */
export const SPLITS: readonly Split[] = ['train', 'valid', 'test'];

/** What datasets need of a decoder; without a name it counts as the built-in one. */
export type FileDecoder = Pick<Decoder, 'decode' | 'stream'> & Partial<Pick<Decoder, 'name'>>;

/** The built-in decoder with its defaults. */
export const BUILT_IN: FileDecoder = { decode: readAudioFile, stream: streamAudioFile };

/** What a loader needs from outside; by default the built-in decoder, and nobody who is told. */
export interface Means {
  readonly decoder?: FileDecoder;
  /** Is told what was left out or made up for; its signal ends the reading. */
  readonly host?: Pick<Host, 'notice'> & Partial<Host>;
}

/** A dataset whose audio comes in pieces. */
export type StreamedDataset = Dataset & Required<Pick<Dataset, 'streamAudio'>>;

/** How the audio of clips is read that are files: as the decoder can. */
export function fileAudio(decoder: FileDecoder): Pick<Dataset, 'readAudio' | 'streamAudio'> {
  return {
    readAudio: ({ path }: Clip, options) => decoder.decode(path, options),
    ...(decoder.stream && { streamAudio: ({ path }: Clip, options) => decoder.stream!(path, options) }),
  };
}

/** The option `dir`, of which `what` says what is to be in it. */
export function folderOption(what: string) {
  return z.string({ error: 'give the folder of the dataset' }).describe(what);
}

/** The ConfigError for what the option `dir` leads to. */
export function wrongFolder(why: string): ConfigError {
  return new ConfigError('dataset.dir', `dataset.dir: ${why}`);
}

/** Throws a ConfigError unless there is a folder, or whatever else, at `path`. */
export function requireFolder(path: string): void {
  if (!existsSync(path)) throw wrongFolder(`there is no folder ${path}.`);
}

/** Throws what `problem` makes of the first clip whose id an earlier one has, and of that one. */
export function refuseRepeated<T extends { readonly id: string }>(
  clips: readonly T[],
  problem: (clip: T, earlier: T) => DataError,
): void {
  const seen = new Map<string, T>();
  for (const clip of clips) {
    const earlier = seen.get(clip.id);
    if (earlier !== undefined) throw problem(clip, earlier);
    seen.set(clip.id, clip);
  }
}

const PROBES = 200;

/**
 * The first of the folders in `root` that has some of the files, if any does, and the files that were looked for: a sample spread over all, so
 * that audio of which only a part is there is found. Single missing files are reported clip by clip later.
 */
export function findAudioFolder(root: string, folders: readonly string[], files: readonly string[]) {
  const step = Math.ceil(files.length / PROBES);
  const probes = files.filter((_, i) => i % step === 0);
  const candidates = folders.map((name) => join(root, name));
  const folder = candidates.find((candidate) => probes.some((file) => existsSync(join(candidate, file))));
  return { folder, probes };
}

/** The first names of a list, for a message. */
export function firstOf(names: readonly string[], most = 5): string {
  return names.slice(0, most).join(', ') + (names.length > most ? ' …' : '');
}
