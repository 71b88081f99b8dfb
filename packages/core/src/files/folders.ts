import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * Makes a folder with all folders above it that are missing, and gives the absolute paths of those it made, the outermost first.
 * Throws what the operating system says of the first one that cannot be made.
 *
 * Not `mkdir` with `recursive`, which never returns where a folder exists but refuses new ones as ENOENT, as those of /proc do.
 */
export async function createFolder(path: string): Promise<string[]> {
  const missing: string[] = [];
  let above = resolve(path);
  while (!(await isFolder(above)) && dirname(above) !== above) {
    missing.unshift(above);
    above = dirname(above);
  }
  const made: string[] = [];
  for (const folder of missing) {
    try {
      await mkdir(folder);
    } catch (error) {
      // Another process was faster; a link that leads nowhere is no folder.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw error;
      continue;
    }
    made.push(folder);
    await syncFolder(dirname(folder));
  }
  return made;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw Object.assign(new Error(`ENOTDIR: not a directory, '${path}'`), { code: 'ENOTDIR', syscall: 'mkdir', path });
}

/** Waits until everything in a folder is on the disk: files, folders in it, and their names. Links are names only. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFolder(path);
  }
  await syncFolder(folder);
}

/** What a file system says that cannot do this, or not with what is opened to be read: Windows, and some on the network. */
const CANNOT_SYNC: readonly unknown[] = ['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'];

/** Waits until the names in a folder are on the disk: a file that was renamed is not before that. Of a file: until its content is. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    await file.sync().finally(() => file.close());
  } catch (error) {
    if (!CANNOT_SYNC.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}
