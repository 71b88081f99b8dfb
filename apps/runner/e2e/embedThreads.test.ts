import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, expect, it } from 'vitest';
import { BIN, newFolder, refrain } from './refrain.ts';

const EMBEDDING_MS = 600_000;

describeWithData('music-dev', 'embedding on worker threads', () => {
  const dataset = ['--dataset', 'audio', '--dataset-dir', testDataPath('music-dev'), '--encoder', 'mfcc'];
  let work: string;
  let alone: Buffer[];

  /** What a pruned folder says of the embeddings in a cache. */
  const outcome = async (name: string, options: readonly string[]): Promise<Buffer[]> => {
    const output = join(work, name);
    const { status, stderr } = await refrain(['prune', ...dataset, ...options, '--output', output]);
    expect(status, stderr).toBe(0);
    return Promise.all(['embeddings.npy', 'clips.jsonl', 'removed.jsonl'].map((file) => readFile(join(output, file))));
  };

  beforeAll(async () => {
    work = await newFolder();
    alone = await outcome('alone', ['--cache-dir', join(work, 'cache-one'), '--workers', '1']);
  }, EMBEDDING_MS);

  it(
    'gives the same embeddings as one thread, byte for byte',
    async () => {
      expect(await outcome('three', ['--cache-dir', join(work, 'cache-three'), '--workers', '3'])).toEqual(alone);
    },
    EMBEDDING_MS,
  );

  it(
    'goes on after having been killed at any moment',
    async () => {
      const cache = join(work, 'cache-killed');
      await mkdir(cache);
      const random = seededRandom('kill');
      let killed = 0;
      for (let round = 0; round < 10; round++) {
        const moment = 1 + random.integer(12);
        if (!(await killedAtChange(cache, moment, ['embed', ...dataset, '--cache-dir', cache, '--workers', '2'])))
          break;
        killed++;
      }
      expect(killed).toBeGreaterThan(2);
      expect(await outcome('resumed', ['--cache-dir', cache, '--workers', '2'])).toEqual(alone);
    },
    EMBEDDING_MS,
  );
});

/** Runs `refrain` until the given change in a folder, so at every kind of moment of writing there; false where it ended before. */
async function killedAtChange(folder: string, change: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore' });
  let changes = 0;
  const watcher = watch(folder, { recursive: true }, () => {
    changes++;
    if (changes === change) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  watcher.close();
  return child.signalCode === 'SIGKILL';
}
