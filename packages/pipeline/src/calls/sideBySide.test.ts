import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, type Dataset, type Encoder, seededRandom } from '@refrain/core';
import { audioFolder } from '@refrain/datasets';
import { basicPitch, MfccEncoder, mfcc } from '@refrain/encoders';
import { readPrunedDataset, verifyFolder } from '@refrain/pruned-dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineOptions, prune } from '../index.ts';

const CLIPS = 8;
let work: string;
let usual: { readonly dataset: ReturnType<typeof audioFolder>; readonly cacheDir: string; readonly workers: number };
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-side-'));
  const clips = join(work, 'clips');
  await mkdir(clips);
  for (let i = 0; i < CLIPS; i++) {
    const { uniform } = seededRandom(`clip ${i}`);
    const samples = Float32Array.from(
      { length: 4.5 * 8000 },
      (_, at) => 0.3 * Math.sin((at * (i + 1)) / 9) + 0.1 * uniform(),
    );
    await writeFile(join(clips, `${i}.wav`), encodeWav({ samples, sampleRate: 8000 }));
  }
  usual = { dataset: audioFolder({ dir: clips }), cacheDir: join(work, 'cache'), workers: 1 };
});
afterAll(() => rm(work, { recursive: true }));

/** A third party's encoder, which counts the segments that it is given; it knows nothing of others. */
function counting(name: string): Encoder & { count: number } {
  return {
    ...{ name, sampleRate: 8000, dim: 2, fingerprint: name, count: 0 },
    async encode({ samples }) {
      this.count++;
      const mean = samples.reduce((sum, value) => sum + value / samples.length, 0);
      return { rows: 1, cols: 2, data: Float32Array.of(mean, samples[10]!) };
    },
  };
}

const written = async (options: PipelineOptions) => {
  const output = await mkdtemp(join(work, 'out-'));
  const result = await prune({ ...usual, ...options });
  const folder = join(output, 'pruned');
  await result.write(folder);
  return { result, read: await readPrunedDataset(folder) };
};

describe('encoders side by side', () => {
  it('decode a clip once, and a part that has embedded it does not again', async () => {
    const inner = usual.dataset.component.create(usual.dataset.options) as Dataset | Promise<Dataset>;
    const files = await inner;
    let decoded = 0;
    const dataset: Dataset = {
      ...{ name: files.name, task: files.task, classes: files.classes, clips: files.clips },
      readAudio: (clip, options) => {
        decoded++;
        return files.readAudio(clip, options);
      },
    };
    const [a, b] = [counting('a'), counting('b')];
    const run = (encoder: PipelineOptions['encoder']) => prune({ ...usual, dataset, encoder: encoder! });
    await run([mfcc({ segmentSeconds: 2 }), a]);
    // Two segments of two seconds each.
    expect([decoded, a.count]).toEqual([CLIPS, 2 * CLIPS]);
    await run([mfcc({ segmentSeconds: 2 }), a, b]);
    expect([decoded, a.count, b.count]).toEqual([2 * CLIPS, 2 * CLIPS, 2 * CLIPS]);
    // What stands in the cache serves other orders, and a part alone.
    await run([b, mfcc({ segmentSeconds: 2 })]);
    await run(new MfccEncoder({ segmentSeconds: 2 }));
    expect([decoded, a.count, b.count]).toEqual([2 * CLIPS, 2 * CLIPS, 2 * CLIPS]);
  });

  it('are the same by names with commas and in a list of names and calls, and the folder says which, and verifies', async () => {
    const named = await written({ encoder: 'mfcc,basic-pitch' });
    const { encoder } = named.read.metadata.settings as { readonly encoder: Readonly<Record<string, unknown>> };
    expect(encoder).toEqual({
      use: 'mfcc,basic-pitch',
      mfcc: expect.objectContaining({ sampleRate: 22_050 }),
      'basic-pitch': { provider: 'cpu' },
    });
    const { result } = named;
    expect((await written({ encoder: [mfcc(), 'basic-pitch'] })).result.kept).toEqual(result.kept);
    expect((await written({ encoder: encoder as { use: string } })).result.kept).toEqual(result.kept);
    expect((await verifyFolder(named.read)).failure).toBeUndefined();
  });

  it('are taken where nobody names an encoder, and give way to MFCC where clips are short', async () => {
    const long = join(work, 'long');
    await mkdir(long);
    for (let i = 0; i < 2; i++) {
      const { uniform } = seededRandom(`long clip ${i}`);
      const samples = Float32Array.from({ length: 9 * 8000 }, () => 0.3 * uniform());
      await writeFile(join(long, `${i}.wav`), encodeWav({ samples, sampleRate: 8000 }));
    }
    const taken = async (options: PipelineOptions) => {
      const notices: string[] = [];
      const { read } = await written({ ...options, onNotice: (notice) => notices.push(notice) });
      const { encoder } = read.metadata.settings as { readonly encoder: { readonly use: string } };
      return [encoder.use, notices.find((notice) => notice.startsWith('No `encoder` was named'))] as const;
    };
    expect(await taken({ dataset: audioFolder({ dir: long }) })).toEqual([
      'mfcc,basic-pitch',
      expect.stringContaining('mfcc,basic-pitch'),
    ]);
    expect(await taken({})).toEqual(['mfcc', expect.stringContaining('no longer than 4.5 s')]);
    expect(await taken({ dataset: audioFolder({ dir: long }), encoder: 'mfcc' })).toEqual(['mfcc', undefined]);
  });

  it('are refused where two have fixed segments of another length', async () => {
    const both = [mfcc({ segmentSeconds: 1 }), basicPitch()];
    await expect(prune({ ...usual, encoder: both })).rejects.toThrow(ConfigError);
    await expect(prune({ ...usual, encoder: both })).rejects.toThrow(
      /mfcc cuts segments of 1\.000 s .*basic-pitch .*1\.988 s/,
    );
  });
});
