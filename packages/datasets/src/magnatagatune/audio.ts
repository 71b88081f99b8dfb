import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { decodeAudio, streamAudio } from '@refrain/audio';
import {
  type Abortable,
  type AudioReader,
  type Clip,
  createFolder,
  DataError,
  type Dataset,
  messageOf,
  RefrainError,
  refusal,
  sweepOnce,
  temporaryName,
  type Waveform,
} from '@refrain/core';
import { type FileDecoder, fileAudio, findAudioFolder } from '../loading.ts';
import { findJoinedFile, openZip, type ZipArchive } from './archive.ts';

/** Where the audio of the clips is, and how it is read. */
export interface ClipAudio extends Pick<Dataset, 'readAudio' | 'streamAudio' | 'readBytes' | 'missingAudio'> {
  /** The `Clip.path` of a path of the index. */
  pathOf(indexed: string): string;
}

const AUDIO_FOLDERS = ['.', 'mp3', 'audio'];
const ARCHIVE = 'mp3.zip';

/**
 * Finds the audio: in files in `root`, in `mp3/` or in `audio/`, else in `mp3.zip` or its parts `mp3.zip.001` …, which are read where they
 * lie, without unpacking. A sample of `paths` decides; a single file that is missing is told when it is read. Throws a ConfigError when parts of
 * the archive are missing, a DataError for one that can't be used.
 */
export async function findAudio(
  root: string,
  paths: readonly string[],
  decoder: FileDecoder,
  cacheDir: string,
): Promise<ClipAudio> {
  const { folder, probes } = findAudioFolder(root, AUDIO_FOLDERS, paths);
  if (folder !== undefined) return audioFiles(folder, decoder);
  const file = await findJoinedFile(root, ARCHIVE);
  if (file === undefined) {
    const missingAudio = `${root} has the annotations but no audio: looked for ${probes[0] ?? 'the files of the index'} in it, in mp3/ and in audio/, and for ${ARCHIVE} or ${ARCHIVE}.001.`;
    return { ...audioFiles(root, decoder), missingAudio };
  }
  const archive = await openZip(file);
  return archivedAudio(archive, file.name, prefixOf(archive, probes, file.name), decoder, cacheDir);
}

/** Reads clips by the paths that `findAudio` gives them: files, or what is in an archive, which is opened with its first clip. Undefined for a decoder that reads these two in different ways. */
export function audioByPath(decoder: FileDecoder, cacheDir: string): AudioReader | undefined {
  if (!isBuiltIn(decoder)) return undefined;
  const archives = new Map<string, Promise<AudioReader>>();
  const readerOf = async (path: string): Promise<AudioReader> => {
    const end = path.indexOf(`${sep}${ARCHIVE}/`);
    if (end < 0) return { ...fileAudio(decoder), readBytes: () => readFile(path) };
    const folder = path.slice(0, end);
    const opened = archives.get(folder) ?? archiveIn(folder, decoder, cacheDir);
    archives.set(folder, opened);
    return opened;
  };
  return {
    readAudio: async (clip, options) => (await readerOf(clip.path)).readAudio(clip, options),
    streamAudio: async (clip, options) => (await readerOf(clip.path)).streamAudio!(clip, options),
    readBytes: async (clip) => (await readerOf(clip.path)).readBytes!(clip),
  };
}

async function archiveIn(folder: string, decoder: FileDecoder, cacheDir: string): Promise<AudioReader> {
  const file = await findJoinedFile(folder, ARCHIVE);
  if (file === undefined) throw refusal(join(folder, ARCHIVE), 'is not there.');
  return archivedAudio(await openZip(file), file.name, '', decoder, cacheDir);
}

function audioFiles(folder: string, decoder: FileDecoder): ClipAudio {
  return { pathOf: (indexed) => join(folder, indexed), ...fileAudio(decoder) };
}

function archivedAudio(
  archive: ZipArchive,
  archivePath: string,
  prefix: string,
  decoder: FileDecoder,
  cacheDir: string,
): ClipAudio {
  const bytesOf = (path: string) => {
    if (path.startsWith(`${archivePath}/`)) return archive.read(path.slice(archivePath.length + 1));
    throw refusal(path, `is not in ${archivePath}.`);
  };
  return {
    pathOf: (indexed) => `${archivePath}/${prefix}${indexed}`,
    readBytes: async ({ path }) => bytesOf(path),
    readAudio: async ({ path }, options) => decodeBytes(await bytesOf(path), path, decoder, cacheDir, options),
    ...(isBuiltIn(decoder) && {
      streamAudio: async ({ path }: Clip, { bytes, signal } = {}) => ({
        ...(await streamAudio(bytes ?? (await bytesOf(path)), path, { signal })),
        bytes,
      }),
    }),
  };
}

/** What stands before the indexed paths in the archive, e.g. `mp3/`. */
function prefixOf({ names }: ZipArchive, probes: readonly string[], archivePath: string): string {
  const known = new Set(names);
  if (probes.some((path) => known.has(path))) return '';
  for (const probe of probes) {
    const found = names.find((name) => name.endsWith(`/${probe}`));
    if (found !== undefined) return found.slice(0, -probe.length);
  }
  throw refusal(archivePath, `none of ${probes.length} clips is in it; looked for ${probes[0]} and so on.`);
}

const isBuiltIn = ({ name = 'builtin' }: FileDecoder) => name === 'builtin';

// The contract of decoders knows files only, so for another one than the built-in there has to be one for a moment.
async function decodeBytes(
  bytes: Uint8Array,
  path: string,
  decoder: FileDecoder,
  cacheDir: string,
  options?: Abortable,
): Promise<Waveform> {
  if (isBuiltIn(decoder)) return decodeAudio(bytes, path, options);
  const folder = join(cacheDir, 'magnatagatune');
  const file = join(folder, temporaryName(extname(path)));
  await createFolder(folder);
  try {
    await writeFile(file, bytes);
    await sweepOnce(folder, (await stat(file)).mtimeMs);
    return await decoder.decode(file, options);
  } catch (error) {
    options?.signal?.throwIfAborted();
    if (!(error instanceof RefrainError)) throw error;
    throw new DataError(path, messageOf(error).replaceAll(file, path), { cause: error });
  } finally {
    await rm(file, { force: true });
  }
}
