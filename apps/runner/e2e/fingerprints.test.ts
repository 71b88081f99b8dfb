import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { jsonLines, newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

// 330 clips are decoded twice, for MFCC and for fingerprints.
const EMBEDDING_MS = 600_000;

describeWithData('music-dev', 'acoustic fingerprints on music-dev', () => {
  let work: string;
  let folder: string;
  let clips: readonly ClipRecord[];
  let removed: readonly RemovedRecord[];
  const run = (options: readonly string[], output: string) => {
    const dataset = ['--dataset', 'audio', '--dataset-dir', testDataPath('music-dev'), '--encoder', 'mfcc'];
    return refrainHere(['prune', ...dataset, '--cache-dir', SHARED_CACHE, ...options, '--output', output]);
  };

  beforeAll(async () => {
    work = await newFolder();
    folder = join(work, 'pruned');
    const { status, stdout } = await run(['--fingerprints', 'on', '--t', '1'], folder);
    expect(status).toBe(0);
    expect(stdout).toContain('same-recording');
    clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
    removed = await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
  }, EMBEDDING_MS);

  it('find every planted copy, re-encodings among them', async () => {
    const setOf = new Map(clips.map(({ id, duplicate_set }) => [id, duplicate_set]));
    const [, ...lines] = (await readFile(testDataPath('music-dev', 'planted.csv'), 'utf8')).trimEnd().split(/\r?\n/);
    const pairs = lines.map((line) => line.split(','));
    expect(pairs.filter(([, , kind]) => kind === 'recode32k')).toHaveLength(6);
    for (const [copy, original] of pairs) {
      expect(setOf.get(`planted/${copy}`)).toBeDefined();
      expect(setOf.get(`planted/${copy}`)).toBe(setOf.get(`audio/${original}`));
    }
  });

  it('never take two tracks for one recording', () => {
    const track = (id: string) => id.slice(id.lastIndexOf('/') + 1).replace(/-\d+-\d+(--[^/]*)?\.mp3$/, '');
    const recordings = removed.filter(({ level }) => level === 'same-recording');
    expect(recordings.length).toBeGreaterThanOrEqual(18);
    for (const { id, partner_id } of recordings) expect(track(id)).toBe(track(partner_id));
  });

  it('are checked by verify, which finds a changed one', async () => {
    expect((await refrainHere(['verify', folder])).status).toBe(0);
    const { id } = removed.find(({ level }) => level === 'same-recording')!;
    const changed = clips.map((clip) => (clip.id === id ? { ...clip, fingerprint: 'AAAA' } : clip));
    await writeFile(join(folder, 'clips.jsonl'), changed.map((clip) => `${JSON.stringify(clip)}\n`).join(''));
    const { status, stdout } = await refrainHere(['verify', folder]);
    expect(status).toBe(1);
    expect(stdout).toContain(`clip ${id}: its level is`);
    expect(stdout).toContain('not same-recording');
  });

  it('leave clips below --shortest alone but for equal audio', async () => {
    const output = join(work, 'short');
    const { status, stderr } = await run(['--shortest', '60', '--t', '1'], output);
    expect(status).toBe(0);
    expect(stderr).toContain('330 clips shorter than 60 s');
    const levels = (await jsonLines<RemovedRecord>(join(output, 'removed.jsonl'))).map(({ level }) => level);
    expect(levels).toEqual(Array.from({ length: 6 }, () => 'identical'));
    const { short } = JSON.parse(await readFile(join(output, 'metadata.json'), 'utf8')) as Metadata;
    expect(short).toHaveLength(330);
    expect((await refrainHere(['verify', output])).status).toBe(0);
  });
});
