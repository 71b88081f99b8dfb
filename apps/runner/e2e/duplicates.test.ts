import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodeWav, readAudioFile } from '@refrain/audio';
import { writeNpyRows } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

interface Listed {
  readonly set: number;
  readonly level: string;
  readonly similarity: number;
  readonly shift_s?: number;
  readonly id: string;
  readonly path: string;
  readonly copy_id: string;
  readonly copy_path: string;
}

/** A copy, what it was made from, how, and how many seconds later than that it begins. */
interface Planted {
  readonly copy: string;
  readonly original: string;
  readonly kind: string;
  readonly later: number;
}

// Some fifty clips are decoded twice, for MFCC and for fingerprints.
const EMBEDDING_MS = 600_000;

const trackOf = (file: string) => basename(file).replace(/-\d+-\d+(--[^/]*)?\.\w+$/, '');

/** Copies the planted clips of music-dev and their originals into `music`, and makes further copies of some. */
async function plant(music: string): Promise<readonly Planted[]> {
  await mkdir(join(music, 'more'), { recursive: true });
  const [, ...lines] = (await readFile(testDataPath('music-dev', 'planted.csv'), 'utf8')).trimEnd().split(/\r?\n/);
  const planted: Planted[] = [];
  for (const line of lines) {
    const [copy, original, kind] = line.split(',') as [string, string, string];
    await copyFile(testDataPath('music-dev', 'planted', copy), join(music, copy));
    await copyFile(testDataPath('music-dev', 'audio', original), join(music, basename(original)));
    planted.push({ copy, original: basename(original), kind, later: kind === 'shift0.7s' ? 0.7 : 0 });
  }
  const made = async (
    of: number,
    kind: string,
    later: number,
    change: (samples: Float32Array, rate: number) => Float32Array,
  ) => {
    const { original } = planted[of]!;
    const { samples, sampleRate } = await readAudioFile(join(music, original));
    const copy = `more/${original.replace('.mp3', `--${kind}.wav`)}`;
    await writeFile(join(music, copy), encodeWav({ samples: change(samples, sampleRate), sampleRate }));
    planted.push({ copy, original, kind, later });
  };
  await made(0, 'wav', 0, (samples) => samples);
  await made(1, 'quiet-40dB', 0, (samples) => samples.map((sample) => sample / 100));
  await made(2, 'excerpt', 12.3, (samples, rate) => samples.subarray(12.3 * rate, 22.3 * rate));
  await made(3, 'short excerpt', 7.1, (samples, rate) => samples.subarray(7.1 * rate, 12.1 * rate));
  const { original } = planted[4]!;
  const renamed = `more/${original.replace('.mp3', '--renamed.mp3')}`;
  await copyFile(join(music, original), join(music, renamed));
  planted.push({ copy: renamed, original, kind: 'copy', later: 0 });
  return planted;
}

/** Writes a clip that begins with the last nine seconds of another one, and goes on with 15 s of it backwards. */
async function writePart(from: string, to: string): Promise<void> {
  const { samples, sampleRate } = await readAudioFile(from);
  const [part, other] = [samples.slice(-9 * sampleRate), samples.slice(0, 15 * sampleRate).reverse()];
  const both = new Float32Array(part.length + other.length);
  both.set(part);
  both.set(other, part.length);
  await writeFile(to, encodeWav({ samples: both, sampleRate }));
}

describeWithData('music-dev', 'planted copies of real music', () => {
  let work: string;
  let music: string;
  let planted: readonly Planted[];
  const run = (command: string, ...more: string[]) => refrainHere([command, ...more, '--cache-dir', SHARED_CACHE]);

  beforeAll(async () => {
    work = await newFolder();
    music = join(work, 'music');
    planted = await plant(music);
    await writePart(join(music, planted[20]!.original), join(music, 'more', 'part.wav'));
    const last = planted[5]!;
    const copy = `more/${last.original.replace('.mp3', '--128k.mp3')}`;
    const options = ['-loglevel', 'error', '-i', join(music, last.original), '-b:a', '128k', join(music, copy)];
    if (spawnSync('ffmpeg', options).status === 0)
      planted = [...planted, { ...last, copy, kind: 'recode128k', later: 0 }];
    else process.stderr.write('no re-encoding at 128 kbit/s is planted: this machine has no ffmpeg that makes one\n');
  }, EMBEDDING_MS);

  it(
    'are all found by duplicates, with their level and shift, and nothing else is',
    async () => {
      const before = await readdir(music, { recursive: true });
      const { status, stdout, stderr } = await run('duplicates', music, '--format', 'jsonl');
      expect(status, stderr).toBe(1);
      const pairs = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Listed);
      const count = (kind: string) => planted.filter((one) => one.kind === kind).length;
      expect(['copy', 'recode32k', 'gain-6dB', 'shift0.7s', 'wav'].map(count)).toEqual([7, 6, 6, 6, 1]);
      for (const { copy, original, kind, later } of planted) {
        const found = pairs.find(({ id, copy_id }) => [id, copy_id].sort().join() === [copy, original].sort().join());
        expect(found, copy).toBeDefined();
        const { level, shift_s: shift, id, path, copy_path } = found!;
        expect([copy, level]).toEqual([
          copy,
          kind === 'copy' ? 'identical' : expect.stringMatching(/^same-recording|near-identical$/),
        ]);
        expect([path, copy_path].sort()).toEqual([copy, original].map((name) => join(music, name)).sort());
        // A sub-fingerprint comes every 0.124 s.
        expect(Math.abs(shift! - (id === original ? later : -later)), copy).toBeLessThan(0.07);
      }
      // Less than half of it is in another clip: that is no copy, though it leaks.
      expect(stdout).not.toContain('part.wav');
      for (const { id, copy_id } of pairs) expect(trackOf(id)).toBe(trackOf(copy_id));
      expect(await readdir(music, { recursive: true })).toEqual(before);
    },
    EMBEDDING_MS,
  );

  describe('across splits', () => {
    let manifest: string;
    let twelve: readonly Planted[];
    const dataset = () => ['--dataset', 'manifest', '--dataset-dir', manifest];

    beforeAll(async () => {
      // Three of each kind lie in test, their originals in train; the other originals are clean.
      twelve = ['copy', 'recode32k', 'gain-6dB', 'shift0.7s'].flatMap((kind) =>
        planted.filter((one) => one.kind === kind).slice(0, 3),
      );
      const originals = [...new Set(planted.map(({ original }) => original))];
      const rows = [
        ...originals.map((name) => `${name},train,${trackOf(name)}`),
        ...twelve.map(({ copy }, i) => `${copy},test,other ${i}`),
        'more/part.wav,test,yet another',
      ];
      manifest = join(work, 'music', 'clips.csv');
      await writeFile(manifest, ['path,split,track', ...rows, ''].join('\n'));
    });

    it(
      'are all found by leaks and named with their files, and so are the train clips to leave out',
      async () => {
        const output = join(work, 'leaks');
        const { status, stdout, stderr } = await run('leaks', ...dataset(), '--output', output);
        expect(status, stderr).toBe(1);
        const lines = stdout.split('\n');
        for (const { copy, original, kind } of twelve) {
          const line = lines.find((one) => one.includes(copy) && one.includes(original))!;
          expect(line, copy).toMatch(kind === 'copy' ? /^identical-file +train, test/ : /^same-recording +train, test/);
        }
        const { original } = planted[20]!;
        const part = lines.find((one) => one.includes('more/part.wav') && one.includes(original));
        // Of nine seconds 51 fingerprints know nothing else.
        expect(part).toMatch(/^same-recording +train, test +-?0\.\d+ +2[01]\.\d\d s +[89]\.\d s /);
        expect(stdout).toContain(`files in ${music}`);
        const drop = [...new Set([...twelve.map((one) => one.original), original])].sort();
        expect(stdout).toContain(`drop ${drop.length} clips from train`);
        expect(await readFile(join(output, 'drop_from_train.txt'), 'utf8')).toBe(drop.map((id) => `${id}\n`).join(''));
        expect(stdout).toMatch(/not looked for: album \(not known of any clip\); artist .*other takes of a piece/);
      },
      EMBEDDING_MS,
    );

    it('are looked for without fingerprints if asked, and then it says what was not', async () => {
      const { status, stdout } = await run('leaks', ...dataset(), '--fingerprints', 'off', '--json');
      expect(status).toBe(1);
      const { checked, not_looked_for: not, drop_from_train: drop } = JSON.parse(stdout);
      expect(checked).toEqual(['identical-file', 'identical-audio', 'near-identical', 'track']);
      expect(not).toContain('same-recording (--fingerprints off)');
      const copied = twelve.filter(({ kind }) => kind === 'copy').map(({ original }) => original);
      expect(drop).toEqual(expect.arrayContaining(copied));
      expect(drop.length).toBeLessThan(12);
    });

    it('are left out by export --without-leaks', async () => {
      const [pruned, output] = ['pruned', 'clean'].map((name) => join(work, name)) as [string, string];
      const made = await run('prune', ...dataset(), '--t', '0', '--output', pruned);
      expect(made.status, made.stderr).toBe(0);
      const kept = (await jsonLines<{ id: string }>(join(pruned, 'clips.jsonl'))).map(({ id }) => id);
      const exported = await run('export', pruned, '--without-leaks', '--output', output);
      expect(exported.status, exported.stderr).toBe(0);
      const leaking = new Set([...twelve, planted[20]!].map(({ original }) => original));
      const clean = (await jsonLines<{ id: string }>(join(output, 'kept.jsonl'))).map(({ id }) => id);
      expect(clean).toEqual(kept.filter((id) => !leaking.has(id)));
      expect(exported.stdout).toContain(`${leaking.size} that leak into valid or test`);
      const lone = await run('export', pruned, '--allow', 'track', '--output', join(work, 'never'));
      expect([lone.status, lone.stderr]).toEqual([2, expect.stringContaining('--without-leaks')]);
    });
  });
});

describe('refrain duplicates', () => {
  it('has status 0 where there are none, says what it did not look for, and overwrites nothing', async () => {
    const work = await newFolder();
    await mkdir(join(work, 'clips'));
    for (const name of ['a', 'b', 'c']) await writeClip(join(work, 'clips', `${name}.wav`), name);
    const cache = ['--cache-dir', join(work, 'cache')];
    const none = await refrainHere(['duplicates', join(work, 'clips'), ...cache, '--output', join(work, 'none.csv')]);
    expect(none.status, none.stderr).toBe(0);
    expect(none.stdout).toContain('no copies among 3 clips');
    // Three seconds are too few for a fingerprint of twelve frames.
    expect(none.stdout).toMatch(
      /not looked for: re-encodings, gains, shifts and excerpts of the 3 clips shorter than 4\.1 s;/,
    );
    expect(await readFile(join(work, 'none.csv'), 'utf8')).toMatch(/^set,level,[^\r]*\r\n$/);
    const again = await refrainHere(['duplicates', join(work, 'clips'), ...cache, '--output', join(work, 'none.csv')]);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('exists already')]);
  });

  it('compares own embeddings, from another similarity on if asked', async () => {
    const work = await newFolder();
    // cos 10° = 0.985, cos 80° = 0.174.
    const rows = [0, 10, 90].map((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]);
    const embeddings = join(work, 'rows.npy');
    await writeNpyRows(embeddings, 2, [{ data: Float32Array.from(rows.flat()), rows: 3, cols: 2 }]);
    const run = (...more: string[]) =>
      refrainHere(['duplicates', '--embeddings', embeddings, '--space', 'raw', '--format', 'jsonl', ...more]);
    expect(await run()).toMatchObject({ status: 0, stdout: '\n' });
    const { status, stdout } = await run('--threshold', '0.98');
    expect([status, JSON.parse(stdout)]).toEqual([
      1,
      { set: 1, level: 'near-identical', similarity: 0.984808, id: 'row-0', copy_id: 'row-1' },
    ]);
    const wrong = await run('--threshold', '0');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--threshold')]);
  });
});
