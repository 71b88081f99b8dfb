import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder, refrain } from './refrain.ts';

interface SetResult {
  set: string;
  clips: number;
  metrics: Record<string, { mean: number; sd: number; values: number[] }>;
}

// Rendering and embedding 346 clips takes a minute or two.
const DEMO_MS = 600_000;

describe('the demo', () => {
  let folder: string;
  let stdout: string;
  let results: Record<string, SetResult>;

  beforeAll(async () => {
    const work = await newFolder();
    folder = join(work, 'demo');
    const finished = await refrain([
      'run',
      '--dataset',
      'demo',
      '--t',
      '1',
      '--cache-dir',
      join(work, 'cache'),
      '--output',
      folder,
    ]);
    expect(finished.stderr).not.toMatch(/error/);
    expect(finished.status).toBe(0);
    stdout = finished.stdout;
    const sets = JSON.parse(await readFile(join(folder, 'evaluation', 'results.json'), 'utf8')) as SetResult[];
    results = Object.fromEntries(sets.map((set) => [set.set, set]));
  }, DEMO_MS);

  it('ends with a table of the three sets and the path of the folder', () => {
    expect(stdout).toMatch(/whole set +pruned +random, same size/);
    for (const row of ['clips', 'track coverage', 'PR-AUC', 'ROC-AUC'])
      expect(stdout).toMatch(new RegExp(`^${row} .*\\d`, 'm'));
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(folder);
    expect(results.random!.clips).toBe(results.pruned!.clips);
    expect(results.random!.metrics['PR-AUC']!.values.length).toBeGreaterThanOrEqual(10);
  });

  it.each(['track coverage', 'safe-removal rate'])(
    'beats random sets of the same size by two standard deviations in %s',
    (metric) => {
      const { mean, sd } = results.random!.metrics[metric]!;
      expect(sd).toBeGreaterThan(0);
      expect(results.pruned!.metrics[metric]!.mean).toBeGreaterThanOrEqual(mean + 2 * sd);
    },
  );

  it('can be learned from, and not too easily', () => {
    const { mean } = results.whole!.metrics['ROC-AUC']!;
    expect(mean).toBeGreaterThan(0.6);
    expect(mean).toBeLessThan(0.95);
  });

  it('keeps its certificate', async () => {
    expect((await refrain(['verify', folder])).status).toBe(0);
  });
});
