import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { testDataset } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { openManifestSplits } from './manifest.ts';

const wav = encodeWav({ samples: new Float32Array(800).fill(0.1), sampleRate: 8000 });

describe('manifests with a split each', () => {
  let root: string;
  const file = async (name: string, rows: readonly object[]) => {
    await writeFile(join(root, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return join(root, name);
  };
  let train: string;
  let test: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'refrain-splits-'));
    await mkdir(join(root, 'held'));
    for (const name of ['a', 'b', 'c', 'held/d']) await writeFile(join(root, `${name}.wav`), wav);
    train = await file('clips.jsonl', [
      { path: 'a.wav', tags: ['rock', 'slow'] },
      { path: 'b.wav', tags: ['pop'] },
      { path: 'c.wav', tags: [] },
    ]);
    test = await file('held/clips.jsonl', [{ path: 'd.wav', tags: ['ambient', 'rock'], note: 'stays' }]);
  });

  it('are one dataset with the classes of both', async () => {
    const { clips, classes, task } = await openManifestSplits({ train, test });
    expect(task).toBe('multi-label');
    expect(classes).toEqual(['ambient', 'pop', 'rock', 'slow']);
    expect(clips.map(({ id, split, labels }) => [id, split, labels])).toEqual([
      ['a.wav', 'train', [2, 3]],
      ['b.wav', 'train', [1]],
      ['c.wav', 'train', []],
      ['d.wav', 'test', [0, 2]],
    ]);
  });

  testDataset(() => openManifestSplits({ train, test }));

  it('are filtered in their own files, of which only that of train loses clips', async () => {
    const { filteredFiles } = await openManifestSplits({ train, test });
    const files = await filteredFiles!(new Set(['b.wav']));
    expect(files.map(({ name, content }) => [name, Buffer.from(content).toString()])).toEqual([
      ['train-clips.jsonl', '{"path":"b.wav","tags":["pop"]}\n'],
      ['test-clips.jsonl', '{"path":"d.wav","tags":["ambient","rock"],"note":"stays"}\n'],
    ]);
  });

  it('are refused where they contradict each other', async () => {
    const split = await file('split.jsonl', [{ path: 'a.wav', tags: ['rock'], split: 'valid' }]);
    await expect(openManifestSplits({ train, valid: split })).rejects.toThrow(
      /split of its own .*can't be all of valid/,
    );
    await expect(openManifestSplits({ train, valid: train })).rejects.toThrow(/"a\.wav" stands in .* already/);
    const single = await file('single.jsonl', [{ path: 'held/d.wav', genre: 'rock' }]);
    await expect(openManifestSplits({ train, test: single })).rejects.toThrow(/is single-label, but .* is multi-label/);
  });
});
