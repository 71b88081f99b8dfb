import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ConfigError,
  createFolder,
  isAlive,
  messageOf,
  ownOwner,
  readTemporaryName,
  sweep,
  temporaryName,
} from '@refrain/core';
import { refuseExisting } from '@refrain/pruned-dataset';

/** A claim is touched so often. One of another machine or container, which cannot be asked whether it runs, counts for as long as it is touched. */
const TOUCH_MS = 30_000;
const SILENT_MS = 20 * TOUCH_MS;
/** Two that begin at the same moment wait this long for each other: to look, and to decide. */
const LOOK_AGAIN_MS = 10;
const PATIENCE_MS = 5_000;

/** Names that are tried, where one is free for sure but for runs of the same second. */
const MOST_NAMES = 20;

/**
 * The places that a run writes to, taken before it begins its work, so that it ends at once where it cannot write, or where another run is
 * writing already. A place is claimed by a file beside it that names its owner; a killed owner's claim does not count, and is removed.
 */
export class Places {
  readonly #claims: Claim[] = [];
  /** Folders that were made, those above others before them. */
  readonly #made: string[] = [];

  /** Takes the name of a folder that does not exist yet, or is empty. Throws a ConfigError that names `option`. */
  async takeNew(path: string, option = 'output'): Promise<void> {
    await refuseExisting(path);
    await this.take(path, option);
    // Another run may have finished it in between.
    await refuseExisting(path);
  }

  /** Takes `path`, or the first of `path-2`, `path-3` … that is free, and returns it. Throws a ConfigError that names `option`. */
  async takeFree(path: string, option: string): Promise<string> {
    for (let number = 1; ; number++) {
      const name = number === 1 ? path : `${path}-${number}`;
      try {
        await this.takeNew(name, option);
        return name;
      } catch (error) {
        if (!(error instanceof ConfigError) || number === MOST_NAMES) throw error;
      }
    }
  }

  /** Takes a file or folder that may exist. Throws a ConfigError that names `option`. */
  async take(path: string, option: string): Promise<void> {
    await this.make(dirname(resolve(path)), option, path);
    this.#claims.push(await claim(resolve(path), option, path));
  }

  /** Makes a folder, where it is missing. Throws a ConfigError that names `option`, given as `said`. */
  async make(folder: string, option: string, said = folder): Promise<void> {
    try {
      for (const made of await createFolder(folder)) this.#made.push(made);
    } catch (error) {
      throw unwritable(option, said, error);
    }
  }

  /** Makes a folder, where it is missing, and tries to write into it. Throws a ConfigError that names `option`. */
  async try(folder: string, option: string): Promise<void> {
    await this.make(folder, option);
    await tryFolder(folder, option);
  }

  /** Gives everything back. Folders that were made for it go too where nothing is in them. */
  async release(): Promise<void> {
    for (const { file, timer } of this.#claims.splice(0)) {
      clearInterval(timer);
      await rm(file, { force: true }).catch(() => {});
    }
    for (const folder of this.#made.splice(0).reverse()) await rmdir(folder).catch(() => {});
  }
}

/** Tries to write into a folder that exists, and removes what killed runs left there. Throws a ConfigError that names `option`. */
export async function tryFolder(path: string, option: string): Promise<void> {
  const file = join(path, temporaryName());
  try {
    const opened = await open(file, 'wx');
    const now = (await opened.stat().finally(() => opened.close())).mtimeMs;
    await rm(file);
    await sweep(path, now);
  } catch (error) {
    throw unwritable(option, path, error, file);
  }
}

interface Claim {
  readonly file: string;
  readonly timer: NodeJS.Timeout;
}

function unwritable(option: string, path: string, cause: unknown, file = path): ConfigError {
  // The reason names the folder that could not be made, or a file that nobody knows.
  const reason = messageOf(cause).replaceAll(file, path);
  return new ConfigError(
    option,
    `\`${option}\` ${path}: nothing can be written there (${reason}). Name another place.`,
    {
      cause,
    },
  );
}

async function claim(target: string, option: string, said: string): Promise<Claim> {
  const folder = dirname(target);
  const ending = `-${createHash('sha256').update(basename(target)).digest('hex').slice(0, 12)}.lock`;
  const name = temporaryName(ending);
  const file = join(folder, name);
  try {
    const opened = await open(file, 'wx');
    const now = (await opened.stat().finally(() => opened.close())).mtimeMs;
    await sweep(folder, now);
    const rival = await winner(folder, name, ending, now);
    if (rival !== undefined) throw new ConfigError(option, `\`${option}\` ${said} is taken: ${rival}`);
    await writeFile(file, `process ${ownOwner().pid} on ${hostname()}`);
  } catch (error) {
    await rm(file, { force: true }).catch(() => {});
    throw error instanceof ConfigError ? error : unwritable(option, said, error, file);
  }
  const touch = () => {
    const moment = new Date();
    utimes(file, moment, moment).catch(() => {});
  };
  return { file, timer: setInterval(touch, TOUCH_MS).unref() };
}

/**
 * Who has this place rather than `own`; undefined where `own` may have it. A claim that is held has something in it, and wins. Of those that
 * are not decided yet the first by name waits until the others are; they see it, and give way.
 */
async function winner(folder: string, own: string, ending: string, now: number): Promise<string | undefined> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    const rivals = await rivalsOf(folder, own, ending, now);
    const decisive = rivals.find(({ holder, name }) => holder !== '' || name < own || waited >= PATIENCE_MS);
    if (decisive !== undefined) {
      const { name, holder, pid, isKnown } = decisive;
      const advice = isKnown ? '' : ` If that run has ended, delete ${join(folder, name)}.`;
      return `another run (${holder || `process ${pid}`}) is writing it. Wait for it, or name another place.${advice}`;
    }
    if (rivals.length === 0) return undefined;
    await pause(LOOK_AGAIN_MS);
  }
}

interface Rival {
  readonly name: string;
  /** Who holds it; empty where that is not decided yet. */
  readonly holder: string;
  readonly pid: number;
  /** Whether it is sure that its owner runs. */
  readonly isKnown: boolean;
}

async function rivalsOf(folder: string, own: string, ending: string, now: number): Promise<Rival[]> {
  const rivals: Rival[] = [];
  for (const name of await readdir(folder)) {
    const found = name === own ? undefined : readTemporaryName(name);
    if (found?.ending !== ending) continue;
    const file = join(folder, name);
    const touched = await stat(file).catch(() => undefined);
    const alive = isAlive(found.owner);
    if (touched === undefined || !(alive ?? now - touched.mtimeMs < SILENT_MS)) continue;
    const holder = await readFile(file, 'utf8').catch(() => '');
    rivals.push({ name, holder, pid: found.owner.pid, isKnown: alive === true });
  }
  return rivals;
}
