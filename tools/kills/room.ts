import { spawn } from 'node:child_process';
import { cp, lstat, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isWhole } from './cacheFile.ts';

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly milliseconds: number;
}

/** A folder that a command writes to, and nothing else does: its output, its cache, its home and its temporary folder. */
export interface Room {
  readonly folder: string;
  readonly output: string;
  readonly cache: string;
}

export function roomAt(folder: string): Room {
  return { folder, output: join(folder, 'output'), cache: join(folder, 'cache') };
}

/** Empties the room, and puts a cache and an output into it where they are given. */
export async function prepare(room: Room, cache: string | undefined, output: string | undefined): Promise<void> {
  await mkdir(room.folder, { recursive: true });
  // Not the folder itself: a file system may be mounted there.
  for (const name of await readdir(room.folder)) await rm(join(room.folder, name), { recursive: true });
  for (const name of ['home', 'tmp']) await mkdir(join(room.folder, name));
  if (cache !== undefined) await cp(cache, room.cache, { recursive: true });
  if (output !== undefined) await cp(output, room.output, { recursive: true });
}

/** Runs a program in the room, with these variables besides; it is killed after so many milliseconds, where they are given. */
export async function runIn(
  room: Room,
  argv: readonly string[],
  killAfter?: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const start = performance.now();
  const { XDG_CACHE_HOME: _, ...env } = process.env;
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: room.folder,
    // What runs the sources would keep what it made of them in the temporary folder.
    env: {
      ...env,
      ...variables,
      HOME: join(room.folder, 'home'),
      TMPDIR: join(room.folder, 'tmp'),
      TSX_DISABLE_CACHE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  return { status, output, milliseconds: performance.now() - start };
}

/** The files of a folder, by their names in it, with what is in them; but for the times that metadata.json and the page state. Links are where they lead to. Of a file, it alone. */
export async function contentOf(folder: string): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  const paths = (await lstat(folder)).isDirectory() ? await pathsIn(folder) : [folder];
  for (const path of paths) {
    const found = await lstat(path);
    const name = relative(folder, path);
    if (found.isSymbolicLink()) content.set(name, `-> ${await readlink(path)}`);
    else if (found.isDirectory()) content.set(name, 'folder');
    else content.set(name, withoutTimes(name, await readFile(path, 'latin1')));
  }
  return content;
}

function withoutTimes(name: string, text: string): string {
  if (!/\.(json|html)$/.test(name)) return text;
  return text.replace(/"timings(_s)?": ?\{[^}]*\}/g, '"timings": {}');
}

/** What differs between two contents of a folder; undefined where nothing does. */
export function difference(
  found: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): string | undefined {
  for (const [name, text] of expected) {
    if (!found.has(name)) return `${name} is missing`;
    if (found.get(name) !== text) return `${name} is another`;
  }
  const more = [...found.keys()].find((name) => !expected.has(name));
  return more === undefined ? undefined : `${more} is left over`;
}

/** Temporary files, drafts of folders and claims, all of which tell their owner, and what is in such a folder. */
const UNFINISHED = /(^|\/)\.refrain-/;

/** What a run left in the room that is neither its output nor whole files of its cache; undefined where there is nothing. */
export async function leftOver(room: Room): Promise<string | undefined> {
  const unfinished = (await pathsIn(room.folder)).find((path) => UNFINISHED.test(relative(room.folder, path)));
  return unfinished === undefined ? foreignOrHalf(room) : relative(room.folder, unfinished);
}

/**
 * What is in the room beside its output and unfinished files that is no whole file of a cache, undefined where all is: a file under its final name is
 * whole at every moment.
 */
export async function foreignOrHalf(room: Room): Promise<string | undefined> {
  const known = [room.output, room.cache, join(room.folder, 'home'), join(room.folder, 'tmp')];
  for (const path of await pathsIn(room.folder)) {
    const name = relative(room.folder, path);
    if (known.includes(path) || path.startsWith(`${room.output}/`) || UNFINISHED.test(name)) continue;
    if (!path.startsWith(`${room.cache}/`)) return name;
    if (!(await lstat(path)).isDirectory() && !isWhole(path, await readFile(path)))
      return `${name}, which is not whole,`;
  }
  return undefined;
}

/** Bytes of all files in a folder. */
export async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await pathsIn(folder)) bytes += (await lstat(path)).size;
  return bytes;
}

async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map(({ parentPath, name }) => join(parentPath, name));
}
