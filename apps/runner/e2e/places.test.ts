import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, writeNpy } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { newFolder, withoutPage } from './refrain.ts';

describe('what a run writes to', () => {
  let work: string;
  const prune = (...more: readonly string[]) =>
    runCommand(
      withoutPage(['prune', '--embeddings', join(work, 'x.npy'), '--min-cluster-size', '2', '--quiet', ...more]),
      new AbortController().signal,
    );
  const cached = () => ['--cache-dir', join(work, 'cache')];

  beforeAll(async () => {
    work = await newFolder();
    const rows = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    await writeNpy(join(work, 'x.npy'), { dtype: 'float32', shape: [20, 3], data: rows });
  });

  it('is taken by one of two runs into it; the other is refused at once, and does not disturb', async () => {
    const output = join(work, 'out');
    const runs = await Promise.allSettled([1, 2].map(() => prune('--output', output, ...cached())));
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refusal = runs.find((run) => run.status === 'rejected')!.reason as ConfigError;
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(refusal.message).toMatch(/--output .*out is taken: another run \(process \d+.*\) is writing it/);
    expect((await readdir(work)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await readdir(output)).toContain('metadata.json');
  });

  it('is a new name for each of two runs of one second', async () => {
    const made = await Promise.all([1, 2].map(() => prune('--output-dir', join(work, 'many'), ...cached())));
    expect(new Set(made.map((outcome) => outcome!.result.folder)).size).toBe(2);
    expect(await readdir(join(work, 'many'))).toHaveLength(2);
  });

  it.skipIf(!existsSync('/proc/self'))('is tried before the work begins', async () => {
    for (const option of ['--output', '--output-dir']) {
      const refused = prune(option, '/proc/x/y', ...cached());
      await expect(refused).rejects.toThrow(
        /^--output(-dir)? \/proc\/x\/y: nothing can be written there \(ENOENT: .*'\/proc\/x'\)/,
      );
    }
    const embedding = ['embed', '--dataset', 'audio', '--dataset-dir', work, '--cache-dir', '/proc/x/y', '--quiet'];
    await expect(runCommand(embedding, new AbortController().signal)).rejects.toThrow(
      /^--cache-dir \/proc\/x\/y: nothing can be written there \(ENOENT: .*'\/proc\/x'\)/,
    );
  });
});
