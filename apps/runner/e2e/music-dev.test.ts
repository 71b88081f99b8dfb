import { cp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, readNpyHeader, writeNpyIntegers } from '@refrain/core';
import { describeOnSoftwareCard, describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { walk } from '../../../tools/documents/walk.ts';
import { runCommand } from '../src/cli.ts';
import { printed } from '../src/commands/printed.ts';
import { jsonLines, newFolder, refrain, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

// Embedding takes minutes on a busy machine; everything after it takes seconds.
const EMBEDDING_MS = 900_000;
const LEVELS = [0, 0.25, 0.5, 0.9, 1];

interface SetResult {
  set: string;
  clips: number;
  metrics: Record<string, { mean: number; sd: number; values: number[] }>;
}

/** The bytes that say what a folder keeps, and why. */
const kept = (folder: string) =>
  Promise.all(
    ['indices_to_keep.npy', 'cluster_labels.npy', 'removed.jsonl'].map((file) =>
      readFile(join(folder, file), 'latin1'),
    ),
  );

const indicesOf = async (folder: string) =>
  Array.from((await readNpy(join(folder, 'indices_to_keep.npy'))).data as BigInt64Array, Number);

describeWithData('music-dev', 'refrain on music-dev', () => {
  const tagged = ['--dataset', 'magnatagatune', '--dataset-dir', testDataPath('music-dev'), '--min-cluster-size', '5'];
  let cache: string[];
  let work: string;
  let folder: string;
  let first: { encoded: number; original_size: number; pruned_size: number };

  beforeAll(async () => {
    work = await newFolder();
    cache = ['--cache-dir', SHARED_CACHE];
    folder = join(work, 'run');
    const options = ['--draws', '2', '--json', '--output', folder];
    const { status, stdout, stderr } = await refrain(['run', ...tagged, ...cache, ...options]);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    first = JSON.parse(stdout);
  }, EMBEDDING_MS);

  const pruned = new Map<number, ReturnType<typeof pruneAnew>>();
  /** The folder at a strength, which is pruned once, by the cpu kernel, and used by several tests. */
  const pruneAt = (t: number) => {
    const known = pruned.get(t) ?? pruneAnew(t);
    pruned.set(t, known);
    return known;
  };
  const pruneAnew = async (t: number) => {
    const output = join(work, `t-${t}`);
    const { status, stdout } = await refrainHere([
      'prune',
      ...tagged,
      ...cache,
      '--json',
      '--quiet',
      '--t',
      String(t),
      '--output',
      output,
    ]);
    expect(status).toBe(0);
    return { output, result: JSON.parse(stdout) as typeof first };
  };

  // What the gpu kernel found in one mode it would find again in another that rounds alike.
  const forgetSimilarities = () => rm(join(SHARED_CACHE, 'similarities'), { recursive: true, force: true });

  it('prunes the same on every kernel', async () => {
    const kernels = [
      ['--kernel', 'reference'],
      ['--kernel', 'gpu', '--kernel.mode', 'webasm'],
      // The best mode that the machine has, a graphics card's if there is one.
      ['--kernel', 'gpu', '--kernel.fallback', 'true'],
    ];
    const { output: onCpu } = await pruneAt(1);
    const { settings } = JSON.parse(await readFile(join(onCpu, 'metadata.json'), 'utf8'));
    // Which nothing asks for: it is the default.
    expect(settings.kernel.use).toBe('cpu');
    expect((await indicesOf(onCpu)).length).toBeLessThan(209);
    const expected = await kept(onCpu);
    for (const [at, kernel] of kernels.entries()) {
      await forgetSimilarities();
      const output = join(work, `kernel-${at}`);
      const options = ['--t', '1', ...kernel, '--output', output];
      const { status, stderr } = await refrain(['prune', ...tagged, ...cache, ...options]);
      expect(status, stderr).toBe(0);
      if (kernel.includes('webasm')) expect(stderr).toMatch(/kernel gpu runs in mode webasm/);
      expect(await kept(output)).toEqual(expected);
    }
  });

  describeOnSoftwareCard('prunes the same on a software device', () => {
    it.each(['webgpu', 'onnx-webgpu'])('in mode %s', async (mode) => {
      await forgetSimilarities();
      const output = join(work, `kernel-${mode}`);
      const options = ['--t', '1', '--kernel', 'gpu', '--kernel.mode', mode, '--output', output];
      const { status, stderr } = await refrain(['prune', ...tagged, ...cache, ...options]);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain(`kernel gpu runs in mode ${mode} on `);
      expect(await kept(output)).toEqual(await kept((await pruneAt(1)).output));
    });
  });

  it('does what the page on a smaller train set says', async () => {
    const link = (place: string) => symlink(testDataPath('music-dev'), join(place, 'music-dev'));
    await walk('docs/tasks/smaller-train-set.md', SHARED_CACHE, link);
  });

  it('writes every file of the pruned dataset folder', async () => {
    expect(first.original_size).toBe(209);
    expect((await readdir(folder)).sort()).toEqual(
      [
        'bad.jsonl',
        'cluster_labels.npy',
        'clips.jsonl',
        'embeddings.npy',
        'evaluation',
        'indices_to_keep.npy',
        'manifest.parquet',
        'metadata.json',
        'pruned_dataset_path.txt',
        'removed.jsonl',
        'space.json',
        'whitening.npy',
      ].sort(),
    );
    expect((await readdir(join(folder, 'evaluation'))).sort()).toEqual([
      'per_tag.tsv',
      'pruned_finetuner.safetensors',
      'pruned_trained_results.txt',
      'results.json',
    ]);
    expect(await readFile(join(folder, 'pruned_dataset_path.txt'), 'utf8')).toBe(folder);
    expect(await readFile(join(folder, 'evaluation', 'pruned_trained_results.txt'), 'utf8')).toMatch(
      /^PR-AUC: 0\.\d+\nROC-AUC: 0\.\d+\n$/,
    );
    expect((await readdir(work)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('writes files that agree with each other', async () => {
    const clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
    const removed = await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
    const metadata = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')) as Metadata;
    const keep = await indicesOf(folder);
    expect([clips.length, keep.length, removed.length]).toEqual([
      209,
      metadata.pruned_size,
      209 - metadata.pruned_size,
    ]);
    expect((await readNpyHeader(join(folder, 'embeddings.npy'))).shape[0]).toBe(209);
    expect((await readNpyHeader(join(folder, 'cluster_labels.npy'))).shape).toEqual([209]);
    const lines = (await readFile(testDataPath('music-dev', 'train_gt_mtt.tsv'), 'utf8')).trimEnd().split('\n');
    expect(clips.map((clip) => clip.id)).toEqual(lines.map((line) => line.split('\t')[0]));
    const bytes = await readFile(join(folder, 'manifest.parquet'));
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    expect(rows.map((row) => row.id)).toEqual(clips.map((clip) => clip.id));
    expect(rows.flatMap((row, i) => (row.kept ? [i] : []))).toEqual(keep);
    expect(rows.filter((row) => row.partner_id !== undefined && row.partner_id !== null)).toHaveLength(removed.length);
    const sizes = Object.values(metadata.cluster_stats);
    expect(sizes.reduce((sum, cluster) => sum + cluster.original_size, 0)).toBe(209);
    expect(sizes.reduce((sum, cluster) => sum + cluster.kept_size, 0)).toBe(keep.length);
  });

  it('removes nothing at t = 0, ever more with t, in nested sets, and embeds nothing again', async () => {
    let before: number[] | undefined;
    for (const t of LEVELS) {
      const { output, result } = await pruneAt(t);
      const keep = await indicesOf(output);
      expect(result.encoded).toBe(0);
      expect(result.pruned_size).toBe(keep.length);
      if (before === undefined) expect(keep).toHaveLength(209);
      else expect(before).toEqual(expect.arrayContaining(keep));
      expect(keep.length).toBeLessThanOrEqual(before?.length ?? 209);
      before = keep;
    }
    expect(before!.length).toBeLessThan(209);
  });

  it.each([0.5, 1])('beats 100 random draws of the same size at t = %d', async (t) => {
    const output = join(work, `coverage-${t}`);
    const options = ['--quiet', '--t', String(t), '--evaluator', 'coverage', '--output', output];
    expect((await refrainHere(['run', ...tagged, ...cache, ...options])).status).toBe(0);
    const results = JSON.parse(await readFile(join(output, 'evaluation', 'results.json'), 'utf8')) as SetResult[];
    const [pruned, random] = ['pruned', 'random'].map((set) => results.find((result) => result.set === set)!.metrics);
    for (const metric of ['nearest kept similarity, mean', 'nearest kept similarity, worst']) {
      expect(random![metric]!.values).toHaveLength(100);
      expect(pruned![metric]!.mean).toBeGreaterThan(Math.max(...random![metric]!.values));
    }
    for (const metric of ['track coverage', 'safe-removal rate'])
      expect(pruned![metric]!.mean).toBeGreaterThanOrEqual(random![metric]!.mean);
  });

  it('evaluates a pruned folder again, from the cache', async () => {
    const { output } = await pruneAt(0.5);
    const { status, stdout } = await refrainHere([
      'evaluate',
      '--pruned-dataset-path',
      output,
      ...cache,
      '--draws',
      '2',
      '--json',
      '--quiet',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).sets[0].metrics['ROC-AUC'].mean).toBeGreaterThan(0.5);
    expect(await readdir(join(output, 'evaluation'))).toContain('per_tag.tsv');
  });

  it('trains the baseline on the whole train set', async () => {
    const { status, stdout } = await refrainHere([
      'baseline',
      ...tagged.slice(0, -2),
      ...cache,
      '--draws',
      '2',
      '--json',
      '--quiet',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).sets).toMatchObject([{ set: 'whole', clips: 209 }]);
  });

  it('keeps exactly the share that is asked for', async () => {
    const output = join(work, 'keep');
    expect(
      (await refrainHere(['prune', ...tagged, ...cache, '--quiet', '--keep', '75%', '--output', output])).status,
    ).toBe(0);
    expect(await indicesOf(output)).toHaveLength(Math.round(0.75 * 209));
    expect((await refrainHere(['verify', output])).status).toBe(0);
  });

  describe('verify', () => {
    const tampered = async (name: string, change: (copy: string) => Promise<void>) => {
      const copy = join(work, `tampered-${name}`);
      await cp(folder, copy, { recursive: true });
      await change(copy);
      // In this process: the command itself is what the first and the last of these tests start.
      const outcome = await runCommand(['verify', copy], new AbortController().signal);
      return { status: outcome!.result.status, stdout: printed(outcome!) };
    };

    it('holds for what was written', async () => {
      const { status, stdout } = await refrain(['verify', folder]);
      expect(stdout).toMatch(/^holds/);
      expect(status).toBe(0);
    });

    it.each([
      ['similarity', (value: number) => value + 0.01],
      ['theta', (value: number) => value - 0.01],
      ['cluster', (value: number) => value + 1],
      ['group', (value: number) => value + 1],
      ['level', () => 'near-identical'],
      ['partner_id', () => 'nobody'],
      ['path', (value: string) => `${value}.old`],
    ] as [keyof RemovedRecord, (value: never) => unknown][])(
      'names the clip when %s in removed.jsonl is changed',
      async (field, change) => {
        const [record, ...rest] = await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
        const lines = [{ ...record!, [field]: change(record![field] as never) }, ...rest];
        const { status, stdout } = await tampered(field, (copy) =>
          writeFile(join(copy, 'removed.jsonl'), lines.map((one) => `${JSON.stringify(one)}\n`).join('')),
        );
        expect(status).toBe(1);
        expect(stdout).toContain(`clip ${record!.id}`);
      },
    );

    it('names the clip when its line of removed.jsonl is lost', async () => {
      const [record, ...rest] = await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
      const { status, stdout } = await tampered('lost', (copy) =>
        writeFile(join(copy, 'removed.jsonl'), rest.map((one) => `${JSON.stringify(one)}\n`).join('')),
      );
      expect(status).toBe(1);
      expect(stdout).toContain(`clip ${record!.id}`);
    });

    it('names the clip of a changed index', async () => {
      const keep = await indicesOf(folder);
      const clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
      const gone = clips.findIndex((_, i) => !keep.includes(i));
      const { status, stdout } = await tampered('index', (copy) =>
        writeNpyIntegers(
          join(copy, 'indices_to_keep.npy'),
          [...keep.slice(1), gone].sort((a, b) => a - b),
        ),
      );
      expect(status).toBe(1);
      expect(stdout).toMatch(new RegExp(`clip (${clips[gone]!.id}|${clips[keep[0]!]!.id})\\b`));
    });

    it('names the clip of a changed embedding', async () => {
      const clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
      const { status, stdout } = await tampered('embedding', async (copy) => {
        const header = await readNpyHeader(join(copy, 'embeddings.npy'));
        const file = await open(join(copy, 'embeddings.npy'), 'r+');
        await file.write(Buffer.from([1, 2, 3]), 0, 3, header.dataOffset + 7 * header.shape[1]! * 4);
        await file.close();
      });
      expect(status).toBe(1);
      expect(stdout).toContain(`clip ${clips[7]!.id}`);
    });

    it('refuses a folder that is none', async () => {
      const { status, stderr } = await refrain(['verify', work]);
      expect(status).toBe(3);
      expect(stderr).toMatch(/metadata.json is missing/);
    });
  });

  // MusiCNN takes a second a clip, so it gets the planted clips of these kinds and their originals alone: so few that pairs are not compared with
  // strangers, which a change of volume needs in the whitened space.
  const kinds = [
    ['copy', 6],
    ['shift0.7s', 5],
    ['gain-6dB', 5],
  ] as const;
  const musicnn = ['--encoder', 'onnx', '--checkpoint-path', testDataPath('encoders', 'mtat-musicnn.onnx')];
  describe.each([
    ['MusiCNN', [...musicnn, '--space', 'standardized', '--cache-dir', SHARED_CACHE], 18],
    ['the default encoders', [], 306],
  ])('finds the planted copies with %s', (name, encoder, originals) => {
    let groupOf: Map<string, number>;
    let pairs: string[][];
    beforeAll(async () => {
      const csv = await readFile(testDataPath('music-dev', 'planted.csv'), 'utf8');
      pairs = csv
        .trimEnd()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(','));
      const clips = join(work, `clips-${name}`);
      const wanted = pairs.filter(([, , kind]) => kinds.some(([one]) => one === kind)).flat();
      const filter = (path: string) =>
        originals === 306 || !path.endsWith('.mp3') || wanted.some((one) => path.endsWith(one));
      for (const folder of ['planted', 'audio'])
        await cp(testDataPath('music-dev', folder), join(clips, folder), { recursive: true, filter });
      const output = join(work, `planted-${name}`);
      const { status } = await refrainHere([
        'prune',
        '--dataset',
        'audio',
        '--dataset-dir',
        clips,
        ...(originals === 306 ? cache : encoder),
        '--quiet',
        '--output',
        output,
      ]);
      expect(status).toBe(0);
      groupOf = new Map((await jsonLines<ClipRecord>(join(output, 'clips.jsonl'))).map(({ id, group }) => [id, group]));
      expect(groupOf.size).toBe(originals === 306 ? 24 + 306 : 2 * originals);
    }, EMBEDDING_MS);

    it.each(kinds)('%s: at least %d of 6 pairs', (kind, least) => {
      const planted = pairs.filter((fields) => fields[2] === kind);
      const found = planted.filter(
        ([copy, original]) => groupOf.get(`planted/${copy}`) === groupOf.get(`audio/${original}`),
      );
      expect(planted).toHaveLength(6);
      expect(found.length).toBeGreaterThanOrEqual(least);
    });

    it('in groups that hold a single track, at least 85 % of those with more than one clip', () => {
      const groups = new Map<number, Set<string>>();
      const sizes = new Map<number, number>();
      for (const [id, group] of groupOf) {
        const track = id.slice(id.lastIndexOf('/') + 1).replace(/-\d+-\d+(--[^/]*)?\.mp3$/, '');
        groups.set(group, (groups.get(group) ?? new Set()).add(track));
        sizes.set(group, (sizes.get(group) ?? 0) + 1);
      }
      const several = [...groups].filter(([group]) => sizes.get(group)! > 1);
      expect(several.length).toBeGreaterThan(10);
      expect(several.filter(([, tracks]) => tracks.size === 1).length / several.length).toBeGreaterThanOrEqual(0.85);
    });
  });
});
