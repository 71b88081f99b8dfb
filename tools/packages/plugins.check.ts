import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { KINDS, seededRandom } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetWorkspace, installInto, openShelf, type Shelf } from './install.ts';

forgetWorkspace();
const run = promisify(execFile);
const THIRD_PARTY = join(import.meta.dirname, '..', '..', 'examples', 'third-party');

let work: string;
let shelf: Shelf;
/** A folder with the command, what makes plugins, and a third party's package. */
let installed: Promise<string>;

/** Runs the command that is installed there. */
const refrain = async (...args: string[]) => {
  const home = await installed;
  return run(join(home, 'node_modules', '.bin', 'refrain'), args, { cwd: home });
};

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-plugins-'));
  shelf = await openShelf(work);
  installed = installAll(join(work, 'used'));
  // Whoever waits for it is told.
  installed.catch(() => {});
});

afterAll(async () => {
  await shelf?.close();
  await rm(work, { recursive: true, force: true });
});

describe('npm create refrain-plugin', () => {
  it('makes a plugin of every kind that passes the conformance suite of its kind', async () => {
    const home = join(work, 'kinds');
    const create = shelf.wanted('create-refrain-plugin');
    await installInto(home, ['@refrain/core', '@refrain/pruners', 'vitest@^4.1.0', create], shelf.source);
    for (const kind of KINDS) await createPlugin(home, kind, `mine-${kind}`);
    const { stdout } = await run('npx', ['vitest', 'run', '--testTimeout', '60000', '--reporter', 'json'], {
      cwd: home,
      maxBuffer: 2 ** 26,
    }).catch(({ stdout }) => expect.fail(stdout));
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numFailedTests: 0 });
    expect(JSON.parse(stdout).testResults).toHaveLength(KINDS.length);
  });

  it('makes one whose test is green, and that `refrain run` uses beside another copy of the core', async () => {
    const home = await installed;
    await createPlugin(home, 'dataset', 'mine');
    const made = join(home, 'refrain-plugin-mine');
    await copyFile(join(home, '.npmrc'), join(made, '.npmrc'));
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: made });
    await run('npm', ['test'], { cwd: made }).catch(({ stdout }) => expect.fail(stdout));

    const plugin = join(home, 'node_modules', 'refrain-plugin-mine');
    await rename(made, plugin);
    const copies = await Promise.all(
      [home, plugin].map((at) => realpath(join(at, 'node_modules', '@refrain', 'core'))),
    );
    expect(copies[0]).not.toBe(copies[1]);

    const clips = await writeClips(home);
    const plugins = ['--plugin', 'refrain-plugin-mine', '--plugin', 'refrain-third-party'];
    const chosen = ['--pruner', 'first-come', '--kernel', 'plain-loops', '--evaluator', 'nearest-centroid'];
    const dataset = ['--dataset', 'mine', '--dataset-dir', clips, '--encoder', 'mfcc', '--space', 'raw'];
    const places = ['--cache-dir', 'cache', '--output', 'pruned'];
    const { stdout } = await refrain('run', ...plugins, ...chosen, ...dataset, ...places);
    expect(stdout).toMatch(/nearest centroid accuracy/);
    const metadata = JSON.parse(await readFile(join(home, 'pruned', 'metadata.json'), 'utf8'));
    expect(metadata.pruned_size).toBeLessThan(metadata.original_size);
    expect(metadata.rule).toEqual({ kind: 'constant', theta: 0.95 });
    // The template of the page comes with the package that fills it.
    expect(await readFile(join(home, 'pruned', 'report.html'), 'utf8')).toMatch(/id="refrain-data"[^>]*>{"format":1,/);
    expect((await refrain('verify', 'pruned')).stdout).toMatch(/^holds: /);

    // An error that the plugin makes with its own copy of the core is told as one of ours: by what it says, and by its status.
    await writeFile(join(clips, 'index.csv'), 'file,split,label,track\nlow-0.wav,holdout,low,one\n');
    const failure = await refrain('run', ...plugins, ...dataset, '--output', 'again').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 3 });
    expect((failure as { stderr: string }).stderr).toMatch(/index\.csv, line 2: expected file,split,label,track/);
    expect((failure as { stderr: string }).stderr).not.toMatch(/^ +at /m);
  });
});

describe('a plugin that is a file', () => {
  // As npm's own `init` writes it.
  const asCommonJs = '{ "name": "mine", "version": "1.0.0", "type": "commonjs" }';

  it.each([
    [
      'imports',
      "import { definePlugin } from '@refrain/core';\nexport default definePlugin({});\n",
      'Cannot use import statement',
    ],
    ['exports', 'export default {};\n', "Unexpected token 'export'"],
  ])('says what to change where its folder is CommonJS and it %s', async (name, text, why) => {
    const folder = join(await installed, name);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), asCommonJs);
    await writeFile(join(folder, 'mine.js'), text);
    const failure = await refrain('plugins', '--plugin', `./${name}/mine.js`).catch((error: unknown) => error);
    expect((failure as { stderr: string }).stderr).toContain(`${name}/mine.js" cannot be loaded: ${why}`);
    expect((failure as { stderr: string }).stderr).toContain(
      'write "type": "module" into the package.json of its folder, or call the file .mjs.',
    );
  });
});

async function createPlugin(home: string, kind: string, name: string): Promise<void> {
  const bin = join(home, 'node_modules', '.bin', 'create-refrain-plugin');
  await run(bin, [kind, name], { cwd: home });
  expect((await readdir(join(home, `refrain-plugin-${name}`))).sort()).toEqual([
    'README.md',
    'index.js',
    'index.test.js',
    'package.json',
  ]);
}

async function installAll(home: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', work, THIRD_PARTY], { cwd: work });
  const thirdParty = join(work, 'refrain-third-party-1.0.0.tgz');
  // Install scripts are on.
  const packages = [shelf.wanted('refrain'), shelf.wanted('create-refrain-plugin'), thirdParty];
  await installInto(home, packages, shelf.source, []);
  return home;
}

/** Two kinds of sound, twelve clips of each to learn from, of which many are alike, and their index. */
async function writeClips(home: string): Promise<string> {
  const audio = pathToFileURL(join(home, 'node_modules', '@refrain', 'audio', 'dist', 'bundle', 'index.js')).href;
  const { encodeWav } = (await import(audio)) as {
    encodeWav(audio: { samples: Float32Array; sampleRate: number }): Uint8Array;
  };
  const folder = join(home, 'clips');
  await mkdir(folder);
  const lines = ['file,split,label,track'];
  for (const [label, pitch] of Object.entries({ low: 200, high: 1500 })) {
    for (let take = 0; take < 16; take++) {
      const { uniform } = seededRandom(`${label} ${take}`);
      const samples = Float32Array.from(
        { length: 16_000 },
        (_, i) => 0.4 * Math.sin((2 * Math.PI * pitch * i) / 8000) + 0.05 * (uniform() - 0.5),
      );
      const file = `${label}-${take}.wav`;
      await writeFile(join(folder, file), encodeWav({ samples, sampleRate: 8000 }));
      lines.push(`${file},${take < 12 ? 'train' : take < 14 ? 'valid' : 'test'},${label},${label} ${take}`);
    }
  }
  await writeFile(join(folder, 'index.csv'), `${lines.join('\n')}\n`);
  return folder;
}
