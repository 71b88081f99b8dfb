import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case, Setting } from './cases.ts';
import { type PrunedFolder, readFolder } from './folder.ts';

/** A checkout of the project, and a folder of its own that it caches and writes in. */
export interface Checkout {
  readonly name: 'old' | 'new';
  readonly root: string;
  readonly work: string;
}

/** What a run left, and how long it took. */
export interface Run {
  readonly folder: PrunedFolder;
  readonly seconds: number;
}

/** Builds the checkout's command, where it is not built as it stands. Throws where that fails, or where there is no checkout. */
export async function build({ root }: Checkout): Promise<void> {
  if (!existsSync(join(root, 'apps', 'runner'))) throw new Error(`${root} is no checkout of the project`);
  // Its package had another name once.
  const { name } = JSON.parse(await readFile(join(root, 'apps', 'runner', 'package.json'), 'utf8')) as { name: string };
  await run('npx', ['nx', 'run-many', '-t', 'build', '-p', name], root);
}

/** Runs the checkout's own `prune`, which is built. `reused` is the folder of the first setting. Throws where it fails, with what it printed. */
export async function prune(
  { root, work }: Checkout,
  { name, source }: Case,
  { options, isReuse }: Setting,
  output: string,
  reused: string,
): Promise<Run> {
  const bin = join(root, 'apps', 'runner', 'dist', 'main.js');
  const from = isReuse ? ['--reuse', reused] : source;
  const places = ['--cache-dir', join(work, 'cache', name), '--output', output];
  const start = performance.now();
  await run(process.execPath, [bin, 'prune', ...from, ...options, ...places, '--quiet'], work);
  const seconds = (performance.now() - start) / 1000;
  return { folder: await readFolder(output), seconds };
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} in ${cwd} ended with ${status}: ${printed.trim()}`);
}
