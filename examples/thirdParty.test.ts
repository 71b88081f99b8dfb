import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NPM = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
const run = promisify(execFile);

// What is packed is what was built.
const isBuilt = process.env.REFRAIN_TEST_BUILT === '1';
if (!isBuilt)
  process.stderr.write("The third party's package is not tested: it needs a build and REFRAIN_TEST_BUILT=1.\n");

it.runIf(isBuilt)(
  "a third party's pruner, evaluator and kernel run as installed from tarballs, and the folder holds",
  async () => {
    const work = await mkdtemp(join(tmpdir(), 'refrain-third-party-'));
    await installPacked(work);
    const dataset = await writeDataset(work);
    const refrain = (...args: string[]) => run(join(work, 'node_modules', '.bin', 'refrain'), args, { cwd: work });
    const chosen = [
      '--pruner',
      'first-come',
      '--kernel',
      'plain-loops',
      '--evaluator',
      'nearest-centroid',
      '--space',
      'raw',
    ];
    const places = ['--dataset', 'manifest', '--dataset-dir', dataset, '--cache-dir', 'cache', '--output', 'pruned'];
    const { stdout } = await refrain('run', '--plugin', 'refrain-third-party', ...chosen, ...places);
    expect(stdout).toMatch(/nearest centroid accuracy/);
    const metadata = JSON.parse(await readFile(join(work, 'pruned', 'metadata.json'), 'utf8'));
    expect(metadata.pruned_size).toBeLessThan(metadata.original_size);
    expect(metadata.rule).toEqual({ kind: 'constant', theta: 0.95 });
    // The template of the page comes with the package that fills it.
    expect(await readFile(join(work, 'pruned', 'report.html'), 'utf8')).toMatch(/id="refrain-data"[^>]*>{"format":1,/);
    expect((await refrain('verify', 'pruned')).stdout).toMatch(/^holds: /);
  },
);

/**
 * Packs every package and installs the tarballs with npm into `work`, without a network: what comes from a registry is linked from where the
 * workspace has it.
 */
async function installPacked(work: string): Promise<void> {
  const tarballs = join(work, 'tarballs');
  await mkdir(tarballs);
  const published = ['--filter', './packages/*', '--filter', './apps/runner'];
  const pnpm = join(ROOT, 'node_modules', '.bin', 'pnpm');
  await run(pnpm, ['-r', ...published, 'pack', '--pack-destination', tarballs], { cwd: ROOT });
  await run('npm', ['pack', '--pack-destination', tarballs, join(ROOT, 'examples', 'third-party')], { cwd: work });
  const dependencies: Record<string, string> = {};
  for (const folder of [
    ...(await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name)),
    'apps/runner',
  ]) {
    const manifest = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
    dependencies[manifest.name] = tarballOf(tarballs, manifest);
    const runtime = manifest.name === '@refrain/onnx' ? { 'onnxruntime-node': '' } : {};
    for (const name of Object.keys({ ...manifest.dependencies, ...runtime }))
      if (!name.startsWith('@refrain/'))
        dependencies[name] = `file:${await realpath(join(ROOT, folder, 'node_modules', name))}`;
  }
  dependencies['refrain-third-party'] = tarballOf(tarballs, { name: 'refrain-third-party', version: '1.0.0' });
  await writeFile(join(work, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  await run('npm', [...NPM, '--cache', join(work, 'npm-cache')], { cwd: work });
}

const tarballOf = (folder: string, { name, version }: { readonly name: string; readonly version: string }) =>
  `file:${join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)}`;

/** A manifest of two kinds of sound, twelve clips of each to learn from, of which many are alike. */
async function writeDataset(work: string): Promise<string> {
  const lines: string[] = [];
  for (const [label, pitch] of [200, 1500].entries()) {
    for (let take = 0; take < 16; take++) {
      const { uniform } = seededRandom(`${label} ${take}`);
      const samples = Float32Array.from(
        { length: 16_000 },
        (_, i) => 0.4 * Math.sin((2 * Math.PI * pitch * i) / 8000) + 0.05 * (uniform() - 0.5),
      );
      const path = `${label}-${take}.wav`;
      await writeFile(join(work, path), encodeWav({ samples, sampleRate: 8000 }));
      const split = take < 12 ? 'train' : take < 14 ? 'valid' : 'test';
      lines.push(JSON.stringify({ id: path, path, split, label: label === 0 ? 'low' : 'high' }));
    }
  }
  const manifest = join(work, 'clips.jsonl');
  await writeFile(manifest, `${lines.join('\n')}\n`);
  return manifest;
}
