import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, markOf, type Owner, ownerOf, ownOwner } from './owner.ts';

const PREFIX = '.refrain-';
const NAME = /^\.refrain-([0-9a-z]+(?:-[0-9a-z]+){4})-[0-9a-f]{6}([-.].*)?$/;

/** Nobody works so long on one file that is not touched meanwhile: then even an owner that cannot be asked is gone. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** A name for a file or folder that is not whole yet, which tells whose it is; no other has it. `ending` begins with a dot or hyphen. */
export function temporaryName(ending = '.part'): string {
  return `${PREFIX}${markOf(ownOwner())}-${randomBytes(3).toString('hex')}${ending}`;
}

/** Whose temporary file or folder has this name, and how it ends; undefined where it is no such name. */
export function readTemporaryName(name: string): { readonly owner: Owner; readonly ending: string } | undefined {
  const [, mark, ending = ''] = NAME.exec(name) ?? [];
  const owner = mark === undefined ? undefined : ownerOf(mark);
  return owner && { owner, ending };
}

const swept = new Set<string>();

/**
 * Removes from `folder` what killed processes of ours left there, once in the life of this process. `now` is the time by the clock of the file
 * system, in ms: what belongs to another machine or container is removed when nobody touched it for a day.
 */
export async function sweepOnce(folder: string, now: number): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  await sweep(folder, now);
}

/** As `sweepOnce`, whenever it is called. What cannot be removed stays: it does no harm. */
export async function sweep(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const found = readTemporaryName(name);
    const path = join(folder, name);
    if (found !== undefined && (await isAbandoned(found.owner, path, now)))
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isAbandoned(owner: Owner, path: string, now: number): Promise<boolean> {
  const alive = isAlive(owner);
  if (alive !== undefined) return !alive;
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => now,
  );
  return now - touched > ABANDONED_MS;
}
