import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, DataError, type Dataset, type Encoder, quietHost } from '@refrain/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { EmbeddingCache } from '../cache/embeddingCache.ts';
import { ClipFolders } from './clipFolders.ts';
import { embedClips } from './embed.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-folders-'));
});

describe('what clips lie in', () => {
  it('is missed where it was there: the outermost that is gone is named', async () => {
    await mkdir(join(work, 'disk', 'audio', '00'), { recursive: true });
    await writeFile(join(work, 'disk', 'clips.zip'), '');
    const paths = ['audio/00/a.wav', 'audio/nowhere/b.wav', 'clips.zip/00/c.wav'].map((path) => ({
      path: join(work, 'disk', path),
    }));
    const folders = await ClipFolders.of(paths);
    // None of the clips is there, but that is their own fault.
    for (const clip of paths) await folders.check(clip);
    await rm(join(work, 'disk', 'clips.zip'));
    await expect(folders.check(paths[2]!)).rejects.toMatchObject({ source: join(work, 'disk', 'clips.zip') });
    await rename(join(work, 'disk'), join(work, 'away'));
    for (const clip of paths) await expect(folders.check(clip)).rejects.toMatchObject({ source: join(work, 'disk') });
    await rename(join(work, 'away'), join(work, 'disk'));
    for (const clip of paths.slice(0, 2)) await folders.check(clip);
  });
});

describe('clips that are taken away while they are embedded', () => {
  it('end the run with one sentence, none is bad, and when they are back it goes on', async () => {
    const folder = join(work, 'clips');
    await mkdir(folder);
    const clips = await Promise.all(
      Array.from({ length: 6 }, async (_, i): Promise<Clip> => {
        const path = join(folder, `${i}.wav`);
        await writeFile(path, `${i}`);
        return { id: `${i}`, path, split: 'train', labels: [] };
      }),
    );
    let read = 0;
    const dataset: Dataset = {
      name: 'made-up',
      task: 'unlabelled',
      classes: [],
      clips,
      readAudio: async ({ path }) => {
        if (read === 3) await rename(folder, `${folder}-away`);
        if (read++ >= 3) throw new DataError(path, `${path}: no such file`);
        return { samples: Float32Array.of(1), sampleRate: 1 };
      },
    };
    const encoder: Encoder = {
      ...{ name: 'made-up', sampleRate: 1, dim: 1, fingerprint: 'f' },
      encode: async () => ({ data: Float32Array.of(1), rows: 1, cols: 1 }),
    };
    const decoder = { name: 'none', fingerprint: 'd', decode: () => Promise.reject(new Error('not asked')) };
    const embed = async () => {
      const cache = await EmbeddingCache.open(work, { decoder, encoder }, () => {});
      const means = { decoder, dataset, encoder, cache, maxBad: 1, clipTimeLimit: 10, host: quietHost() };
      return embedClips(clips, means);
    };
    await expect(embed()).rejects.toMatchObject({
      source: folder,
      message: expect.stringMatching(/clips was there when the run began, and is not there any more: .*Run again/),
    });
    await rename(`${folder}-away`, folder);
    read = -Infinity;
    expect(await embed()).toMatchObject({ bad: [], encoded: 3, clips: { length: 6 } });
  });
});
