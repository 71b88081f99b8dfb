import { isUtf8 } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { mayBeAudio } from '@refrain/audio';
import { DataError, type Dataset, type Decoder, defineComponent, messageOf, refusal, z } from '@refrain/core';
import { BUILT_IN, type FileDecoder, fileAudio, folderOption, requireFolder, wrongFolder } from '../loading.ts';

// A file with one of these endings is meant as audio: it is listed, and if it can't be read, reported. Any other file is listed
// only if its content is audio, so that lists and pictures beside the clips do not count as broken ones.
const AUDIO_EXTENSIONS = new Set(
  'mp3 mp2 mp1 mpga flac ogg oga opus spx wav wave bwf rf64 w64 au snd aif aiff aifc caf m4a aac ac3 wma wv ape tta mpc amr voc sph'
    .split(' ')
    .map((name) => `.${name}`),
);

const SNIFFED_BYTES = 4096;

const SLASH = Buffer.from('/');

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
  if (!(await stat(folder)).isDirectory()) throw wrongFolder(`${folder} is a file; give the folder it is in.`);
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

/** An audio file below a folder. */
interface FoundAudio {
  /** Relative to the folder, with `/`; of a name that is not UTF-8 every byte beyond ASCII as `\xe9`. */
  readonly path: string;
  /** Why it can't be read, where that is known already. */
  readonly problem?: string;
}

/**
 * The audio files below `root`, in code unit order of their paths. Hidden files and folders are passed over. What can't be opened is listed, and so is
 * what has an audio file's extension but is a device or a folder without any audio: reading it fails later, with its name. Names are kept as the bytes
 * they are. Throws the system's error where `root` itself can't be read.
 */
async function findAudioFiles(root: string): Promise<FoundAudio[]> {
  const found: FoundAudio[] = [];
  const visited = new Set<string>();
  const visit = async (folder: Buffer, relative: Buffer): Promise<void> => {
    const { dev, ino } = await stat(folder, { bigint: true });
    if (visited.has(`${dev} ${ino}`)) return;
    visited.add(`${dev} ${ino}`);
    for (const entry of await entriesOf(folder)) {
      if (entry.name.toString('latin1').startsWith('.')) continue;
      const path = joined(folder, entry.name);
      const inside = relative.length === 0 ? entry.name : joined(relative, entry.name);
      const kind = await kindOf(entry, path);
      const before = found.length;
      if (kind === 'folder') {
        await visit(path, inside).catch((error: unknown) => {
          found.push({ path: shownPath(inside), problem: `the folder can't be read: ${messageOf(error)}.` });
        });
      }
      if (kind === 'file' ? await isAudio(path) : hasAudioName(entry.name) && found.length === before)
        found.push(isUtf8(inside) ? { path: shownPath(inside) } : { path: shownPath(inside), problem: NOT_UTF8 });
    }
  };
  await visit(Buffer.from(root), Buffer.alloc(0));
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

const NOT_UTF8 = 'its name is not UTF-8, so no path can name it. Rename it; bytes beyond ASCII are shown as \\xe9.';

type Entry = Omit<Dirent, 'name'> & { readonly name: Buffer };

// The types of Node 20 do not know that names come as bytes.
async function entriesOf(folder: Buffer): Promise<Entry[]> {
  const options = { withFileTypes: true, encoding: 'buffer' } as unknown as { withFileTypes: true };
  return (await readdir(folder, options)) as unknown as Entry[];
}

function joined(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, SLASH, name]);
}

function shownPath(path: Buffer): string {
  if (isUtf8(path)) return path.toString('utf8');
  return path.toString('latin1').replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

async function kindOf(entry: Entry, path: Buffer): Promise<'folder' | 'file' | 'other'> {
  // A link that leads nowhere counts as a file: opening it fails.
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (target === undefined || target.isFile()) return 'file';
  return target.isDirectory() ? 'folder' : 'other';
}

function hasAudioName(name: Buffer): boolean {
  return AUDIO_EXTENSIONS.has(extname(name.toString('latin1').trim()).toLowerCase());
}

/** Whether a file is audio by its name or its content. What can't be read may be: whoever reads it will say what is wrong. */
async function isAudio(path: Buffer): Promise<boolean> {
  if (hasAudioName(path)) return true;
  // What has become a pipe since it was looked at must not be waited for.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (file === undefined) return true;
  try {
    const start = new Uint8Array(SNIFFED_BYTES);
    const { bytesRead } = await file.read(start, 0, SNIFFED_BYTES, 0);
    return mayBeAudio(start.subarray(0, bytesRead));
  } catch {
    return true;
  } finally {
    await file.close();
  }
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
  reader: (_, decoder) => fileAudio(decoder),
  create: ({ dir, classes }, decoder: Decoder) => openAudioFolder(dir, classes, decoder),
});
