import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { manifestIn, serveTarballs } from './registry.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** The part of onnxruntime for this machine: packing the others takes half a minute and tells nothing here. */
const PLATFORM = `${process.platform}-${process.arch}`;

/** Packs all that is published, as it is built, into a folder. */
async function packAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const published = [
    './packages/*',
    './apps/runner',
    './apps/create-refrain-plugin',
    `./packages/onnx/platforms/${PLATFORM}`,
  ];
  const filters = published.flatMap((path) => ['--filter', path]);
  const pnpm = join(ROOT, 'node_modules', '.bin', 'pnpm');
  await run(pnpm, ['-r', ...filters, 'pack', '--pack-destination', folder], { cwd: ROOT });
}

/** Where npm finds things. */
interface Source {
  /** The registry of our packages; everything else comes from npm's own. */
  readonly registry: string;
  /** npm's cache, shared by installations so that nothing is fetched twice. */
  readonly cache: string;
}

/** What is published, packed and ready to be installed. */
export interface Shelf {
  readonly source: Source;
  /** The tarballs, by the names of their packages. */
  readonly tarballs: ReadonlyMap<string, string>;
  /** What to write after `npm install`: packages without a scope go by their tarballs, since only a scope can have a registry of its own. */
  wanted(name: string): string;
  close(): Promise<void>;
}

/** Packs what is built into `work`, and serves it. */
export async function openShelf(work: string): Promise<Shelf> {
  const folder = join(work, 'tarballs');
  await packAll(folder);
  const files = (await readdir(folder)).map((file) => join(folder, file));
  const named = files.map(async (file) => [manifestIn(await readFile(file)).name, file] as const);
  const tarballs = new Map(await Promise.all(named));
  const { url, close } = await serveTarballs(folder);
  return {
    source: { registry: url, cache: join(work, 'cache') },
    tarballs,
    wanted: (name) => (name.startsWith('@') ? name : tarballs.get(name)!),
    close,
  };
}

/** What the workspace's own tools set for themselves, such as NODE_PATH, would let packages find what they do not bring: it goes. */
export function forgetWorkspace(): void {
  for (const name of Object.keys(process.env))
    if (/^(?:NODE_PATH|npm_.*|REFRAIN_TEST_BUILT)$/i.test(name)) delete process.env[name];
}

/** Installs packages with npm into an empty folder, which has only the package.json that `npm init` would write. */
export async function installInto(
  folder: string,
  packages: readonly string[],
  { registry, cache }: Source,
  options: readonly string[] = ['--ignore-scripts'],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', main: 'index.js' }));
  await writeFile(join(folder, '.npmrc'), `@refrain:registry=${registry}\ncache=${cache}\n`);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  await run('npm', ['install', ...quiet, ...options, ...packages], { cwd: folder });
}

/** The packages in a folder that have an install script. */
export async function withScripts(folder: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  return Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : [],
  );
}

/** How many megabytes the files in a folder have, all in all. */
export async function megabytes(folder: string): Promise<number> {
  const { stdout } = await run('du', ['-sb', '--apparent-size', folder]);
  return Number.parseInt(stdout, 10) / 1e6;
}

/** The first block of a language in a Markdown text; undefined where there is none. */
export function codeBlock(markdown: string, language: string): string | undefined {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(markdown)?.[1];
}

/** The folders of the packages that somebody installs by name, by that name. */
export async function publishedFolders(): Promise<ReadonlyMap<string, string>> {
  const folders = [...(await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name)), 'apps/runner'];
  const named = folders.map(async (folder) => {
    const { name } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as { name: string };
    return [name, join(ROOT, folder)] as const;
  });
  return new Map(await Promise.all(named));
}
