import { statSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, expect, it } from 'vitest';
import { newFolder, refrain } from './refrain.ts';

const EMBEDDING_MS = 600_000;
const CLIPS = 1000;
/** Clips per part of the cache, and threads that fill it. */
const [PART, THREADS] = [64, 2];

describeWithData('music-dev', 'embedding on worker threads', () => {
  const plugin = fileURLToPath(new URL('./fixtures/watchedPlugin.mjs', import.meta.url));
  let work: string;
  let alone: string[];

  const options = (cache: string, threads: number) => [
    ...['--dataset', 'watched', '--dataset-dir', join(work, 'clips'), '--plugin', plugin, '--encoder', 'counted'],
    ...['--dataset.log', join(work, `${cache}-dataset.log`), '--encoder.log', join(work, `${cache}.log`)],
    ...['--cache-dir', join(work, cache), '--workers', String(threads)],
  ];
  const encodedClips = async (cache: string) =>
    (await readFile(join(work, `${cache}.log`), 'latin1').catch(() => '')).split('\n').length - 1;

  /** The embeddings that a run leaves. */
  const embedded = async (cache: string, threads: number): Promise<string[]> => {
    const output = join(work, `${cache}-out`);
    const { status, stderr } = await refrain(['embed', ...options(cache, threads), '--output', output]);
    expect(status, stderr).toBe(0);
    return Promise.all(
      ['embeddings.npy', 'clips.jsonl', 'bad.jsonl'].map((file) => readFile(join(output, file), 'latin1')),
    );
  };

  beforeAll(async () => {
    work = await newFolder();
    await makeClips(testDataPath('music-dev', 'planted'), join(work, 'clips'));
    alone = await embedded('one', 1);
  }, EMBEDDING_MS);

  it(
    'gives the same embeddings as one thread, byte for byte, and opens the dataset once',
    async () => {
      expect(await embedded('three', 3)).toEqual(alone);
      expect(await encodedClips('three')).toBe(CLIPS);
      expect(await readFile(join(work, 'three-dataset.log'), 'utf8')).toBe('opened\n');
    },
    EMBEDDING_MS,
  );

  it(
    'goes on after having been killed at ten moments, and encodes at most a part per thread again for each',
    async () => {
      const random = seededRandom('kill');
      const log = join(work, 'killed.log');
      await writeFile(log, '');
      for (let round = 0; round < 10; round++) {
        // In bytes, of which a clip takes five or more: to read the file at each of its changes would take longer than to embed the clip.
        const moment = statSync(log).size + 5 * (1 + random.integer(130));
        const isDue = () => statSync(log).size >= moment;
        const { status } = await refrain(['embed', ...options('killed', THREADS)], {
          stop: { signal: 'SIGKILL', watched: log, isDue },
        });
        expect(status).toBeNull();
      }
      expect(await embedded('killed', THREADS)).toEqual(alone);
      expect(await encodedClips('killed')).toBeLessThanOrEqual(CLIPS + 10 * THREADS * PART);
    },
    EMBEDDING_MS,
  );
});

/** Real music, and as many short tones as make `CLIPS` clips in all, none like another. */
async function makeClips(from: string, to: string): Promise<void> {
  await mkdir(to);
  const names = (await readdir(from)).filter((name) => name.endsWith('.mp3')).slice(0, 8);
  for (const name of names) await copyFile(join(from, name), join(to, name));
  for (let i = names.length; i < CLIPS; i++) {
    const samples = Float32Array.from({ length: 2500 }, (_, n) => 0.5 * Math.sin(n * (0.05 + 0.001 * i)));
    await writeFile(join(to, `tone-${i}.wav`), encodeWav({ samples, sampleRate: 22_050 }));
  }
}
