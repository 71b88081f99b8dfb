import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newFolder, SOURCE_BIN } from './refrain.ts';

const isBuilt = process.env.REFRAIN_TEST_BUILT === '1';
if (!isBuilt)
  process.stderr.write('The start of the command is not tested: it needs a build and REFRAIN_TEST_BUILT=1.\n');

/** Imported first, it writes the address of every module of a file that is loaded after it. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    import { writeSync } from 'node:fs';
    export async function load(url, context, next) {
      if (url.startsWith('file:')) writeSync(2, url + '\\\\n');
      return next(url, context);
    }\`));`)}`;

const MAIN = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));

const { isBuilt: counts } = (await import(new URL('../bin/isBuilt.mjs', import.meta.url).href)) as {
  isBuilt(root?: string): boolean;
};

/** The files that a command loads, but for node's own. */
function loadedBy(bin: string, ...argv: string[]): string[] {
  const watched = `exec "$0" --import "$@" 2>&1 >/dev/null`;
  const loaded = execFileSync('sh', ['-c', watched, process.execPath, WATCH, bin, ...argv], { encoding: 'utf8' });
  return loaded.trimEnd().split('\n');
}

// Each takes about a millisecond of processor time, and there are six hundred in the sources and in what they use; 100 kB take two to be read.
it.runIf(isBuilt).each([
  [['--help'], 15, 600_000],
  [['plugins'], 80, 2_500_000],
])('the published command is loaded from few files for %j', (argv, most, bytes) => {
  const files = loadedBy(MAIN, ...argv);
  expect(files[0]).toMatch(/main\.js$/);
  expect(files.length).toBeLessThan(most);
  expect(files.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0)).toBeLessThan(bytes);
});

it.runIf(isBuilt)("a clone's command runs what was built, but the sources where a plugin may be one", () => {
  // After a change of branches there and back it may count as old.
  expect(loadedBy(SOURCE_BIN, '--help').some((url) => url.endsWith('/dist/bundle/main.js'))).toBe(counts());
  expect(loadedBy(SOURCE_BIN, 'plugins', '--plugin', 'none', '--help').join()).not.toContain('/dist/bundle/main.js');
});

it('a build counts as long as no source is younger and none came or went', async () => {
  const root = await newFolder();
  const packages = ['packages/one', 'apps/runner'].map((name) => join(root, name));
  const [first] = packages as [string, string];
  for (const folder of packages) {
    await mkdir(join(folder, 'src', 'deep'), { recursive: true });
    await mkdir(join(folder, 'dist', 'bundle'), { recursive: true });
    for (const file of ['package.json', 'src/deep/a.ts', 'src/b.ts', 'dist/bundle/index.js'])
      await writeFile(join(folder, file), '');
    for (const path of ['package.json', 'src/deep/a.ts', 'src/b.ts', 'src/deep', 'src'])
      await utimes(join(folder, path), 1000, 1000);
  }
  expect(counts(root)).toBe(true);
  for (const path of ['package.json', 'src/deep/a.ts', 'src/deep']) {
    await utimes(join(first, path), 4e9, 4e9);
    expect(counts(root), path).toBe(false);
    await utimes(join(first, path), 1000, 1000);
  }
  expect(counts(root)).toBe(true);
  await rm(join(first, 'dist'), { recursive: true });
  expect(counts(root)).toBe(false);
});
