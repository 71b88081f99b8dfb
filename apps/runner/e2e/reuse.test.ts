import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

const CHOSEN = ['indices_to_keep.npy', 'cluster_labels.npy', 'clips.jsonl', 'removed.jsonl', 'manifest.parquet'];

describeWithData('embeddings', 'a pruned dataset folder', () => {
  const embeddings = ['--embeddings', testDataPath('embeddings', 'music-dev.mtat-musicnn.npy')];
  const source = [...embeddings, '--min-cluster-size', '5', '--threshold', '0.9'];
  let work: string;
  let folder: string;
  let count = 0;

  const prune = async (options: readonly string[]) => {
    const output = join(work, `run-${count++}`);
    const { status, stderr } = await refrainHere(['prune', ...options, '--output', output]);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    return output;
  };
  const bytesOf = (path: string) => Promise.all(CHOSEN.map((name) => readFile(join(path, name), 'latin1')));
  const metadataOf = async (path: string) =>
    JSON.parse(await readFile(join(path, 'metadata.json'), 'utf8')) as Metadata;

  beforeAll(async () => {
    work = await newFolder();
    folder = await prune(source);
  });

  describe('is pruned with other options, without its source', () => {
    it.each([
      { name: 'the same ones', others: [] },
      { name: 'another t', others: ['--t', '0.9'] },
      { name: 'a wanted share', others: ['--keep', '60%'] },
      { name: 'another rule for θ', others: ['--pruner.theta', 'fdr'] },
      { name: 'noise that is kept', others: ['--noise', 'keep'] },
      { name: 'noise that is clustered again', others: ['--noise', 'recluster', '--t', '1'] },
      { name: 'another strategy', others: ['--pruner', 'coverage', '--keep', '0.7'] },
      { name: 'a random strategy', others: ['--pruner', 'random', '--keep', '0.7', '--seed', '7'] },
    ])('as if pruned anew with $name', async ({ others }) => {
      const isStrategy = others.includes('--pruner');
      // Their own θ or strategy takes the place of the one that the folder has.
      const first = isStrategy || others.includes('--pruner.theta') ? source.slice(0, -2) : source;
      const [again, anew] = [await prune(['--reuse', folder, ...others]), await prune([...first, ...others])];
      expect(await bytesOf(again)).toEqual(await bytesOf(anew));
      const [here, there] = [await metadataOf(again), await metadataOf(anew)];
      // Each folder says where it is itself, and how long it took.
      const rest = ({ files: { 'pruned_dataset_path.txt': _, ...files }, ...metadata }: Metadata) => ({
        ...metadata,
        files,
        timings_s: 0,
      });
      expect(rest(here)).toEqual(rest(there));
    });

    it('and says once how alike its partner the least similar removed clip is, with rules too', async () => {
      const overrides = join(work, 'overrides.jsonl');
      await writeFile(overrides, '{"id": "row-007", "decision": "remove"}\n');
      const output = join(work, 'with-rules');
      const options = ['--keep', '60%', '--overrides', overrides, '--output', output];
      const { stdout, stderr } = await refrainHere(['prune', '--reuse', folder, ...options]);
      expect(stderr).toMatch(/κ was lowered from \S+ to \S+\.$/m);
      const told = [...`${stdout}${stderr}`.matchAll(/least similar.* (\d\.\d+)/g)].map(([, figure]) => figure);
      const removed = await jsonLines<RemovedRecord>(join(output, 'removed.jsonl'));
      expect(told).toEqual([Math.min(...removed.map(({ similarity }) => similarity)).toFixed(3)]);
    });

    it('as a run file says it', async () => {
      const config = join(work, 'again.json');
      await writeFile(config, JSON.stringify({ reuse: folder, t: 0.9 }));
      const [said, asked] = [await prune(['--config', config]), await prune(['--reuse', folder, '--t', '0.9'])];
      expect(await bytesOf(said)).toEqual(await bytesOf(asked));
    });

    it('also where it names its source from the working directory', async () => {
      const older = join(work, 'older');
      await cp(folder, older, { recursive: true });
      const metadata = await metadataOf(older);
      const settings = { ...metadata.settings, embeddings: relative(process.cwd(), embeddings[1]!) };
      await writeFile(join(older, 'metadata.json'), JSON.stringify({ ...metadata, settings }));
      expect(await bytesOf(await prune(['--reuse', older]))).toEqual(await bytesOf(folder));
    });

    it('and comes back from noise that was clustered again', async () => {
      const reclustered = await prune(['--reuse', folder, '--noise', 'recluster']);
      const back = await prune(['--reuse', reclustered, '--noise', 'prune']);
      expect(await bytesOf(reclustered)).not.toEqual(await bytesOf(folder));
      expect(await bytesOf(back)).toEqual(await bytesOf(folder));
    });

    it.each([
      [['--min-cluster-size', '7'], '--min-cluster-size (clusterer.minClusterSize) 5, not 7'],
      [['--space', 'raw'], '--space whitened, not raw'],
      [['--clusterer', 'k-means'], '--clusterer hdbscan, not k-means'],
      [['--embeddings', 'others.npy'], `not ${resolve('others.npy')}`],
    ])('but not with %s', async (others, sentence) => {
      const { status, stderr } = await refrainHere([
        'prune',
        '--reuse',
        folder,
        ...others,
        '--output',
        join(work, 'no'),
      ]);
      expect(status).toBe(2);
      expect(stderr).toContain(sentence);
    });
  });

  describe('is pruned again by verify', () => {
    const changed = async (change: (metadata: Metadata & { settings: { pruner: { t: number } } }) => void) => {
      const copy = join(work, `changed-${count++}`);
      await cp(folder, copy, { recursive: true });
      const path = join(copy, 'metadata.json');
      const metadata = JSON.parse(await readFile(path, 'utf8'));
      change(metadata);
      await writeFile(path, JSON.stringify(metadata));
      return refrainHere(['verify', copy]);
    };

    it('and found to be what its options give', async () => {
      const { status, stdout } = await refrainHere(['verify', folder]);
      expect(stdout).toContain('the same clips stay, for the same reasons');
      expect(status).toBe(0);
    });

    it('and found out where its options would have kept others', async () => {
      const { status, stdout } = await changed(({ settings }) => {
        settings.pruner.t = 1;
      });
      expect(stdout).toMatch(
        /^does not hold: clip row-\d+: the folder keeps it, pruning again with its options removes it$/m,
      );
      expect(status).toBe(1);
    });

    it('and found out where a figure is not what comes of it', async () => {
      const { status, stdout } = await changed(({ cluster_stats: stats }) => {
        Object.assign(stats['-1']!, { jsd_after: 0.5 });
      });
      expect(stdout).toMatch(/metadata\.json says cluster_stats\.-1\.jsd_after 0\.5, pruning again finds \d[\d.e-]*$/m);
      expect(status).toBe(1);
    });

    it('unless only the certificate is wanted', async () => {
      const { stdout } = await refrainHere(['verify', folder, '--again', 'off']);
      expect(stdout).toMatch(/has a kept partner as claimed$/m);
      expect(stdout).not.toContain('pruned again');
    });

    it('but never by the code of a plugin', async () => {
      const { status, stdout } = await changed((metadata) => {
        Object.assign(metadata.settings, { pruner: { use: 'mine' }, plugins: ['./harmful.mjs'] });
      });
      expect(stdout).toContain('not pruned again: its strategy mine is of a plugin, which verify does not load');
      expect(status).toBe(0);
    });
  });
});
