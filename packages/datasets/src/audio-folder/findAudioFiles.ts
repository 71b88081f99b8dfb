import { isUtf8 } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { mayBeAudio } from '@refrain/audio';
import { messageOf } from '@refrain/core';

// A file with one of these endings is meant as audio: it is listed, and if it can't be read, reported. Any other file is listed
// only if its content is audio, so that lists and pictures beside the clips do not count as broken ones.
const AUDIO_EXTENSIONS = new Set(
  'mp3 mp2 mp1 mpga flac ogg oga opus spx wav wave bwf rf64 w64 au snd aif aiff aifc caf m4a aac ac3 wma wv ape tta mpc amr voc sph'
    .split(' ')
    .map((name) => `.${name}`),
);

const SNIFFED_BYTES = 4096;

const SLASH = Buffer.from('/');

/** An audio file below a folder. */
export interface FoundAudio {
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
export async function findAudioFiles(root: string): Promise<FoundAudio[]> {
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
