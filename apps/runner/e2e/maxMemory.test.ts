import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowOf, seededRandom, shuffled, writeNpy, zeros } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder, refrain } from './refrain.ts';

const HOOK = fileURLToPath(new URL('fixtures/peakMemory.mjs', import.meta.url));

/** Between what pruning the set takes with the limit, 200 MB, and without, 280: two threads. */
const LIMIT_MB = 250;

describe.runIf(process.platform === 'linux')('pruning with --max-memory', () => {
  let work: string;
  const peaks = new Map<string, number>();

  const pruned = async (name: string, ...more: readonly string[]) => {
    const output = join(work, name);
    const finished = await refrain(
      [
        ...['prune', '--embeddings', join(work, 'clips.npy'), '--ids', join(work, 'ids.txt'), '--output', output],
        ...['--cache-dir', join(work, `cache-${name}`), '--workers', '2', ...more],
      ],
      { under: ['env', `NODE_OPTIONS=--import ${HOOK}`, `PEAK_MEMORY=${join(work, 'peak')}`] },
    );
    peaks.set(name, Number(await readFile(join(work, 'peak'), 'utf8')));
    return finished;
  };

  beforeAll(async () => {
    work = await newFolder();
    const random = seededRandom(1);
    const clips = zeros(6000, 64);
    for (let i = 0; i < clips.rows; i++) {
      const row = rowOf(clips, i);
      const like = i % 4 > 0 && i < 4000 ? rowOf(clips, i - (i % 4)) : undefined;
      for (let k = 0; k < row.length; k++) row[k] = (like?.[k] ?? 0) + (like ? 0.2 : 1) * (random.uniform() - 0.5);
    }
    for (let i = 0; i < 200; i++) rowOf(clips, 5000 + i).set(rowOf(clips, 20 * i));
    const names = Array.from(shuffled(random, clips.rows), (number) => `clip ${number}`);
    await writeNpy(join(work, 'clips.npy'), { dtype: 'float32', shape: [clips.rows, clips.cols], data: clips.data });
    await writeFile(join(work, 'ids.txt'), names.join('\n'));
    const both = [await pruned('free'), await pruned('limited', '--max-memory', `${LIMIT_MB}MB`)];
    for (const { status, stderr } of both) expect([status, stderr]).toEqual([0, expect.any(String)]);
  });

  // From the sources node holds what it makes of them besides, some 150 MB.
  it.runIf(process.env.REFRAIN_TEST_BUILT === '1')('stays below it, where it would not without', () => {
    expect(peaks.get('limited')).toBeLessThan(LIMIT_MB * 1e6);
    expect(peaks.get('free')).toBeGreaterThan(LIMIT_MB * 1e6);
  });

  it('leaves the same bytes', async () => {
    const names = await readdir(join(work, 'free'));
    expect(names).toContain('embeddings.npy');
    expect(await readdir(join(work, 'limited'))).toEqual(names);
    const [free, limited] = await Promise.all(
      ['free', 'limited'].map(async (folder) =>
        Promise.all(names.map(async (name) => [name, await readFile(join(work, folder, name))] as const)),
      ),
    );
    for (const [at, [name, bytes]] of free!.entries()) {
      const other = limited![at]![1];
      if (name === 'metadata.json') expect(untimed(other)).toEqual(untimed(bytes));
      else if (name !== 'pruned_dataset_path.txt') expect([name, other.equals(bytes)]).toEqual([name, true]);
    }
  });

  it('is refused in one sentence where it cannot be, and nothing is made', async () => {
    const { status, stderr } = await pruned('refused', '--max-memory', '100MB');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error: --max-memory is 100 MB, but 6000 clips of 64 numbers need at least \d+ MB, for .*; their embeddings alone are 2 MB\. .*\n$/,
    );
    await expect(access(join(work, 'refused'))).rejects.toThrow('ENOENT');
    expect((await pruned('wrong', '--max-memory', 'much')).stderr).toContain('size such as 1GB');
    const again = await refrain(['prune', '--reuse', join(work, 'free'), '--max-memory', '1GB']);
    expect([again.status, again.stderr]).toEqual([
      2,
      expect.stringContaining('--max-memory and --reuse exclude each other'),
    ]);
  });
});

function untimed(bytes: Buffer): object {
  const { timings_s: _, files, ...others } = JSON.parse(bytes.toString()) as { timings_s: object; files: object };
  return { ...others, files: { ...files, 'pruned_dataset_path.txt': undefined } };
}
