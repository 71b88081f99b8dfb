// Runs the tests with another version of Node, which the npm registry has as a package: npm run test:node -- 22 packages/core
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const [version, ...filters] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? ''))
  throw new Error('Expected a version of Node, such as 22, and filters of vitest.');

const root = dirname(import.meta.dirname);
const run = (command, args, options) => spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
const folder = mkdtempSync(join(tmpdir(), 'refrain-node-'));
try {
  // The binary alone: the package `node` fetches it by an install script.
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  const npm = ['install', '--prefix', folder, ...quiet, `${name}@${version}`];
  const { status } = run('npm', npm, { shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${name}@${version} cannot be installed.`);
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  run(binary, ['--version']);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const projects = ['--project', 'together', '--project', 'alone'];
  const tests = run(binary, [vitest, 'run', ...projects, ...filters], {
    // What tests start by the name of `node` is this version, too; and they run what was built.
    env: { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}`, REFRAIN_TEST_BUILT: '1' },
  });
  process.exitCode = tests.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
