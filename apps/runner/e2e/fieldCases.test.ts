import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { jsonLines, newFolder, SHARED_CACHE, withoutPage } from './refrain.ts';

interface ClipLine {
  readonly id: string;
  readonly path: string;
  readonly labels: readonly string[];
}

const NAMES = Array.from({ length: 12 }, (_, i) => `c${String(i).padStart(2, '0')}.wav`);
const fieldCase = (...names: string[]) => testDataPath('field-cases', ...names);

// In the files themselves: every third row has the list, the others the one label.
const inThirds = (list: string[]) => NAMES.map((_, i) => (i % 3 === 0 ? list : ['rock']));
const inTurns = NAMES.map((_, i) => [i % 2 === 0 ? 'a' : 'b']);
const none = NAMES.map((): string[] => []);

describeWithData('field-cases', 'tables of the field cases', () => {
  let work: string;

  /** What `refrain embed` has written of the clips. */
  const embedded = async (folder: string, ...flags: string[]): Promise<ClipLine[]> => {
    const [table] = (await readdir(fieldCase(folder))).filter((name) => name !== 'EXPECTED');
    const output = join(work, folder);
    await runCommand(
      [
        ...['embed', '--dataset', 'manifest', '--dataset-dir', fieldCase(folder, table!), '--encoder', 'mfcc'],
        ...['--cache-dir', SHARED_CACHE, '--output', output, '--quiet', ...flags],
      ],
      new AbortController().signal,
    );
    return jsonLines<ClipLine>(join(output, 'clips.jsonl'));
  };

  beforeAll(async () => {
    work = await newFolder();
  });

  it.each<[folder: string, labels: string[][], ...flags: string[]]>([
    ['audioset', NAMES.map(() => ['/m/03fwl', '/m/04rlf'])],
    ['bigint_ids', none],
    ['bigint_ids2', none],
    ['commonvoice_quotes', none, '--dataset.audioDir', fieldCase('audio')],
    ['commonvoice_quotes2', none, '--dataset.audioDir', fieldCase('audio')],
    [
      'jamendo',
      NAMES.map((_, i) => ['genre---rock', 'mood/theme---happy', 'instrument---piano'].slice(0, 1 + (i % 3)).sort()),
      ...['--dataset.audioDir', fieldCase('audio')],
    ],
    ['lab_comma', inThirds(['pop', 'rock'])],
    ['lab_none', inThirds([])],
    ['lab_set', inThirds(['pop', 'rock'])],
    ['lab_tuple', inThirds(['pop', 'rock'])],
    ['spaces', inTurns],
    ['trailing', inTurns],
  ])('%s', async (folder, labels, ...flags) => {
    const clips = await embedded(folder, ...flags);
    expect(clips.map(({ path }) => path.slice(-7))).toEqual(NAMES);
    expect(clips.every(({ path }) => existsSync(path))).toBe(true);
    expect(clips.map((clip) => clip.labels)).toEqual(labels);
    // Each id is 1 or 1,000 more than the one before; a double would hold every second or none of them.
    const step = { bigint_ids: 1000n, bigint_ids2: 1n }[folder];
    const first = folder === 'bigint_ids' ? 9007199254740993001n : 9007199254740993000n;
    if (step !== undefined)
      expect(clips.map(({ id }) => id)).toEqual(NAMES.map((_, i) => String(first + BigInt(i) * step)));
  });
});

describeWithData('field-cases', 'embeddings of the field cases', () => {
  let work: string;

  const prune = (file: string, signal: AbortSignal, ...flags: string[]) => {
    const output = join(work, basename(file));
    const args = ['prune', '--embeddings', file, '--cache-dir', join(work, 'cache'), '--output', output, '--quiet'];
    return runCommand(withoutPage([...args, ...flags]), signal).then(() => output);
  };
  const never = new AbortController().signal;

  beforeAll(async () => {
    work = await newFolder();
  });

  it('are pruned alike with something added to all of them', async () => {
    const kept = [];
    for (const name of ['f4.npy', 'offset.npy']) {
      const ids = ['--ids', fieldCase('npy', 'ids_bom.txt'), '--threshold', '0.95', '--t', '1'];
      const folder = await prune(fieldCase('npy', name), never, ...ids);
      const removed = await jsonLines<{ id: string }>(join(folder, 'removed.jsonl'));
      // As the field case says: 29 of 70 stay.
      expect(removed).toHaveLength(41);
      kept.push(removed.map(({ id }) => id));
      expect((await jsonLines<ClipLine>(join(folder, 'clips.jsonl')))[0]!.id).toBe('clip0');
    }
    expect(kept[1]).toEqual(kept[0]);
  });

  it('that failed are set aside, or refused by their rows', async () => {
    const file = fieldCase('npy', 'zerorow.npy');
    await expect(prune(file, never)).rejects.toThrow(/2 of 70 clips cannot be used.*row-05.*row-06/s);
    const folder = await prune(file, never, '--max-bad', '0.02');
    const bad = await jsonLines<{ id: string; reason: string }>(join(folder, 'bad.jsonl'));
    expect(bad.map(({ id }) => id)).toEqual(['row-05', 'row-06']);
    expect(await jsonLines(join(folder, 'clips.jsonl'))).toHaveLength(68);
  });

  it.each([
    ['null_vectors', /row 7: .*null/],
    ['null_element', /row 7: .*null/],
    ['null_id', /row 7: expected an id.*null/],
  ])('%s are refused', async (name, message) => {
    await expect(prune(fieldCase('parquet', `${name}.parquet`), never)).rejects.toThrow(message);
  });

  it('and tables that would be read without end are let go of when the run is interrupted', async () => {
    const file = fieldCase('hostile', 'hang.parquet');
    const interrupted = () => AbortSignal.timeout(2000);
    await expect(prune(file, interrupted(), '--embeddings-column', 'tags')).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    const embed = ['embed', '--dataset', 'manifest', '--dataset-dir', file, '--encoder', 'mfcc', '--quiet'];
    await expect(runCommand(embed, interrupted())).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
