import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../../../tools/redisServer.ts';
import { BIN, jsonLines, newFolder, refrain } from './refrain.ts';

const CLIPS = 8;
const TIME_MS = 240_000;

describeWithRedis('refrain embed --executor bullmq', () => {
  const plugin = fileURLToPath(new URL('./fixtures/fragilePlugin.mjs', import.meta.url));
  const workers: ChildProcess[] = [];
  let redis: RedisServer;
  let work: string;

  beforeAll(async () => {
    redis = await startRedis();
    work = await newFolder();
    for (const folder of ['good', 'all', 'cache']) await mkdir(join(work, folder));
    for (let i = 0; i < CLIPS; i++) {
      const samples = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n * (i + 1) * 0.05) / 2);
      await writeFile(join(work, 'good', `${i}.wav`), encodeWav({ samples, sampleRate: 8000 }));
      await copyFile(join(work, 'good', `${i}.wav`), join(work, 'all', `${i}.wav`));
    }
    const samples = new Float32Array(8000);
    await writeFile(join(work, 'all', 'poison.wav'), encodeWav({ samples, sampleRate: 8000 }));
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await redis?.stop();
  });

  /** A worker that shares the cache, and sees the clips under another name. */
  const startWorker = async () => {
    const args = ['worker', '--redis', redis.url, '--concurrency', '1', '--plugin', plugin, '--json'];
    const place = ['--cache-dir', join(work, 'cache'), '--map', `${join(work, 'all')}=${join(work, 'mounted')}`];
    const worker = spawn(process.execPath, [BIN, ...args, ...place], { stdio: ['ignore', 'pipe', 'ignore'] });
    workers.push(worker);
    let said = '';
    for await (const chunk of worker.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes('"ready"')) break;
    }
    worker.stdout.resume();
  };

  const embed = async (clips: string, output: string, more: readonly string[]) => {
    const dataset = ['--dataset', 'audio', '--dataset-dir', join(work, clips), '--plugin', plugin];
    const components = ['--decoder', 'fragile', '--encoder', 'mfcc', '--max-bad', '20%'];
    return refrain(['embed', ...dataset, ...components, ...more, '--output', join(work, output)]);
  };
  const bytes = async (output: string) => ({
    embeddings: await readFile(join(work, output, 'embeddings.npy')),
    clips: (await readFile(join(work, output, 'clips.jsonl'), 'utf8')).replaceAll(
      join(work, 'all'),
      join(work, 'good'),
    ),
  });

  it(
    'gives by two workers the bytes of `local`, and sets a clip aside that ends every worker, once',
    async () => {
      await mkdir(join(work, 'mounted'));
      for (const name of await readdir(join(work, 'all')))
        await copyFile(join(work, 'all', name), join(work, 'mounted', name));
      const local = embed('good', 'local', ['--cache-dir', join(work, 'own')]);
      await Promise.all([startWorker(), startWorker(), local]);
      expect((await local).status, (await local).stderr).toBe(0);
      const queue = [
        '--executor',
        'bullmq',
        '--redis',
        redis.url,
        '--executor.attempts',
        '2',
        '--cache-dir',
        join(work, 'cache'),
      ];
      const far = await embed('all', 'far', queue);
      expect(far.status, far.stderr).toBe(0);
      expect(await bytes('far')).toEqual(await bytes('local'));
      expect(await jsonLines(join(work, 'far', 'bad.jsonl'))).toEqual([
        {
          ...{ id: 'poison.wav', path: join(work, 'all', 'poison.wav'), stage: 'decode' },
          reason: expect.stringMatching(/poison\.wav: the worker that embeds it ends, and does so again .*139/),
        },
      ]);
      for (const worker of workers) worker.kill('SIGTERM');
      const ends = await Promise.all(workers.map(async (worker) => worker.exitCode ?? (await once(worker, 'exit'))[0]));
      expect(ends.every((status) => status === 0 || status === 130)).toBe(true);
    },
    TIME_MS,
  );
});
