import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readNpy, seededRandom, writeNpy } from '@refrain/core';
import { prune } from '@refrain/pipeline';
import { beforeAll, describe, expect, it } from 'vitest';

const SCRIPTS = join(import.meta.dirname, 'python');
const run = promisify(execFile);
const has = (module: string) => spawnSync('python3', ['-c', `import ${module}`]).status === 0;
const hasNumpy = has('numpy');

describe.runIf(has('ast'))('what Python reads', () => {
  let work: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-python-'));
  });

  it('is in scripts without an error of syntax', async () => {
    const scripts = (await readdir(SCRIPTS)).filter((name) => name.endsWith('.py'));
    const modules = new Set<string>();
    for (const name of scripts) {
      const text = await readFile(join(SCRIPTS, name), 'utf8');
      await run('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', join(SCRIPTS, name)]);
      for (const [, module] of text.matchAll(/^(?:from|import) (\w+)/gm)) modules.add(module!);
    }
    const missing = ['numpy', 'torch', 'datasets', 'nemo', 'lhotse'].filter((name) => modules.has(name) && !has(name));
    if (missing.length > 0)
      process.stderr.write(`Scripts that need ${missing.join(', ')} are not run: Python here has none.\n`);
  });

  it.runIf(hasNumpy)('writes embeddings that are pruned, and reads the folder', async () => {
    await run('python3', [join(SCRIPTS, 'embeddings.py')], { cwd: work });
    expect((await readNpy(join(work, 'clips.npy'))).shape).toEqual([200, 32]);
    const ids = (await readFile(join(work, 'clips.txt'), 'utf8')).trim().split('\n');
    const result = await prune({ embeddings: join(work, 'clips.npy'), ids: join(work, 'clips.txt'), t: 1 });
    expect([ids.length, result.removed.map(({ id }) => id)]).toEqual([200, ['clip-1']]);
    await result.write(join(work, 'pruned'));
    const { stdout } = await run('python3', [join(SCRIPTS, 'numpy_folder.py'), join(work, 'pruned')]);
    expect(stdout).toBe('199 199 200\n');
  });

  it.runIf(hasNumpy)('computes the metric from the predictions that are saved', async () => {
    const { uniform } = seededRandom('predictions');
    const folder = join(work, 'evaluation', 'predictions');
    await run('mkdir', ['-p', folder]);
    const truth = Float64Array.from([1, 0, 0, 1, 1, 0]);
    await writeNpy(join(folder, 'truth.npy'), { dtype: 'float64', shape: [3, 2], data: truth });
    // The first class: clips 0, 2 and then 1, of which 0 and 2 are right. The second: clip 1 comes second.
    const data = Float64Array.from([0.9, 0.8, 0.1, 0.7, 0.5, 0.2, ...Array.from({ length: 6 }, uniform)]);
    await writeNpy(join(folder, 'pruned.npy'), { dtype: 'float64', shape: [2, 3, 2], data });
    const { stdout } = await run('python3', [join(SCRIPTS, 'average_precision.py'), work]);
    expect(Number(stdout)).toBeCloseTo((1 + 0.5) / 2, 12);
  });
});
