import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { hdbscan, kMeans } from '@refrain/clusterers';
import { type Clusterer, ConfigError, type Encoder, quietHost, seededRandom, shuffled } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { audioFolder } from '@refrain/datasets';
import { MfccEncoder, mfcc } from '@refrain/encoders';
import { cpu } from '@refrain/kernels';
import { readPrunedDataset, verifyFolder } from '@refrain/pruned-dataset';
import { jensenShannon } from '@refrain/pruners';
import { beforeAll, describe, expect, it } from 'vitest';
import { duplicates, type PipelineOptions, prune } from '../index.ts';

let work: string;
let usual: { readonly dataset: ReturnType<typeof audioFolder>; readonly cacheDir: string; readonly workers: number };

/** Three kinds of sound, four takes of each that differ a little, and a copy of the first. */
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-prune-'));
  const clips = join(work, 'clips');
  await mkdir(clips);
  for (const [kind, pitch] of [200, 700, 2500].entries()) {
    for (let take = 0; take < 4; take++) {
      const { uniform } = seededRandom(`${kind} ${take}`);
      const samples = Float32Array.from(
        { length: 24_000 },
        (_, i) =>
          0.4 * Math.sin((2 * Math.PI * pitch * i) / 8000) * Math.sin(i / (1000 + 900 * take)) +
          0.1 * take * (uniform() - 0.5),
      );
      await writeFile(join(clips, `${kind}-${take}.wav`), encodeWav({ samples, sampleRate: 8000 }));
    }
  }
  await copyFile(join(clips, '0-0.wav'), join(clips, 'copy.wav'));
  usual = { dataset: audioFolder({ dir: clips }), cacheDir: join(work, 'cache'), workers: 1 };
});

const ids = (clips: readonly { readonly id: string }[]) => clips.map(({ id }) => id);

describe('prune', () => {
  it('gives the clips that stay and those that go, each with the kept one that stands for it', async () => {
    const { kept, removed, reduction, clusters } = await prune({ ...usual, encoder: mfcc(), t: 0.5 });
    expect([...ids(kept), ...ids(removed)].sort()).toHaveLength(13);
    expect(reduction).toBeCloseTo(removed.length / 13, 12);
    const pair = removed.find(({ id, partner }) => [id, partner.id].sort().join() === '0-0.wav,copy.wav');
    expect(pair).toMatchObject({ level: 'identical', similarity: 1, partner: { labels: [] } });
    for (const { partner } of removed) expect(kept).toContain(partner);
    expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(13);
  });

  it('is the same by names, as in a run file, by calls and with ready components', async () => {
    const byCalls = await prune({ ...usual, encoder: mfcc(), kernel: cpu(), pruner: jensenShannon({ t: 0.9 }) });
    const named = await prune({ ...usual, encoder: 'mfcc', pruner: { use: 'jensen-shannon', t: 0.9 } });
    const ready = await prune({
      ...usual,
      encoder: new MfccEncoder({ segmentSeconds: 0.2 }),
      kernel: plainKernel(),
      t: 0.9,
    });
    expect(ids(named.kept)).toEqual(ids(byCalls.kept));
    expect(ids(ready.kept)).toEqual(ids(byCalls.kept));
    const few = await prune({ ...usual, t: 0.9, clusterer: hdbscan({ minClusterSize: 2 }) });
    expect(few.clusters.length).toBeGreaterThan(1);
  });

  it('embeds and clusters once, however often it is pruned again, and closes nothing that it was given', async () => {
    const counts = { encoded: 0, clustered: 0, closed: 0 };
    const inner = new MfccEncoder({ segmentSeconds: 0.2 });
    const encoder: Encoder = {
      ...{ name: 'counting', sampleRate: inner.sampleRate, dim: inner.dim, fingerprint: 'counting' },
      encode: (waveform, options) => {
        counts.encoded++;
        return inner.encode(waveform, options);
      },
      close: async () => void counts.closed++,
    };
    const groups = await kMeans.create(kMeans.options.parse({ k: 2 }), quietHost());
    const clusterer: Clusterer = {
      name: 'counting',
      cluster: (embeddings) => {
        counts.clustered++;
        return groups.cluster(embeddings);
      },
    };
    const options = { ...usual, encoder, clusterer, workers: 2 };
    const first = await prune({ ...options, t: 0.2 });
    // The copy is not encoded again.
    expect(counts).toEqual({ encoded: 12, clustered: 1, closed: 0 });
    const again = await first.reprune({ t: 1 });
    const share = await again.reprune({ keep: 0.5 });
    expect(counts).toEqual({ encoded: 12, clustered: 1, closed: 0 });
    expect(share.kept).toHaveLength(7);
    expect(await again.reprune({ pruner: 'random', keep: 0.4 })).toHaveProperty('kept.length', 5);
    expect(ids(again.kept)).toEqual(ids((await prune({ ...options, t: 1 })).kept));
    await expect(first.reprune({ pooling: 'first' } as object)).rejects.toThrow('`pooling` cannot change');
  });

  it('writes a folder that holds, and overwrites nothing', async () => {
    const result = await prune({ ...usual, t: 0.9 });
    const path = await result.write(join(work, 'pruned'));
    const folder = await readPrunedDataset(path);
    expect(folder.metadata.pruned_size).toBe(result.kept.length);
    expect((await verifyFolder(folder)).failure).toBeUndefined();
    await expect(result.write(path)).rejects.toThrow(ConfigError);
  });

  it('takes embeddings from memory, with their ids', async () => {
    const data = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]);
    const embeddings = { data, rows: 4, cols: 3 };
    const options = { embeddings, ids: ['d', 'c', 'b', 'a'], space: 'raw' as const, cacheDir: usual.cacheDir };
    const { kept, removed } = await prune(options);
    expect(ids(kept)).toEqual(['a', 'b', 'c']);
    expect(removed).toMatchObject([{ id: 'd', position: 0, partner: { id: 'a' }, similarity: 1 }]);
    await expect(prune({ ...options, ids: ['a'] })).rejects.toThrow('there are 1 for 4 embeddings');
    await expect(prune({ ...options, embeddings: { ...embeddings, rows: 5 } })).rejects.toThrow('found 12 numbers');
  });

  it.each([
    ['within-clip', 60, 12],
    ['total', 130, 1],
  ])(
    'whitens alike (%s), to the byte, in any order of clips and on any number of workers',
    async (covariance, clips, each) => {
      const cols = 20;
      const random = seededRandom('whitened');
      const own = Array.from({ length: clips }, () => random.uniform());
      const made = own.map((x) =>
        Float32Array.from({ length: each * cols }, (_, at) => x * (at % cols) + random.uniform()),
      );
      const folders: string[] = [];
      for (const workers of [1, 2, 3]) {
        const order = shuffled(seededRandom(workers), clips);
        const segments = {
          data: Float32Array.from(Array.from(order, (clip) => [...made[clip]!]).flat()),
          rows: clips * each,
          cols,
        };
        const given = {
          segments,
          segmentStarts: Array.from(order, (_, i) => i * each),
          ids: Array.from(order, (clip) => `clip ${100 + clip}`),
        };
        const result = await prune({ ...given, workers, cacheDir: usual.cacheDir });
        folders.push(await result.write(join(work, `${covariance}-${workers}`)));
      }
      const files = ['whitening.npy', 'space.json'];
      const bytes = (folder: string) => Promise.all(files.map((name) => readFile(join(folder, name))));
      const first = await readPrunedDataset(folders[0]!);
      expect(first.space!.whitening).toMatchObject({ covariance, clips, segments: clips * each });
      const hashOf = new Map(first.clips.map(({ id, embedding_hash: hash }) => [id, hash]));
      for (const folder of folders.slice(1)) {
        expect(await bytes(folder)).toEqual(await bytes(folders[0]!));
        for (const { id, embedding_hash: hash } of (await readPrunedDataset(folder)).clips)
          expect(hash).toBe(hashOf.get(id));
      }
    },
  );

  it('says so where features cannot be whitened', async () => {
    const embeddings = { data: Float32Array.of(1, 0, 0, 1, 1, 1, 0.5, 0), rows: 4, cols: 2 };
    const told: string[] = [];
    await prune({ embeddings, cacheDir: usual.cacheDir, onNotice: (message) => told.push(message) });
    expect(told).toContainEqual(
      expect.stringMatching(
        /`space` whitened needs clips of several segments.*or 100 clips.*here are 4 clips.*standardized/,
      ),
    );
  });

  it('tells how far it is, and stops when it is asked to', async () => {
    const told: string[] = [];
    const onProgress: PipelineOptions['onProgress'] = ({ label, done, total, unit }) => {
      if (done === total) told.push(`${label} ${done} ${unit}`);
    };
    await prune({ ...usual, onProgress });
    expect(told).toContain('embedding 13 clips');
    const reason = new Error('enough');
    await expect(prune({ ...usual, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each([
    [{ shortst: 1 }, 'There is no option `shortst`. Is `shortest` meant?'],
    [{ t: 0.5, keep: 0.5 }, '`t` and `keep` exclude each other'],
    [{ maxBad: 2 }, '`maxBad`: '],
    [{ encoder: {} }, '`encoder`: expected the name of a component'],
    [{ pruner: { prune: async () => ({}) }, t: 0.5 }, '`t` is an option of a component that is chosen'],
    [{ pruner: 'nobody' }, 'There is no pruner "nobody"'],
    [{ ids: ['a'] }, '`ids` belongs to `embeddings`'],
    [{ dataset: undefined }, 'No dataset'],
  ])('refuses %o', async (wrong, message) => {
    const failure = prune({ ...usual, ...wrong } as PipelineOptions);
    await expect(failure).rejects.toBeInstanceOf(ConfigError);
    await expect(failure).rejects.toThrow(message);
  });
});

it('finds duplicates without removing any', async () => {
  const { sets, clips } = await duplicates({ ...usual, fingerprints: false });
  expect(sets.map((members) => members.map((i) => clips[i]!.id))).toEqual([['0-0.wav', 'copy.wav']]);
});
