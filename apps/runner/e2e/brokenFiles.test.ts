import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeBrokenFiles } from './fixtures/brokenFiles.ts';
import { jsonLines, newFolder, refrain } from './refrain.ts';

interface BadLine {
  readonly id: string;
  readonly stage: string;
  readonly reason: string;
}

const tone = (seconds: number, name: string) => {
  const { uniform } = seededRandom(name);
  return encodeWav({ samples: Float32Array.from({ length: 8000 * seconds }, () => uniform() - 0.5), sampleRate: 8000 });
};

describeWithData('music-dev', 'a folder with broken files among good ones', () => {
  let folder: string;
  let cache: string;
  const embed = (output: string, ...more: string[]) =>
    refrain([
      ...['embed', '--dataset', 'audio', '--dataset-dir', folder, '--encoder', 'mfcc', '--cache-dir', cache],
      ...['--output', output, '--max-bad', '90%', ...more],
    ]);

  beforeAll(async () => {
    const work = await newFolder();
    [folder, cache] = [join(work, 'clips'), join(work, 'cache')];
    await mkdir(folder);
    const music = testDataPath('music-dev', 'planted', 'asc-machine_wars-65-94--gain-6dB.mp3');
    await cp(music, join(folder, 'good.mp3'));
    // Odd, but what is in them can be heard.
    await cp(music, join(folder, 'good-cut.mp3'));
    await truncate(join(folder, 'good-cut.mp3'), 60_000);
    await cp(music, join(folder, 'good-mp3.flac'));
    await writeFile(join(folder, 'good-wav.mp3'), tone(3, 'wav named mp3'));
    await writeFile(join(folder, 'good-no-extension'), tone(3, 'no extension'));
    await writeFile(join(folder, 'good-cut.wav'), tone(3, 'cut').subarray(0, 30_000));
    await writeFile(join(folder, 'good-short.wav'), encodeWav({ samples: Float32Array.of(0.5), sampleRate: 8000 }));
  });

  it('ends with exactly the bad ones in bad.jsonl, each with its reason', async () => {
    const broken = await writeBrokenFiles(folder);
    expect(broken.length).toBeGreaterThanOrEqual(25);
    const output = `${folder}-out`;
    const { status, stderr } = await embed(output);
    expect(status, stderr).toBe(0);
    const bad = await jsonLines<BadLine>(join(output, 'bad.jsonl'));
    expect(bad.map(({ id }) => id).sort()).toEqual(broken.map(({ name }) => name).sort());
    for (const { id, stage, reason } of bad) {
      expect(stage).toBe('decode');
      expect(reason).toMatch(broken.find(({ name }) => name === id)!.reason);
      expect(reason, 'names the file').toContain(id);
    }
    const ids = (await readFile(join(output, 'ids.txt'), 'utf8')).trim().split('\n');
    expect(ids).toHaveLength(7);
    for (const id of ids) expect(id).toMatch(/^good/);
  });

  it('fails with the first reasons where that is more than --max-bad, and leaves nothing half done', async () => {
    const output = `${folder}-refused`;
    const { status, stderr } = await embed(output, '--max-bad', '10%');
    expect(status).toBe(3);
    expect(stderr).toMatch(/\d+ of \d+ clips cannot be used\. --max-bad accepts 4; raise it/);
    expect(stderr).not.toMatch(/ {4}at /);
    await expect(readFile(join(output, 'ids.txt'))).rejects.toThrow(/ENOENT/);
  });
});

const plugin = fileURLToPath(new URL('./fixtures/watchedPlugin.mjs', import.meta.url));
const GOOD = 36;
/** Embeds good clips and others, of so many seconds, which the encoder knows by their lengths. */
const embed = async (others: Readonly<Record<string, number>>, ...more: readonly string[]) => {
  const work = await newFolder();
  const clips = join(work, 'clips');
  await mkdir(clips);
  for (let i = 0; i < GOOD; i++) await writeFile(join(clips, `good-${i}.wav`), tone(0.5, `${i}`));
  for (const [name, seconds] of Object.entries(others))
    await writeFile(join(clips, `${name}.wav`), tone(seconds, name));
  const { status, stderr } = await refrain(
    [
      ...['embed', '--dataset', 'audio', '--dataset-dir', clips, '--workers', '2', '--plugin', plugin],
      ...['--encoder', 'deadly', '--cache-dir', join(work, 'cache'), '--output', join(work, 'out'), ...more],
    ],
    // Little memory is soon used up.
    { under: ['env', 'NODE_OPTIONS=--max-old-space-size=256'] },
  );
  const ids = await readFile(join(work, 'out', 'ids.txt'), 'utf8').catch(() => '');
  const bad = await jsonLines<BadLine>(join(work, 'out', 'bad.jsonl')).catch(() => []);
  const reasons = bad.map(({ id, stage, reason }) => [id, stage, reason.replace(/^.*\.wav: /, '')]);
  return { status, error: stderr.slice(stderr.indexOf('error: ')), good: ids.split('\n').length - 1, reasons };
};

// Beside each other: they wait for a clip's time to pass.
describe.concurrent('what does not come back', () => {
  it('costs the clips where it is a decoder, and nothing else', async () => {
    const work = await newFolder();
    const folder = join(work, 'clips');
    await mkdir(folder);
    const names = [...Array.from({ length: 40 }, (_, i) => `good-${i}`), 'spins', 'waits', 'silent'];
    for (const name of names) await writeFile(join(folder, `${name}.wav`), tone(1, name));
    const { status, stderr } = await refrain([
      ...['embed', '--dataset', 'audio', '--dataset-dir', folder, '--encoder', 'mfcc', '--workers', '2'],
      ...['--plugin', plugin, '--decoder', 'stubborn', '--clip-time-limit', '4', '--max-bad', '10%'],
      ...['--cache-dir', join(work, 'cache'), '--output', join(work, 'out')],
    ]);
    expect(status, stderr).toBe(0);
    const bad = await jsonLines<BadLine>(join(work, 'out', 'bad.jsonl'));
    expect(bad.map(({ id }) => id)).toEqual(['silent.wav', 'spins.wav', 'waits.wav']);
    for (const { reason } of bad) expect(reason).toMatch(/could not be decoded within 4 s/);
    const ids = (await readFile(join(work, 'out', 'ids.txt'), 'utf8')).trim().split('\n');
    expect(ids).toHaveLength(40);
  });

  it('costs the clip where it is an encoder', async () => {
    const { status, error, good, reasons } = await embed({ hangs: 1.3 }, '--clip-time-limit', '4');
    expect([status, good], error).toEqual([0, GOOD]);
    expect(reasons).toEqual([
      ['hangs.wav', 'encode', expect.stringMatching(/^was decoded, but not embedded within 4 s\./)],
    ]);
  });
});

describe('an encoder that ends its thread', () => {
  it('costs the clips at which its threads end, each with its reason', async () => {
    const { status, error, good, reasons } = await embed({ exits: 1.1, grows: 1.2 }, '--max-bad', '10%');
    expect([status, good], error).toEqual([0, GOOD]);
    expect(reasons).toEqual([
      ['exits.wav', 'encode', 'the thread that embeds it ends, and does so again (It ended early, with status 0.).'],
      ['grows.wav', 'encode', expect.stringMatching(/ends, and does so again \(.*reaching memory limit/)],
    ]);
  });

  it('ends the run with one sentence where its threads end at more clips than may be bad', async () => {
    const { status, error } = await embed({}, '--encoder.at', 'all', '--max-bad', '0');
    expect([status, error]).toEqual([
      3,
      expect.stringMatching(/^error: More clips than --max-bad accepts \(0\) end the thread .*good-\d+\.wav.*\.\n$/),
    ]);
  });

  it('ends it so too where it ends the command itself', async () => {
    const { status, error } = await embed({}, '--encoder.at', 'all', '--workers', '1');
    expect([status, error]).toEqual([
      1,
      'error: something ended the command (status 0) in the middle of its work; a plugin may have. Run again without it.\n',
    ]);
  });
});
