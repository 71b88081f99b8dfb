import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, createFolder, moveInto, sweep, syncFolder, syncTree, temporaryName } from '@refrain/core';

/**
 * Checks, before any work is done, that a folder can be made at `path`: it must not exist, or be empty.
 * Throws a ConfigError that names `output`.
 */
export async function refuseExisting(path: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ConfigError(
      'output',
      `\`output\` ${path}: ${error.code === 'ENOTDIR' ? 'is a file' : error.message}. Name a folder that does not exist yet.`,
      { cause: error },
    );
  });
  if (names.length > 0)
    throw new ConfigError(
      'output',
      `\`output\` ${path} exists already and is not empty. Nothing is overwritten: name another folder, or remove this one.`,
    );
}

/**
 * Makes a folder at `path` with what `write` puts into a draft of it, whole or not at all: it gets its name when all of it is on the disk.
 * What killed runs left beside it is removed. Returns its absolute path.
 */
export async function makeFolder(
  path: string,
  write: (draft: string, target: string) => Promise<void>,
): Promise<string> {
  const target = resolve(path);
  const folder = dirname(target);
  const draft = join(folder, temporaryName());
  try {
    await createFolder(folder);
    await mkdir(draft);
    await sweep(folder, (await stat(draft)).mtimeMs);
    await write(draft, target);
    await syncTree(draft);
    await rmdir(target).catch(() => {});
    await moveInto(draft, target);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw namedError(error, draft, target, (await readdir(target).catch(() => [])).length > 0);
  }
  return target;
}

// Nobody knows the draft by its name, and the operating system refuses without saying what was being made.
function namedError(error: unknown, draft: string, target: string, isFilled: boolean): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // Windows says no more than EPERM of a folder that is not empty.
  if (syscall === 'rename' && (isFilled || code === 'ENOTDIR')) {
    const why = `\`output\` ${target} was filled by something else meanwhile. Nothing is overwritten: name another folder.`;
    return new ConfigError('output', why, { cause: error });
  }
  const message = error.message.replaceAll(draft, target);
  const named = message.startsWith('Cannot write ') ? message : `Cannot write ${target}: ${message}`;
  return Object.assign(new Error(named, { cause: error }), { code, syscall });
}
