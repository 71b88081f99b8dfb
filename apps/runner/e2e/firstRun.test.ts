import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { seededRandom, writeNpy } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, newFolder, refrain } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

const SAMPLE_RATE = 22_050;

/** A chord with a little noise, different for every seed. */
function chord(seed: number, seconds = 7): Uint8Array {
  const random = seededRandom(seed);
  const pitches = [0, 4, 7].map((step) => 110 * 2 ** ((step + random.integer(24)) / 12));
  const samples = Float32Array.from({ length: seconds * SAMPLE_RATE }, (_, n) =>
    pitches.reduce(
      (sum, pitch) => sum + 0.2 * Math.sin((2 * Math.PI * pitch * n) / SAMPLE_RATE),
      0.02 * (random.uniform() - 0.5),
    ),
  );
  return encodeWav({ samples, sampleRate: SAMPLE_RATE });
}

/** What every first user runs into. Each case is a message that names the thing and says what to do, and its exit status. */
describe('the first run', () => {
  let work: string;
  let clips: string;
  let cache: string[];

  beforeAll(async () => {
    work = await newFolder();
    clips = join(work, 'clips');
    cache = ['--cache-dir', join(work, 'cache')];
    await mkdir(clips);
    for (let i = 0; i < 12; i++) await writeFile(join(clips, `clip-${String(i).padStart(2, '0')}.wav`), chord(i % 10));
  });

  const prune = (...args: string[]) => refrainHere(['prune', ...cache, ...args]);
  const audio = () => ['--dataset', 'audio', '--dataset-dir', clips];

  it('removes the copies in a folder', async () => {
    const output = join(work, 'copies');
    const { status, stdout } = await prune(...audio(), '--output', output, '--t', '1');
    expect(status).toBe(0);
    expect(stdout).toMatch(/12 train clips/);
    expect(stdout).toMatch(/2 identical/);
    expect((await jsonLines<{ id: string }>(join(output, 'removed.jsonl'))).map(({ id }) => id)).toEqual([
      'clip-10.wav',
      'clip-11.wav',
    ]);
    expect((await refrainHere(['verify', output])).status).toBe(0);
  });

  it('makes a folder named by dataset and time when none is named', async () => {
    const { status, stdout } = await prune(...audio(), '--output-dir', join(work, 'many'));
    expect(status).toBe(0);
    const [name] = await readdir(join(work, 'many'));
    expect(name).toMatch(/^pruned_audio_\d{8}_\d{6}$/);
    expect(stdout).toContain(join(work, 'many', name!));
  });

  it('sets an unreadable clip among good ones aside and goes on', async () => {
    const folder = join(work, 'one-bad');
    await mkdir(folder);
    for (let i = 0; i < 6; i++) await writeFile(join(folder, `${i}.wav`), chord(i));
    await writeFile(join(folder, 'text.mp3'), 'this is no music');
    const output = join(work, 'one-bad-out');
    const { status, stdout } = await prune('--dataset', 'audio', '--dataset-dir', folder, '--output', output);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1 clip could not be read:\n {2}text\.mp3: .*text\.mp3/);
    const bad = await jsonLines<BadClip>(join(output, 'bad.jsonl'));
    expect(bad).toMatchObject([{ id: 'text.mp3', stage: 'decode' }]);
    expect(bad[0]!.reason).toContain('text.mp3');
  });

  it('stops when more clips are bad than accepted, or all', async () => {
    const folder = join(work, 'bad');
    await mkdir(folder);
    for (const name of ['a.mp3', 'b.mp3']) await writeFile(join(folder, name), 'no music');
    const all = await prune('--dataset', 'audio', '--dataset-dir', folder, '--output', join(work, 'none'));
    expect(all.status).toBe(3);
    expect(all.stderr).toMatch(/2 of 2 clips cannot be used/);
    await writeFile(join(folder, 'c.wav'), chord(1));
    const most = await prune('--dataset', 'audio', '--dataset-dir', folder, '--output', join(work, 'none'));
    expect(most.status).toBe(3);
    expect(most.stderr).toMatch(/--max-bad/);
    expect(await readdir(work)).not.toContain('none');
  });

  it('keeps everything when there are fewer clips than a cluster needs', async () => {
    const folder = join(work, 'few');
    await mkdir(folder);
    for (let i = 0; i < 3; i++) await writeFile(join(folder, `${i}.wav`), chord(i));
    const output = join(work, 'few-out');
    const { status, stdout } = await prune('--dataset', 'audio', '--dataset-dir', folder, '--output', output);
    expect(status).toBe(0);
    expect(stdout).toMatch(/3 train clips in 0 clusters, 100 % in none/);
  });

  it('refuses to write where something is', async () => {
    await mkdir(join(work, 'taken'));
    await writeFile(join(work, 'taken', 'mine.txt'), 'precious');
    const { status, stderr } = await prune(...audio(), '--output', join(work, 'taken'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/--output .*taken exists already/);
    expect(await readFile(join(work, 'taken', 'mine.txt'), 'utf8')).toBe('precious');
  });

  it.each([
    [
      'an empty folder',
      () => ['--dataset', 'audio', '--dataset-dir', join(work, 'empty')],
      3,
      /No audio under .*empty/,
    ],
    ['a missing folder', () => ['--dataset', 'audio', '--dataset-dir', '/nowhere'], 2, /no folder \/nowhere/],
    ['no dataset at all', () => [], 2, /--dataset NAME/],
    ['a dataset without its folder', () => ['--dataset', 'audio'], 2, /--dataset-dir/],
    [
      'an unknown dataset',
      () => ['--dataset', 'magnatagatun'],
      2,
      /no dataset "magnatagatun".*Known: magnatagatune, .*demo/,
    ],
    ['an unknown encoder', () => [...audio(), '--encoder', 'nope'], 2, /no encoder "nope".*onnx, mfcc/],
    ['an unknown clusterer', () => [...audio(), '--clusterer', 'nope'], 2, /no clusterer "nope".*hdbscan, k-means/],
    [
      'an unknown plugin',
      () => [...audio(), '--plugin', 'refrain-plugin-nope'],
      2,
      /"refrain-plugin-nope" is not found.*npm install/,
    ],
    ['a plugin path that is none', () => [...audio(), '--plugin', './nope.js'], 2, /nope\.js/],
    [
      'a missing checkpoint',
      () => [...audio(), '--encoder', 'onnx', '--checkpoint-path', '/nowhere.onnx'],
      2,
      /\/nowhere\.onnx/,
    ],
    ['an encoder without its checkpoint', () => [...audio(), '--encoder', 'onnx'], 2, /checkpoint/],
    [
      't beyond 1',
      () => [...audio(), '--t', '1.5'],
      2,
      /^error: --t \(pruner\.t\): [^:]*: [^:]*\(given: "1\.5"\)\.\n$/,
    ],
    ['t and keep', () => [...audio(), '--t', '0.5', '--keep', '0.6'], 2, /--t and --keep exclude each other/],
    ['an unknown option', () => [...audio(), '--treshold', '0.9'], 2, /--treshold/],
    ['an unknown option of a component', () => [...audio(), '--pruner.foo', '1'], 2, /pruner has no option "foo"/],
    ['a run file that is not there', () => ['--config', '/nowhere.json'], 2, /\/nowhere\.json/],
  ] as const)('explains %s', async (_, args, status, message) => {
    await mkdir(join(work, 'empty'), { recursive: true });
    const result = await prune(...args(), '--output', join(work, 'never'));
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.status).toBe(status);
    expect(await readdir(work)).not.toContain('never');
  });

  it('takes a run file, and the spelling of the seed', async () => {
    const config = join(work, 'run.json');
    await writeFile(
      config,
      JSON.stringify({ dataset: { use: 'audio', dir: clips }, min_cluster_size: 3, pruner: { t: 1 } }),
    );
    const output = join(work, 'from-file');
    const { status } = await prune('--config', config, '--min_cluster_size', '4', '--output', output);
    expect(status).toBe(0);
    const { settings } = JSON.parse(await readFile(join(output, 'metadata.json'), 'utf8'));
    expect([settings.pruner.t, settings.clusterer.minClusterSize]).toEqual([1, 4]);
  });

  it('goes on after an interruption, and embeds nothing twice', async () => {
    const [folder, log] = [join(work, 'long'), join(work, 'encoded.log')];
    await mkdir(folder);
    // They differ in their last sample: to draw noise for each takes longer than to embed it.
    const sound = chord(1000, 2);
    const last = new DataView(sound.buffer, sound.byteOffset + sound.length - 2);
    for (let i = 0; i < 250; i++) {
      last.setInt16(0, i, true);
      await writeFile(join(folder, `${i}.wav`), sound);
    }
    await writeFile(log, '');
    const plugin = fileURLToPath(new URL('./fixtures/watchedPlugin.mjs', import.meta.url));
    const args = [
      ...['embed', '--dataset', 'audio', '--dataset-dir', folder, '--cache-dir', join(work, 'interrupted')],
      ...['--plugin', plugin, '--encoder', 'counted', '--encoder.log', log],
    ];
    const encodedClips = async () => (await readFile(log, 'latin1')).split('\n').length - 1;
    const isDue = async () => (await encodedClips()) > 0;
    const interrupted = await refrain(args, { stop: { signal: 'SIGINT', watched: log, isDue } });
    expect(interrupted.status, interrupted.stderr).toBe(130);
    const before = await encodedClips();
    expect(before).toBeLessThan(250);
    const again = await refrain([...args, '--json', '--quiet']);
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ clips: 250, encoded: 250 - before });
    expect(await encodedClips()).toBe(250);
  });
});

describe('own embeddings', () => {
  let work: string;
  const random = seededRandom('own embeddings');

  beforeAll(async () => {
    work = await newFolder();
  });

  const matrix = async (
    name: string,
    rows: number,
    change: (data: Float32Array) => unknown = () => {},
  ): Promise<string> => {
    const data = Float32Array.from({ length: rows * 8 }, () => random.uniform() - 0.5);
    change(data);
    const path = join(work, name);
    await writeNpy(path, { dtype: 'float32', shape: [rows, 8], data });
    return path;
  };

  it('are pruned without any dataset', async () => {
    const file = await matrix('good.npy', 40, (data) => data.copyWithin(8, 0, 8));
    const ids = join(work, 'ids.txt');
    await writeFile(ids, Array.from({ length: 40 }, (_, i) => `é "quoted", ${i} ${'long'.repeat(80)}\n`).join(''));
    const output = join(work, 'out');
    const { status, stdout } = await refrainHere([
      'prune',
      '--embeddings',
      file,
      '--ids',
      ids,
      '--t',
      '1',
      '--output',
      output,
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/40 train clips/);
    const [removed] = await jsonLines<{ id: string; level: string; partner_id: string }>(join(output, 'removed.jsonl'));
    expect(removed).toMatchObject({
      id: `é "quoted", 1 ${'long'.repeat(80)}`,
      level: 'near-identical',
      partner_id: `é "quoted", 0 ${'long'.repeat(80)}`,
    });
    expect((await refrainHere(['verify', output])).status).toBe(0);
  });

  it('give the same kept ids in any order', async () => {
    const rows = 60;
    const values = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: 8 }, (__, k) => Math.sin(i * 0.7 + k * (1 + (i % 5)))),
    );
    const keptIds = async (name: string, order: readonly number[]) => {
      const file = join(work, `${name}.npy`);
      await writeNpy(file, {
        dtype: 'float32',
        shape: [rows, 8],
        data: Float32Array.from(order.flatMap((i) => values[i]!)),
      });
      await writeFile(join(work, `${name}.txt`), order.map((i) => `clip-${i}`).join('\n'));
      const output = join(work, `${name}-out`);
      expect(
        (
          await refrainHere([
            'prune',
            '--embeddings',
            file,
            '--ids',
            join(work, `${name}.txt`),
            '--threshold',
            '0.9',
            '--min-cluster-size',
            '4',
            '--output',
            output,
          ])
        ).status,
      ).toBe(0);
      return (await jsonLines<{ id: string }>(join(output, 'removed.jsonl'))).map(({ id }) => id).sort();
    };
    const inOrder = Array.from({ length: rows }, (_, i) => i);
    const removed = await keptIds('forward', inOrder);
    expect(removed.length).toBeGreaterThan(0);
    expect(await keptIds('backward', [...inOrder].reverse())).toEqual(removed);
  });

  const files: Readonly<Record<string, () => Promise<string>>> = {
    NaN: () => matrix('nan.npy', 30, (data) => data.fill(Number.NaN, 80, 81)),
    'no rows': () => matrix('empty.npy', 0),
    'no file': async () => '/nowhere.npy',
  };

  it.each([
    ['NaN', /row 10 .*NaN/],
    ['no rows', /holds no embeddings/],
    ['no file', /\/nowhere\.npy/],
  ])('with %s are refused', async (kind, message) => {
    const result = await refrainHere(['prune', '--embeddings', await files[kind]!(), '--output', join(work, 'never')]);
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(3);
  });

  it('need an id of its own for every row', async () => {
    const file = await matrix('ids.npy', 5);
    await writeFile(join(work, 'few.txt'), 'a\nb\n');
    const result = await refrainHere([
      'prune',
      '--embeddings',
      file,
      '--ids',
      join(work, 'few.txt'),
      '--output',
      join(work, 'never'),
    ]);
    expect(result.stderr).toMatch(/2 ids for 5 embeddings/);
    expect(result.status).toBe(3);
    await writeFile(join(work, 'twice.txt'), 'a\nb\nc\nb\nd\n');
    const twice = await refrainHere([
      'prune',
      '--embeddings',
      file,
      '--ids',
      join(work, 'twice.txt'),
      '--output',
      join(work, 'never'),
    ]);
    expect(twice.stderr).toMatch(/id "b" stands there twice/);
    expect(twice.status).toBe(3);
  });
});
