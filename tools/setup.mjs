// Installs the workspace when node_modules does not match pnpm-lock.yaml, so that a clone needs nothing but node and npm.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
  process.exit(status ?? 1);
}
