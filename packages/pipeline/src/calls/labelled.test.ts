import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { kMeans } from '@refrain/clusterers';
import { type Encoder, type EvaluationInput, type Evaluator, seededRandom } from '@refrain/core';
import { manifest } from '@refrain/datasets';
import { MfccEncoder } from '@refrain/encoders';
import { coverage, linearProbe } from '@refrain/evaluators';
import { readPrunedDataset } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { compare, exportTo, leaks, type PipelineOptions, prune, verify } from '../index.ts';
import { inRun } from './inRun.ts';
import { headOrigin } from './loadedHead.ts';

const SPLITS = [...Array(16).fill('train'), ...Array(6).fill('valid'), ...Array(6).fill('test')] as string[];

describe('a dataset with labels', () => {
  let work: string;
  let source: Pick<PipelineOptions, 'dataset' | 'cacheDir' | 'workers' | 'clusterer'>;
  let options: PipelineOptions;

  /** Low and high tones with noise, and a test clip that is a copy of a train clip. */
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-labelled-'));
    await mkdir(join(work, 'clips'));
    const rows = ['path,label,split'];
    for (const [i, split] of SPLITS.entries()) {
      const { uniform } = seededRandom(`clip ${i}`);
      const pitch = i % 2 === 0 ? 200 + 5 * i : 1800 + 20 * i;
      const samples = Float32Array.from(
        { length: 12_000 },
        (_, at) => 0.4 * Math.sin((2 * Math.PI * pitch * at) / 8000) + 0.1 * (uniform() - 0.5),
      );
      await writeFile(join(work, 'clips', `${i}.wav`), encodeWav({ samples, sampleRate: 8000 }));
      rows.push(`clips/${i}.wav,${i % 2 === 0 ? 'low' : 'high'},${split}`);
    }
    await copyFile(join(work, 'clips', '0.wav'), join(work, 'clips', '22.wav'));
    await writeFile(join(work, 'clips.csv'), `${rows.join('\n')}\n`);
    const dataset = manifest({ dir: join(work, 'clips.csv') });
    source = { dataset, cacheDir: join(work, 'cache'), workers: 1, clusterer: kMeans({ k: 2 }) };
    options = {
      ...{ ...source, keep: 0.5, pruner: 'random', draws: 2, coverageDraws: 2 },
      evaluators: [coverage(), linearProbe({ maxEpochs: 30, learningRate: 0.05 })],
    };
  });

  it('is pruned, evaluated, compared, written, verified and exported by calls', async () => {
    const result = await prune(options);
    expect(result.kept).toHaveLength(8);
    const sets = await result.evaluate();
    expect(sets.map(({ name, clips }) => [name, clips])).toEqual([
      ['whole', 16],
      ['pruned', 8],
      ['random', 8],
    ]);
    // A low tone is easily told from a high one.
    expect(sets[0]!.metrics.Accuracy!.mean).toBe(1);
    const [report] = await result.compare({ pruners: ['first-seventy-percent'], keep: [0.5], seeds: 2 });
    expect(report).toMatchObject({ evaluator: 'coverage', trainClips: 16, seeds: 2 });
    expect(report!.rows.map(({ strategy, kept }) => [strategy, kept])).toContainEqual(['first-seventy-percent', 8]);
    const folder = await result.write(join(work, 'pruned'));
    expect(await verify(folder, { jitter: 0 })).toMatchObject({ failure: undefined });
    const list = await exportTo(folder, join(work, 'list'));
    const [file] = await readdir(list);
    const listed = await readFile(join(list, file!), 'utf8');
    const kept = result.kept.map(({ path }) => path!);
    for (const path of kept) expect(listed).toContain(path.split('/').at(-1)!);
  });

  it('is compared without pruning first, by the evaluators that are asked for', async () => {
    const reports = await compare({ ...source, pruners: ['random'], keep: [0.5], seeds: 2 });
    expect(reports.map(({ evaluator, metrics }) => [evaluator, metrics])).toEqual([['linear-probe', ['Accuracy']]]);
  });

  it('is learned from by the features of another encoder than the one that prunes, standardised', async () => {
    const seen: EvaluationInput[] = [];
    const watching: Evaluator = {
      name: 'watching',
      trains: false,
      unsuitable: () => undefined,
      evaluate: async (input) => {
        seen.push(input);
        return { metrics: { Seen: 1 } };
      },
    };
    const loudness: Encoder = {
      ...{ name: 'loudness', sampleRate: 8000, dim: 2, fingerprint: 'loudness' },
      encode: async ({ samples }) => ({ rows: 1, cols: 2, data: Float32Array.of(Math.max(...samples), samples[7]!) }),
    };
    const asked = { ...options, encoder: loudness, evaluators: [watching], space: 'raw' as const };
    const said = { use: 'mfcc', segmentSeconds: 0.5 };
    const result = await prune({ ...asked, space: 'standardized', probeEncoder: said });
    await result.evaluate();
    const { train, test } = seen[0]!;
    expect([train.embeddings.cols, train.segments.cols, test.segments.cols]).toEqual([2, 120, 120]);
    expect([...train.segmentStart]).toEqual(Array.from({ length: 17 }, (_, i) => 3 * i));
    // The first coefficient varies, so it has mean 0 and deviation 1 over the train segments.
    const column = Array.from({ length: 48 }, (_, row) => train.segments.data[row * 120]!);
    expect(column.reduce((sum, value) => sum + value, 0) / 48).toBeCloseTo(0, 4);
    expect(column.reduce((sum, value) => sum + value ** 2, 0) / 48).toBeCloseTo(1, 4);
    const { metadata } = await readPrunedDataset(await result.write(join(work, 'probe')));
    expect(metadata.settings).toMatchObject({ encoder: { use: 'loudness' }, 'probe-encoder': said });
    // A head that is saved says whose features it was trained on.
    const trainedOn = async (more: Partial<PipelineOptions>) =>
      (await inRun({ ...asked, ...more }, headOrigin)).metadata.encoder;
    expect(await trainedOn({ probeEncoder: said })).toBe(new MfccEncoder({ segmentSeconds: 0.5 }).fingerprint);
    expect(await trainedOn({})).toBe('loudness');
    seen.length = 0;
    await (await prune(asked)).evaluate();
    expect(seen[0]!.train.segments.cols).toBe(2);
    const both = prune({ ...asked, probeEncoder: 'no-such' }).then((other) => other.evaluate());
    await expect(both).rejects.toThrow(/no encoder "no-such"/);
  });

  it('shares a clip between splits, which is named', async () => {
    const { clusterer: _, ...compared } = source;
    const { sharing, dropFromTrain, leaks: found } = await leaks({ ...compared, fingerprints: false });
    expect(dropFromTrain).toEqual(['clips/0.wav']);
    expect(found).toContainEqual(expect.objectContaining({ kind: 'identical-file', splits: ['train', 'test'] }));
    expect(sharing.find(({ kind, splits }) => kind === 'identical-file' && splits[1] === 'test')?.clips).toEqual([
      1, 1,
    ]);
  });
});
