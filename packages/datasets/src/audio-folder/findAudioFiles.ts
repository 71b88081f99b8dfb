import type { Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sniffFormat } from '@refrain/audio';

// A file with one of these endings is meant as audio: it is listed, and if it can't be read, reported. Any other file is listed
// only if its content is audio, so that lists and pictures beside the clips do not count as broken ones.
const AUDIO_EXTENSIONS = new Set([
  '.mp3',
  '.flac',
  '.ogg',
  '.oga',
  '.opus',
  '.wav',
  '.wave',
  '.au',
  '.snd',
  '.m4a',
  '.aac',
  '.wma',
  '.aif',
  '.aiff',
]);

const SNIFFED_BYTES = 4096;

/**
 * Paths of the audio files below `root`, relative to it, with `/`, in code unit order. Hidden files and folders are passed over. What has
 * an audio file's extension but is a device or a folder without any audio is listed too: reading it fails later, with its name.
 */
export async function findAudioFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const visited = new Set<string>();
  const visit = async (relative: string): Promise<void> => {
    const folder = join(root, relative);
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const kind = await kindOf(entry, join(root, path));
      const before = found.length;
      if (kind === 'folder') await visit(path);
      if (kind === 'file' ? await isAudio(join(root, path)) : hasAudioName(path) && found.length === before)
        found.push(path);
    }
  };
  await visit('');
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'file' | 'other'> {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';
  // A dangling link counts as a file: reading it fails later, with its name.
  const target = await stat(path).catch(() => undefined);
  return target?.isDirectory() ? 'folder' : 'file';
}

function hasAudioName(path: string): boolean {
  return AUDIO_EXTENSIONS.has(extname(path).toLowerCase());
}

async function isAudio(path: string): Promise<boolean> {
  if (hasAudioName(path)) return true;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const start = new Uint8Array(SNIFFED_BYTES);
    const { bytesRead } = await file.read(start, 0, SNIFFED_BYTES, 0);
    return sniffFormat(start.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}
