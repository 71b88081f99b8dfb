import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFolder, syncFolder } from './folders.ts';
import { moveInto } from './moveInto.ts';
import { sweepOnce, temporaryName } from './temporary.ts';

/**
 * Writes a file so that `path` never holds half of it: a temporary file beside it, flushed, then renamed. Creates the folder, and removes from
 * it what killed processes left of such files.
 * `content` is the whole file, or a function that writes it piece by piece.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName());
  try {
    await createFolder(folder);
    const file = await open(temporary, 'wx');
    try {
      await sweepOnce(folder, (await file.stat()).mtimeMs);
      await (typeof content === 'function' ? content(file) : file.writeFile(content));
      await file.sync();
    } finally {
      await file.close();
    }
    await moveInto(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw named(error, path);
  }
}

// What the operating system refuses, such as a full disk, it refuses without a name.
function named(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(`Cannot write ${path}: ${error.message}`, { cause: error }), { code, syscall });
}
