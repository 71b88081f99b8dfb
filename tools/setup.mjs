// Installs the workspace when node_modules does not match pnpm-lock.yaml, and builds the page's template when it is not up to date, so that a
// clone needs nothing but node and npm.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (file) => {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
};

// pnpm leaves a copy of the lockfile it installed from; equal means there is nothing to do.
if (
  read('node_modules/.pnpm/lock.yaml') === undefined ||
  read('node_modules/.pnpm/lock.yaml') !== read('pnpm-lock.yaml')
) {
  const { packageManager } = JSON.parse(read('package.json'));
  const { status } = spawnSync('npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

// The page's template is built into the package that fills it, where it is missing or older than what it is made of.
const report = join(root, 'apps', 'report');
const sources = ['index.html', 'package.json', 'vite.config.ts', 'src']
  .flatMap((name) => {
    const path = join(report, name);
    return statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file))
      : [path];
  })
  .concat(join(root, 'pnpm-lock.yaml'));
const template = join(root, 'packages', 'pruned-dataset', 'page', 'index.html');
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (sources.some((path) => changed(path) > changed(template))) {
  const vite = join(report, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: report,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
