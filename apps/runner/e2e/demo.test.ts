import { readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ComparisonReport } from '@refrain/pipeline';
import type { PruningPage } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeCopiedManifest } from './fixtures/copies.ts';
import { newFolder, refrain } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

interface SetResult {
  set: string;
  clips: number;
  metrics: Record<string, { mean: number; sd: number; values: number[] }>;
}

// Rendering and embedding 364 clips takes a minute or two.
const DEMO_MS = 600_000;

describe('the demo', () => {
  let work: string;
  let cache: string;
  let folder: string;
  let stdout: string;
  let results: Record<string, SetResult>;

  beforeAll(async () => {
    work = await newFolder();
    cache = join(work, 'cache');
    folder = join(work, 'demo');
    const args = ['run', '--dataset', 'demo', '--t', '1', '--cache-dir', cache, '--output', folder];
    const finished = await refrain(args, { page: true });
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
    'beats random sets of the same size by two standard deviations in %s, or is at 1',
    (metric) => {
      const { mean, sd } = results.random!.metrics[metric]!;
      expect(sd).toBeGreaterThan(0);
      expect(results.pruned!.metrics[metric]!.mean).toBeGreaterThanOrEqual(Math.min(1, mean + 2 * sd));
    },
  );

  it('can be learned from, and not too easily', () => {
    const { mean } = results.whole!.metrics['ROC-AUC']!;
    expect(mean).toBeGreaterThan(0.6);
    expect(mean).toBeLessThan(0.95);
  });

  it('leaves a page with these figures, and audio beside it', async () => {
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    const page = JSON.parse(/id="refrain-data"[^>]*>(.*?)<\/script/s.exec(html)![1]!) as PruningPage;
    const { sets, differences, perTag } = page.evaluation!;
    for (const { set, clips, metrics } of sets)
      expect({ set, clips, metrics }).toEqual({ ...results[set], details: undefined, differences: undefined });
    const { pruned, random } = results as Record<'pruned' | 'random', SetResult>;
    expect(Object.keys(differences).sort()).toEqual(Object.keys(pruned.metrics).sort());
    for (const [metric, { difference, low, high, of }] of Object.entries(differences)) {
      expect(difference).toBeCloseTo(pruned.metrics[metric]!.mean - random.metrics[metric]!.mean, 12);
      // Of very skew draws the mean may lie outside the middle ones.
      expect(low).toBeLessThanOrEqual(high);
      if (of === 'seeds') expect((low + high) / 2).toBeCloseTo(difference, 12);
      expect(of).toBe(metric.endsWith('AUC') ? 'seeds' : 'draws');
    }
    expect(perTag!.columns['pruned positives']).toHaveLength(perTag!.tags.length);
    expect(page.audio.from).toBe('relative');
    const url = `${page.audio.base}${page.clips.path[0]!.split('/').map(encodeURIComponent).join('/')}`;
    expect((await stat(new URL(url, pathToFileURL(join(folder, 'report.html'))))).isFile()).toBe(true);
    expect(page.command).toBe(`refrain run --dataset demo --t 1 --cache-dir ${cache} --output ${folder}`);
    const { timings_s: timings } = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8'));
    expect(page.timings).toEqual(timings);
    expect(page.clips.projection).toHaveLength(2 * page.clips.id.length);
  });

  it('keeps its certificate', async () => {
    expect((await refrainHere(['verify', folder])).status).toBe(0);
  });

  describe('with a train set of which four fifths are exact copies', () => {
    const DRAWS = 10;
    let manifest: string;
    let trainClips: number;
    let probes: string;

    beforeAll(async () => {
      manifest = join(work, 'copied.jsonl');
      probes = join(cache, 'evaluations');
      const { originals, copies } = await writeCopiedManifest(cache, manifest);
      trainClips = originals + copies;
      expect(copies).toBe(0.8 * trainClips);
    });

    // On one thread unless told: with so few clips more of them take longer to start than to train.
    const argsOf = (output: string, draws: number, epochs: number, ...more: string[]) => [
      ...['compare', '--dataset', 'manifest', '--dataset-dir', manifest, '--cache-dir', cache, '--t', '1'],
      ...['--output', join(work, output), '--draws', `${draws}`, '--finetuner-max-epochs', `${epochs}`],
      ...(more.includes('--workers') ? more : ['--workers', '1', ...more]),
    ];
    const long = (output: string, ...more: string[]) => argsOf(output, DRAWS, 60, '--budget', 'epochs', ...more);
    const bytesOf = (output: string) => readFile(join(work, output, 'results.json'), 'utf8');
    const compareAnew = async (args: readonly string[]) => {
      await rm(probes, { recursive: true, force: true });
      const finished = await refrainHere(args);
      expect(finished.status, finished.stderr).toBe(0);
      return finished.stdout;
    };
    /** When each probe was written, by its file. */
    const timesOfProbes = async () => {
      const names = (await readdir(probes)).filter((name) => name.endsWith('.evaluation'));
      const times = await Promise.all(names.map(async (name) => (await stat(join(probes, name))).mtimeMs));
      return new Map(names.map((name, i) => [name, times[i]!]));
    };

    it('finds one clip of each group better than random sets of the same size, and says so', {
      timeout: DEMO_MS,
    }, async () => {
      const text = await compareAnew(long('whole'));
      const report = JSON.parse(await bytesOf('whole')) as ComparisonReport;
      expect([report.trainClips, report.seeds, report.groupedBy]).toEqual([trainClips, DRAWS, 'track']);
      const row = report.rows.find(({ role }) => role === 'strategy')!;
      expect(row.kept).toBeLessThanOrEqual(0.2 * trainClips);
      const found = row.against!.random!.test!['PR-AUC']!;
      expect(found.verdict).toBe('better');
      expect(found.interval[0]).toBeGreaterThan(0);
      expect(found.difference).toBeGreaterThan(found.interval[0]);
      const words = text.replace(/\s+/g, ' ');
      expect(words).toContain(`jensen-shannon t=1, ${row.kept} kept: ${found.sentence}`);
      expect(found.sentence).toMatch(
        /^PR-AUC \+0\.\d+ \(95 % interval \+0\.\d+ … \+0\.\d+, p .*\): better than random sets of the same size\.$/,
      );
    });

    it('goes on, when interrupted, from the probes that were done, on two threads to the bytes that one found', {
      timeout: DEMO_MS,
    }, async () => {
      await rm(probes, { recursive: true, force: true });
      await mkdir(probes);
      const isDue = () => readdirSync(probes).some((name) => name.endsWith('.evaluation'));
      const { status } = await refrain(long('resumed'), { stop: { signal: 'SIGINT', watched: probes, isDue } });
      expect(status).toBe(130);
      expect(await readdir(work)).not.toContain('resumed');
      const before = await timesOfProbes();
      const finished = await refrainHere(long('resumed', '--workers', '2'));
      expect(finished.status, finished.stderr).toBe(0);
      const after = await timesOfProbes();
      // The whole set, two kinds of random ones and the strategy's, by seed.
      expect(after.size).toBe(4 * DRAWS);
      expect(before.size).toBeGreaterThan(0);
      expect(before.size).toBeLessThan(after.size);
      for (const [name, time] of before) expect(after.get(name), `${name} was not trained again`).toBe(time);
      expect(await bytesOf('resumed')).toBe(await bytesOf('whole'));
    });

    it('finds others with another seed', { timeout: DEMO_MS }, async () => {
      await compareAnew(argsOf('one', 2, 5));
      await compareAnew(argsOf('other', 2, 5, '--seed', '43'));
      const rowsOf = async (output: string) => (JSON.parse(await bytesOf(output)) as ComparisonReport).rows;
      const [one, other] = [await rowsOf('one'), await rowsOf('other')];
      for (const [i, { results }] of one.entries()) expect(other[i]!.results).not.toEqual(results);
    });
  });
});
