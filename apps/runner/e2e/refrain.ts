import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, watch } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command, to be run by node, from the sources. */
export const SOURCE_BIN = fileURLToPath(new URL('../bin/refrain.mjs', import.meta.url));

/** The command that is tested: with REFRAIN_TEST_BUILT=1, after a build, as it is published, else from the sources. */
const BIN =
  process.env.REFRAIN_TEST_BUILT === '1' ? fileURLToPath(new URL('../dist/main.js', import.meta.url)) : SOURCE_BIN;

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

/** Runs `refrain` as a user would, in a process of its own. */
export async function refrain(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly stop?: Stop;
    /** SOURCE_BIN where plugins in TypeScript are loaded. */
    readonly bin?: string;
  } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [options.bin ?? BIN, ...args], {
    cwd: options.cwd,
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
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  watcher?.close();
  return { status, stdout, stderr };
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
