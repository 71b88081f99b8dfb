import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

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

/** The files that a command loads, but for node's own. */
function loadedFor(...argv: string[]): string[] {
  const main = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
  const watched = `exec "$0" --import "$@" 2>&1 >/dev/null`;
  const loaded = execFileSync('sh', ['-c', watched, process.execPath, WATCH, main, ...argv], { encoding: 'utf8' });
  return loaded.trimEnd().split('\n');
}

// Each takes about a millisecond of processor time, and there are six hundred in the sources and in what they use; 100 kB take two to be read.
it.runIf(isBuilt).each([
  [['--help'], 15, 600_000],
  [['plugins'], 60, 2_500_000],
])('the published command is loaded from few files for %j', (argv, most, bytes) => {
  const files = loadedFor(...argv);
  expect(files[0]).toMatch(/main\.js$/);
  expect(files.length).toBeLessThan(most);
  expect(files.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0)).toBeLessThan(bytes);
});
