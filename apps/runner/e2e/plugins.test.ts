import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder, refrain, SOURCE_BIN } from './refrain.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/refrain-plugin-example', import.meta.url));
const CORE = fileURLToPath(new URL('../../../packages/core', import.meta.url));

/** Writes the example as somebody publishes it, in JavaScript. */
async function publishExample(folder: string): Promise<void> {
  const source = join(EXAMPLE, 'src');
  const files = (await readdir(source)).filter((name) => !name.includes('.test.')).map((name) => join(source, name));
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', join('bin', 'tsc'));
  const options = ['--rewriteRelativeImportExtensions', '--noCheck', '--module', 'nodenext', '--target', 'es2023'];
  await mkdir(folder, { recursive: true });
  await promisify(execFile)(process.execPath, [tsc, ...files, '--outDir', folder, ...options], { cwd: folder });
  await mkdir(join(folder, 'node_modules', '@refrain'), { recursive: true });
  await symlink(CORE, join(folder, 'node_modules', '@refrain', 'core'));
  const about = JSON.parse(await readFile(join(EXAMPLE, 'package.json'), 'utf8')) as object;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...about, exports: './index.js' }));
}

describe("a third party's plugin", () => {
  /** The example is TypeScript. */
  const fromSource = { bin: SOURCE_BIN };
  let work: string;
  /** As `work`, but with the example as it is published, which any command loads. */
  let other: string;
  let published: string;

  beforeAll(async () => {
    [work, other] = [await newFolder(), await newFolder()];
    published = join(other, 'node_modules', 'refrain-plugin-example');
    await publishExample(published);
    await mkdir(join(work, 'node_modules'));
    await symlink(EXAMPLE, join(work, 'node_modules', 'refrain-plugin-example'));
    for (const folder of [work, other])
      await writeFile(
        join(folder, 'run.json'),
        JSON.stringify({
          plugins: ['refrain-plugin-example'],
          dataset: { use: 'tones', tracks: 16 },
          // What would be chosen: threads that find it out would be started, which from the sources takes a while.
          encoder: { use: 'mfcc', segmentSeconds: 0.2 },
          clusterer: { use: 'connected-components', similarity: 0.9 },
          threshold: 0.9,
          cache_dir: join(folder, 'cache'),
          draws: 2,
        }),
      );
  });

  it('is found by its name beside the run file, wherever the command is started', async () => {
    const { status, stdout, stderr } = await refrain(
      // Threads, which from the sources take long to start, load it in the comparison.
      ['run', '--config', join(work, 'run.json'), '--output', join(work, 'out'), '--workers', '1'],
      fromSource,
    );
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Accuracy/);
    const metadata = JSON.parse(await readFile(join(work, 'out', 'metadata.json'), 'utf8'));
    expect(metadata.settings).toMatchObject({
      dataset: { use: 'tones', tracks: 16 },
      clusterer: { use: 'connected-components', similarity: 0.9 },
    });
    expect(metadata.pruned_size).toBeLessThan(metadata.original_size);
    expect((await refrain(['verify', join(work, 'out')])).status).toBe(0);
  });

  it('is not loaded because a folder names it, but where the user does', async () => {
    const options = ['prune', '--reuse', join(work, 'out'), '--t', '1', '--output', join(work, 'again')];
    const refused = await refrain(options);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/trust refrain-plugin-example, say so/),
    ]);
    const asked = await refrain([...options, '--plugin', 'refrain-plugin-example'], { cwd: other });
    expect(asked.status, asked.stderr).toBe(0);
  });

  it('is found so by a comparison too', async () => {
    const options = [
      '--keep',
      '50%',
      '--draws',
      '2',
      '--finetuner-max-epochs',
      '2',
      '--budget',
      'epochs',
      '--json',
      '--workers',
      '2',
    ];
    const { status, stdout, stderr } = await refrain([
      'compare',
      '--config',
      join(other, 'run.json'),
      '--output',
      join(work, 'compared'),
      ...options,
    ]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ dataset: 'tones', seeds: 2 });
  });

  it('is loaded by path', async () => {
    const { status, stdout } = await refrain(['plugins', '--plugin', join(EXAMPLE, 'src', 'index.ts')], fromSource);
    expect(status).toBe(0);
    expect(stdout).toMatch(/connected-components: .*\n\s+--clusterer\.similarity number = 0\.95/);
    expect(stdout).toMatch(/tones: plain tones/);
  });

  it('is refused when it registers nothing, is no plugin, or brings a name that is taken', async () => {
    const attempt = async (name: string, source: string) => {
      const path = join(work, `${name}.mjs`);
      await writeFile(path, source);
      return refrain(['plugins', '--plugin', path]);
    };
    const nothing = await attempt('nothing', 'export default { load() {}, id: 1 };');
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringMatching(/nothing\.mjs/)]);
    const none = await attempt('none', 'export const x = 1;');
    expect([none.status, none.stderr]).toEqual([2, expect.stringMatching(/definePlugin/)]);
    const broken = await attempt('broken', 'throw new Error("boom");');
    expect([broken.status, broken.stderr]).toEqual([2, expect.stringMatching(/cannot be loaded: boom/)]);
    await symlink(published, join(work, 'linked'));
    const twice = [published, join(work, 'linked')];
    const again = await refrain(['plugins', ...twice.flatMap((folder) => ['--plugin', join(folder, 'index.js')])]);
    expect([again.status, again.stderr]).toEqual([
      2,
      expect.stringMatching(/brings .*(connected-components|tones).* already/),
    ]);
  });
});

describe('refrain plugins', () => {
  it('lists every kind with options and defaults', async () => {
    const { status, stdout } = await refrain(['plugins', '--json']);
    expect(status).toBe(0);
    const { components: listed } = JSON.parse(stdout) as {
      components: { kind: string; name: string; options: { name: string; default?: unknown }[] }[];
    };
    const names = (kind: string) => listed.filter((one) => one.kind === kind).map((one) => one.name);
    expect(names('dataset')).toEqual(['magnatagatune', 'msd', 'gtzan', 'librispeech', 'audio', 'manifest', 'demo']);
    expect(names('encoder')).toEqual(['clmr', 'onnx', 'mfcc', 'basic-pitch', 'chromaprint']);
    expect(names('kernel')).toEqual(['cpu', 'gpu', 'distributed', 'reference']);
    expect(names('clusterer')).toEqual(['hdbscan', 'k-means']);
    expect(names('pruner')).toEqual([
      'jensen-shannon',
      'semdedup',
      'similarity-histogram',
      'coverage',
      'density-quota',
      'first-seventy-percent',
      'random',
      'random-per-cluster',
      'random-stratified',
    ]);
    expect(names('evaluator').sort()).toEqual(['coverage', 'linear-probe']);
    expect(listed.find((one) => one.name === 'jensen-shannon')?.options).toContainEqual(
      expect.objectContaining({ name: 't', default: 0.5 }),
    );
  });
});
