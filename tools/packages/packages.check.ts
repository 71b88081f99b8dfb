import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeBlock,
  forgetWorkspace,
  installInto,
  megabytes,
  openShelf,
  publishedFolders,
  type Shelf,
  withScripts,
} from './install.ts';
import { manifestIn } from './registry.ts';

forgetWorkspace();
const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const folders = await publishedFolders();

/** Install scripts that come with a package: all may fail, since only optional dependencies have one. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  '@refrain/bullmq': ['msgpackr-extract'],
  '@refrain/pipeline': ['msgpackr-extract'],
  refrain: ['msgpackr-extract'],
};
/** The megabytes that a package takes with all that it needs, at most; rounded up from what it took. */
const MEGABYTES: Readonly<Record<string, number>> = {
  '@refrain/core': 2,
  '@refrain/clusterers': 3,
  '@refrain/executors': 3,
  '@refrain/pruners': 3,
  '@refrain/checkpoints': 3,
  '@refrain/parquet': 4,
  '@refrain/pruned-dataset': 4,
  '@refrain/bullmq': 16,
  // With Basic Pitch's model as a graph that needs no translation.
  '@refrain/encoders': 56,
  '@refrain/demo': 70,
  '@refrain/pipeline': 100,
  refrain: 100,
};
/** Of all others onnxruntime is the most. */
const WITH_ONNXRUNTIME = 55;

let work: string;
let shelf: Shelf;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-packages-'));
  shelf = await openShelf(work);
});

afterAll(async () => {
  await shelf?.close();
  await rm(work, { recursive: true, force: true });
});

describe.concurrent.each([...folders])('%s', (name, folder) => {
  it('is installed alone, type-checks, and runs the example of its README', async () => {
    const home = join(work, 'alone', name.replace('/', '-'));
    await installInto(home, [shelf.wanted(name)], shelf.source);
    expect(await withScripts(home)).toEqual(SCRIPTS[name] ?? []);
    expect(await megabytes(join(home, 'node_modules'))).toBeLessThan(MEGABYTES[name] ?? WITH_ONNXRUNTIME);
    await typeCheck(home, name);
    const example = codeBlock(await readFile(join(folder, 'README.md'), 'utf8'), 'js');
    expect(example, 'an example in the README').toBeDefined();
    await writeFile(join(home, 'example.mjs'), example!);
    await runExample(home, example!);
  });

  it('has nothing that publint or are-the-types-wrong object to', async () => {
    const bytes = await readFile(shelf.tarballs.get(name)!);
    expect(await objections(bytes)).toEqual([]);
    const { problems = [] } = (await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)))) as {
      problems?: readonly { kind: string; resolutionKind?: string }[];
    };
    // All is ESM, which a CommonJS module of old Node cannot require; before exports there were none.
    const known = problems.filter(
      ({ kind, resolutionKind }) => kind !== 'CJSResolvesToESM' && resolutionKind !== 'node10',
    );
    expect(known).toEqual([]);
  });
});

describe.each(['create-refrain-plugin', `@refrain/onnxruntime-${process.platform}-${process.arch}`])('%s', (name) => {
  it('has nothing that publint objects to', async () => {
    expect(await objections(await readFile(shelf.tarballs.get(name)!))).toEqual([]);
  });
});

/** What publint says of a tarball. */
async function objections(bytes: Buffer): Promise<(string | undefined)[]> {
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => formatMessage(message, pkg));
}

/** Type-checks a module that takes all of a package's entry points, under both ways to find them, declarations of dependencies too. */
async function typeCheck(home: string, name: string): Promise<void> {
  const { exports = {} } = manifestIn(await readFile(shelf.tarballs.get(name)!));
  const entries = Object.keys(exports)
    .filter((entry) => entry !== './testing')
    .map((entry) => name + entry.slice(1));
  const lines = entries.map(
    (entry, i) => `import * as e${i} from '${entry}';\nexport const k${i}: readonly string[] = Object.keys(e${i});`,
  );
  await writeFile(join(home, 'use.mts'), `${lines.join('\n')}\n`);
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types')];
  const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2023', '--lib', 'es2023', ...types];
  for (const resolution of [
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ] as const) {
    const [module, how] = resolution;
    await run(process.execPath, [TSC, ...strict, '--module', module, '--moduleResolution', how, 'use.mts'], {
      cwd: home,
    }).catch(({ stdout }) => expect.fail(`${name}, ${how}: ${stdout}`));
  }
}

/** Runs an example, and looks at what it says beside its calls of console.log. */
async function runExample(home: string, example: string): Promise<void> {
  const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: home });
  const expected = Array.from(example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, said]) => said!);
  expect(expected.length, 'lines of the example that say what they print').toBeGreaterThan(0);
  expect(stdout.trimEnd().split('\n')).toEqual(expected);
}

describe('refrain', () => {
  it('is installed with install scripts on, without one that fails taking anything back, and runs', async () => {
    const home = join(work, 'scripts');
    await installInto(home, [shelf.wanted('refrain')], shelf.source, []);
    const { stdout } = await run('npx', ['--no-install', 'refrain', '--version'], { cwd: home });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('is installed globally', async () => {
    const home = join(work, 'global');
    await installInto(home, [], shelf.source);
    const prefix = join(home, 'prefix');
    const settings = ['--prefix', prefix, '--userconfig', join(home, '.npmrc'), '--prefer-offline'];
    await run('npm', ['install', '--global', ...settings, shelf.wanted('refrain')], { cwd: home });
    const { stdout } = await run(join(prefix, 'bin', 'refrain'), ['plugins'], { cwd: home });
    expect(stdout).toMatch(/hdbscan/);
  });
});

describe('@refrain/onnx', () => {
  it('says what to install where the part for the platform was left out', async () => {
    const home = join(work, 'omitted');
    await installInto(home, ['@refrain/onnx'], shelf.source, ['--omit=optional', '--ignore-scripts']);
    await writeFile(join(home, 'try.mjs'), "import { onnxruntime } from '@refrain/onnx';\nawait onnxruntime();\n");
    await expect(run(process.execPath, ['try.mjs'], { cwd: home })).rejects.toThrow(
      `onnxruntime is not installed: its package for this platform, @refrain/onnxruntime-${process.platform}-${process.arch}, is an optional dependency`,
    );
  });
});
