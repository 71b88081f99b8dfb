import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command, to be run by node, from the sources. */
export const SOURCE_BIN = fileURLToPath(new URL('../bin/refrain.mjs', import.meta.url));

/** The command that is tested: with REFRAIN_TEST_BUILT=1, after a build, as it is published, else from the sources. */
export const BIN =
  process.env.REFRAIN_TEST_BUILT === '1'
    ? fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url))
    : SOURCE_BIN;

/** The user's folder of every command that is run: empty at first, and to stay so but for a cache of our own. */
export const HOME = join(tmpdir(), 'refrain-e2e-home');

/** What a run of the command left behind. */
export interface Finished {
  /** Null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** When a command is stopped from outside. */
export interface Stop {
  readonly signal: NodeJS.Signals;
  /** A file or folder that is there already and changes while the command runs. */
  readonly watched: string;
  /** Asked at every change. */
  readonly isDue: () => boolean | Promise<boolean>;
}

/** Commands that leave a page beside what they find. */
const WITH_PAGE = ['run', 'prune', 'compare', 'leaks'];

/** The arguments of a command, with which it leaves no page: the map of one takes time. */
export function withoutPage(args: readonly string[]): readonly string[] {
  return WITH_PAGE.includes(args[0]!) ? [...args, '--report', 'off'] : args;
}

/**
 * Runs `refrain` as a user would, in a process of its own; but without a page, which takes time, where `page` does not ask for it. Throws where it, or a library,
 * left anything in places that are not ours.
 */
export async function refrain(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly stop?: Stop;
    /** SOURCE_BIN where plugins in TypeScript are loaded. */
    readonly bin?: string;
    readonly page?: boolean;
    /** A program with its arguments that runs it, e.g. one that watches. */
    readonly under?: readonly string[];
    /** Is done once the command has printed its first line, which it gets; then the command, which waits, is interrupted. */
    readonly meanwhile?: (line: string) => Promise<void>;
  } = {},
): Promise<Finished> {
  await mkdir(HOME, { recursive: true });
  const { XDG_CACHE_HOME: _cache, REFRAIN_TEST_BUILT: built, ...others } = process.env;
  const all = options.page === true ? args : withoutPage(args);
  const [program, ...parameters] = [...(options.under ?? []), process.execPath, options.bin ?? BIN, ...all];
  const child = spawn(program!, parameters, {
    cwd: options.cwd,
    // Threads of the sources are to be sources too.
    env: {
      ...others,
      ...(options.bin === undefined ? { REFRAIN_TEST_BUILT: built } : { REFRAIN_FROM_SOURCE: '1' }),
      HOME,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const watcher = options.stop && stopping(child, options.stop);
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  if (options.meanwhile !== undefined) {
    const printed = new Promise<void>((resolve) => {
      child.stdout.on('data', () => stdout.includes('\n') && resolve());
    });
    await Promise.race([printed, closed]);
    await (child.exitCode === null ? options.meanwhile(stdout.split('\n')[0]!) : undefined)?.finally(() =>
      child.kill('SIGINT'),
    );
  }
  const status = await closed;
  watcher?.close();
  const foreign = await foreignFiles();
  if (foreign.length > 0) throw new Error(`refrain ${args.join(' ')} left ${foreign.join(', ')} behind.`);
  return { status, stdout, stderr };
}

/** What is in the user's folder besides our cache, and what onnxruntime's telemetry writes into the temporary one. */
export async function foreignFiles(): Promise<string[]> {
  const names = async (folder: string) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  const cache = join(HOME, '.cache');
  return [
    ...(await names(HOME)).filter((path) => path !== cache),
    ...(await names(cache)).filter((path) => path !== join(cache, 'refrain')),
    ...(await names(tmpdir())).filter((path) => /[\\/](\.ses|mat-debug-[^\\/]*)$/.test(path)),
  ];
}

function stopping(child: ChildProcess, { signal, watched, isDue }: Stop): FSWatcher {
  let isSent = false;
  return watch(watched, async () => {
    if (isSent || !(await isDue())) return;
    // Another change may have come in between, and a second signal ends the command in another way.
    if (!isSent) isSent = child.kill(signal);
  });
}

/** A new empty folder. */
export async function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'refrain-e2e-'));
}

/**
 * A cache folder that all test files of a run share: clips that one of them has embedded are not embedded by the next.
 * For tests of what is done with embeddings, not of embedding.
 */
export const SHARED_CACHE = join(tmpdir(), 'refrain-e2e-cache');

/** The objects in a file of JSON lines. */
export async function jsonLines<T>(path: string): Promise<T[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}
