import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeClip } from './fixtures/clips.ts';
import { newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

// Names that have broken tools, each twice as audio, so that one of each has to go.
const NAMES = [
  'plain',
  'with space',
  `"quoted"`,
  `it's`,
  '=SUM(A1)',
  'naïve 🎵',
  'back\\slash',
  'x'.repeat(300),
  '-dash',
  '%41',
];

describe('refrain export', () => {
  let work: string;
  let pruned: string;
  let lines: readonly string[];
  let kept: readonly string[];
  let reads = 0;

  const exported = async (form: string, ...more: string[]) => {
    const output = join(work, `out-${form}`);
    const run = await refrainHere(['export', pruned, '--form', form, '--output', output, ...more], { cwd: work });
    expect(run.status, run.stderr).toBe(0);
    return output;
  };
  /** The ids that `refrain` reads from a manifest. */
  const idsIn = async (manifest: string, ...more: string[]) => {
    const output = join(work, `ids-${reads++}`);
    const run = await refrainHere(
      [
        ...['embed', '--dataset', 'manifest', '--dataset-dir', manifest, '--encoder', 'mfcc'],
        ...['--cache-dir', join(work, 'cache'), '--output', output, ...more],
      ],
      { cwd: work },
    );
    expect(run.status, run.stderr).toBe(0);
    return (await readFile(join(output, 'ids.txt'), 'utf8')).trim().split('\n');
  };

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'audio', 'deep'), { recursive: true });
    const rows: object[] = [];
    for (const [i, name] of NAMES.entries()) {
      for (const copy of ['', 'deep/']) {
        // A file's name has at most 255 bytes; an id has no limit.
        const path = `audio/${copy}${name.slice(0, 100)}.wav`;
        await writeClip(join(work, path), `export ${i}`);
        rows.push({ audio_filepath: path, id: `${copy}${name}`, note: { kept: ['as', 'it', 'is'], n: 1.0 } });
      }
    }
    lines = rows.map((row) => `${JSON.stringify(row).replace('"n":1', '"n":1.0')}\n`);
    await writeFile(join(work, 'clips.jsonl'), lines.join(''));
    pruned = join(work, 'pruned');
    const run = await refrainHere(
      [
        ...['prune', '--dataset', 'manifest', '--dataset-dir', 'clips.jsonl', '--encoder', 'mfcc', '--t', '1'],
        ...['--min-cluster-size', '2', '--cache-dir', join(work, 'cache'), '--output', pruned],
      ],
      { cwd: work },
    );
    expect(run.status, run.stderr).toBe(0);
    const list = await exported('list');
    kept = (await readFile(join(list, 'kept_ids.txt'), 'utf8')).trim().split('\n');
    expect(kept).toHaveLength(NAMES.length);
    expect((await readFile(join(list, 'removed_ids.txt'), 'utf8')).trim().split('\n')).toHaveLength(NAMES.length);
  });

  it('writes a list that reads back to the same set', async () => {
    expect((await idsIn(join(work, 'out-list', 'kept.jsonl'))).sort()).toEqual([...kept].sort());
  });

  it("writes the manifest's own lines, byte for byte, which read back to the same set", async () => {
    const output = await exported('native');
    expect(await readdir(output)).toEqual(['clips.jsonl']);
    const text = await readFile(join(output, 'clips.jsonl'), 'utf8');
    expect(text).toBe(lines.filter((line) => kept.includes((JSON.parse(line) as { id: string }).id)).join(''));
    const ids = await idsIn(join(output, 'clips.jsonl'), '--dataset.audioDir', work);
    expect(ids.sort()).toEqual([...kept].sort());
  });

  it.each(['links', 'copies'])('places the audio as %s, in the folders it was in', async (form) => {
    const output = await exported(form);
    const names = (await readdir(output, { recursive: true })).filter((name) => name.endsWith('.wav'));
    expect(names.sort()).toEqual(kept.map((id) => `${id.slice(0, id.startsWith('deep/') ? 105 : 100)}.wav`).sort());
    for (const name of names) {
      expect((await lstat(join(output, name))).isSymbolicLink()).toBe(form === 'links');
      expect(await readFile(join(output, name), 'latin1')).toBe(await readFile(join(work, 'audio', name), 'latin1'));
    }
  });

  it('finds the dataset from any working directory', async () => {
    const elsewhere = join(work, 'elsewhere');
    await mkdir(elsewhere);
    for (const form of ['native', 'copies']) {
      const run = await refrainHere(['export', '../pruned', '--form', form, '--output', form], { cwd: elsewhere });
      expect(run.status, run.stderr).toBe(0);
      const [there, here] = [join(elsewhere, form), join(work, `out-${form}`)];
      expect((await readdir(there, { recursive: true })).sort()).toEqual(
        (await readdir(here, { recursive: true })).sort(),
      );
    }
  });

  it('refuses to write into the dataset, over something, or in no known form', async () => {
    const attempt = async (...args: string[]) => {
      const { status, stderr } = await refrainHere(['export', pruned, ...args], { cwd: work });
      return [status, stderr];
    };
    const inside = join(work, 'audio', 'out');
    expect(await attempt('--form', 'copies', '--output', inside)).toEqual([
      2,
      expect.stringMatching(/lies in the folder/),
    ]);
    expect(await readdir(join(work, 'audio'))).not.toContain('out');
    expect(await attempt('--output', join(work, 'audio'))).toEqual([2, expect.stringMatching(/exists already/)]);
    expect(await attempt('--form', 'zip', '--output', 'x')).toEqual([
      2,
      expect.stringMatching(/--form: .*expected one of "list"\|"native"/),
    ]);
    expect(await attempt()).toEqual([2, expect.stringMatching(/--output DIR is missing/)]);
  });

  it("takes audio from outside the dataset's folder only where the user says so", async () => {
    const stranger = join(work, 'stranger');
    const secret = join(work, 'secret.txt');
    await mkdir(join(stranger, 'audio'), { recursive: true });
    await writeFile(secret, 'secret');
    for (const i of [0, 1, 2]) await writeClip(join(stranger, 'audio', `${i}.wav`), `stranger ${i}`);
    const list = (last: string) =>
      writeFile(
        join(stranger, 'clips.jsonl'),
        ['audio/0.wav', 'audio/1.wav', last].map((path, id) => `${JSON.stringify({ path, id: `${id}` })}\n`).join(''),
      );
    await list('audio/2.wav');
    const dataset = ['--dataset', 'manifest', '--dataset-dir', join(stranger, 'clips.jsonl'), '--encoder', 'mfcc'];
    const cache = ['--cache-dir', join(work, 'cache')];
    const folder = join(work, 'of-a-stranger');
    const first = await refrainHere(['prune', ...dataset, ...cache, '--output', folder]);
    expect(first.status, first.stderr).toBe(0);
    await list('../secret.txt');
    const out = join(work, 'taken');
    for (const args of [
      ['export', folder, '--form', 'copies', '--output', out],
      ['export', folder, '--form', 'links', '--output', out],
      ['evaluate', '--pruned-dataset-path', folder],
      ['prune', '--base', folder, '--output', out],
    ]) {
      const { status, stderr } = await refrainHere([...args, ...cache]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/clip "2", .*secret\.txt.* lies outside .*stranger.*--outside-audio on/),
      ]);
      expect(await readdir(work)).not.toContain('taken');
    }
    const elsewhere = join(await newFolder(), 'out');
    const asked = await refrainHere([
      'export',
      folder,
      '--form',
      'copies',
      '--outside-audio',
      'on',
      '--output',
      elsewhere,
    ]);
    expect(asked.status, asked.stderr).toBe(0);
    expect(await readFile(join(elsewhere, 'secret.txt'), 'utf8')).toBe('secret');
  });
});
