import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpy } from '@refrain/core';
import type { ClipRecord, Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder, withoutPage } from './refrain.ts';

const COUNT = 12;

describe('a set in which all clips are the same', () => {
  let work: string;

  /** Prunes down to one clip a group, verifies, and gives what is in the folder. */
  const pruned = async (name: string, ...source: string[]) => {
    const output = join(work, name);
    const run = (...args: string[]) => runCommand([...withoutPage(args), '--quiet'], new AbortController().signal);
    await run('prune', ...source, '--t', '1', '--cache-dir', join(work, 'cache'), '--output', output);
    expect((await run('verify', output))!.result.text).toMatch(/^holds/);
    return {
      clips: await jsonLines<ClipRecord>(join(output, 'clips.jsonl')),
      removed: await jsonLines<RemovedRecord>(join(output, 'removed.jsonl')),
      metadata: JSON.parse(await readFile(join(output, 'metadata.json'), 'utf8')) as Metadata,
    };
  };

  beforeAll(async () => {
    work = await newFolder();
  });

  it.each([
    ['float32', Float32Array],
    ['float64', Float64Array],
  ] as const)('is one duplicate set of equal %s rows', async (dtype, Numbers) => {
    const file = join(work, `${dtype}.npy`);
    await writeNpy(file, {
      dtype,
      shape: [COUNT, 3],
      data: new Numbers(3 * COUNT).map((_, i) => 1 + (i % 3)),
    });
    const { clips, removed, metadata } = await pruned(dtype, '--embeddings', file);
    expect(metadata.duplicates).toEqual({ sets: 1, clips: COUNT });
    expect(new Set(clips.map((clip) => clip.duplicate_set))).toEqual(new Set([0]));
    expect(removed).toHaveLength(COUNT - 1);
    for (const { level, similarity } of removed) expect([level, similarity]).toEqual(['near-identical', 1]);
  });

  it('is one duplicate set of equal files', async () => {
    const folder = join(work, 'clips');
    await mkdir(folder);
    await writeClip(join(folder, '0.wav'), 'one');
    for (let i = 1; i < COUNT; i++) await cp(join(folder, '0.wav'), join(folder, `${i}.wav`));
    const { removed } = await pruned('files', '--dataset', 'audio', '--dataset-dir', folder);
    expect(removed.map(({ level }) => level)).toEqual(Array.from({ length: COUNT - 1 }, () => 'identical'));
  });

  it('may be a single clip, which stays', async () => {
    const file = join(work, 'single.npy');
    await writeNpy(file, { dtype: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) });
    expect((await pruned('single', '--embeddings', file)).metadata).toMatchObject({ original_size: 1, pruned_size: 1 });
  });
});
