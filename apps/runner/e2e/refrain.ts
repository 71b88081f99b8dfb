import { spawn } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command, to be run by node, from the sources. */
export const SOURCE_BIN = fileURLToPath(new URL('../bin/refrain.mjs', import.meta.url));

/** The command that is tested: with REFRAIN_TEST_BUILT=1, after a build, as it is published, else from the sources. */
export const BIN =
  process.env.REFRAIN_TEST_BUILT === '1' ? fileURLToPath(new URL('../dist/main.js', import.meta.url)) : SOURCE_BIN;

/** What a run of the command left behind. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `refrain` as a user would, in a process of its own. */
export async function refrain(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly killAfter?: RegExp;
    readonly signal?: NodeJS.Signals;
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
  let killed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
    if (!killed && options.killAfter?.test(stderr)) killed = child.kill(options.signal ?? 'SIGINT');
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
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
