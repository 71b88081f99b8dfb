import { mkdir, mkdtemp, realpath, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError, quietHost } from '@refrain/core';
import { audioFolder } from '@refrain/datasets';
import type { RemovalColumns } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { inRun } from '../calls/inRun.ts';
import { type PageClips, pageClips } from './pageClips.ts';
import { embeddedAudio, soundPictures } from './pageSound.ts';

const NAMES = ['a.wav', 'b.wav', 'broken.wav', 'd.wav'];
const BYTES = encodeWav({
  samples: Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 7) / 2),
  sampleRate: 8000,
});

const removals = (pairs: readonly (readonly [clip: number, partner: number])[]): RemovalColumns => ({
  clip: pairs.map(([clip]) => clip),
  partner: pairs.map(([, partner]) => partner),
  level: pairs.map(() => 'redundant'),
  similarity: pairs.map(() => 0.9),
  theta: pairs.map(() => null),
  z: pairs.map(() => null),
});

describe('what a page has of the sound of clips', () => {
  let root: string;
  let found: PageClips;

  beforeAll(async () => {
    const work = await realpath(await mkdtemp(join(tmpdir(), 'refrain-page-sound-')));
    root = join(work, 'clips');
    await mkdir(root);
    for (const name of NAMES) await writeFile(join(root, name), name === 'broken.wav' ? 'no audio at all' : BYTES);
    const options = { dataset: audioFolder({ dir: root }), cacheDir: join(work, 'cache'), workers: 1 };
    await inRun(options, async (run) => {
      const ids = [...NAMES, 'gone.wav'].map((id) => ({ id }));
      found = (await pageClips(run, ids))!;
    });
  });

  it('is of the clips that the dataset has', () => {
    expect(found.sources.root).toBe(root);
    expect(found.sources.paths).toEqual([...NAMES.map((name) => join(root, name)), undefined]);
  });

  it('are pictures of removed clips and their partners, of the narrowest first', async () => {
    const host = quietHost();
    const few = await soundPictures(
      removals([
        [0, 1],
        [2, 4],
      ]),
      found,
      host,
    );
    expect(Object.keys(few)).toEqual(['0', '1']);
    expect(few[0]).toMatchObject({ bands: 64 });
    // 200 pairs of the same clip with another: what does not fit any more is what went by the widest margin.
    const clips = Array.from({ length: 400 }, () => found.clips[0]);
    const pairs = Array.from({ length: 200 }, (_, i) => [2 * i, 2 * i + 1] as const);
    const places = Object.keys(await soundPictures(removals(pairs), { ...found, clips }, host)).map(Number);
    expect(places).toHaveLength(300);
    expect(Math.min(...places)).toBe(100);
  });

  it('ends with one sentence where their folder is taken away meanwhile', async () => {
    const readAudio = async () => {
      await rename(root, `${root}-away`);
      throw new DataError(root, 'no such file');
    };
    const dataset = { ...found.dataset, readAudio };
    const drawn = soundPictures(removals([[0, 1]]), { ...found, dataset }, quietHost());
    await expect(drawn).rejects.toMatchObject({ source: root });
    await rename(`${root}-away`, root);
  });

  it('is all of it for small sets, as it is', async () => {
    const audio = await embeddedAudio(found, quietHost());
    expect(Object.keys(audio)).toEqual(['0', '1', '3']);
    expect(audio[0]).toBe(`data:audio/wav;base64,${Buffer.from(BYTES).toString('base64')}`);
    const refused = await embeddedAudio(found, quietHost(), 2 * BYTES.length).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(refused).toMatchObject({ option: 'embedAudio', message: expect.stringMatching(/5 clips have 1 MB/) });
  });
});
