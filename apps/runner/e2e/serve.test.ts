import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpy } from '@refrain/core';
import type { ClipRecord, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder, refrain } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

describe('a page that is served', () => {
  let work: string;
  let clips: ClipRecord[];
  let removed: RemovedRecord[];

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'audio'));
    for (let i = 0; i < 12; i++) await writeClip(join(work, 'audio', `${i}.wav`), `served ${i}`);
    await cp(join(work, 'audio', '3.wav'), join(work, 'audio', 'copy.wav'));
    // Noise as 8-bit µ-law in Sun's au, which browsers do not play.
    const header = Buffer.alloc(24);
    header.write('.snd');
    for (const [i, value] of [24, 24_000, 1, 8000, 1].entries()) header.writeUInt32BE(value, 4 + 4 * i);
    const noise = Uint8Array.from({ length: 24_000 }, (_, i) => (i * i * 7919) % 251);
    await writeFile(join(work, 'audio', 'sun.au'), Buffer.concat([header, noise]));
    const run = await refrainHere(
      [
        'prune',
        '--dataset',
        'audio',
        '--dataset-dir',
        'audio',
        '--encoder',
        'mfcc',
        '--cache-dir',
        'cache',
        '--output',
        'out',
      ],
      { cwd: work },
    );
    expect(run.status, run.stderr).toBe(0);
    clips = await jsonLines<ClipRecord>(join(work, 'out', 'clips.jsonl'));
    removed = await jsonLines<RemovedRecord>(join(work, 'out', 'removed.jsonl'));
    expect(removed).toHaveLength(1);
  });

  /** The page of a folder while it is served, and how that ended. */
  const served = (folder: string, meanwhile: (url: string) => Promise<void>, ...args: string[]) =>
    refrain(['report', folder, '--serve', ...args], { cwd: work, meanwhile });

  const dataOf = async (url: string) => {
    const html = await (await fetch(url)).text();
    return JSON.parse(/<script[^>]*id="refrain-data"[^>]*>([^<]*)</.exec(html)![1]!) as {
      clips: { id: string[] };
      audio: { from: string; pictures?: object };
    };
  };

  it('has audio and pictures, and keeps decisions by which `prune` goes and which `verify` leaves alone', async () => {
    const { id: gone } = removed[0]!;
    const decision = `${JSON.stringify({ id: gone, decision: 'keep' })}\n`;
    const { status, stdout, stderr } = await served('out', async (url) => {
      const { clips: columns, audio } = await dataOf(url);
      const place = columns.id.indexOf(gone);
      expect(audio.from).toBe('served');
      expect(Object.keys(audio.pictures!)).toContain(String(place));
      const sound = await fetch(`${url}audio/${place}`);
      const { path } = clips.find(({ id }) => id === gone)!;
      expect(Buffer.from(await sound.arrayBuffer()).equals(await readFile(path!))).toBe(true);
      const decoded = await fetch(`${url}audio/${columns.id.indexOf('sun.au')}`, { headers: { range: 'bytes=44-' } });
      expect([decoded.status, decoded.headers.get('content-type')]).toEqual([206, 'audio/wav']);
      expect((await decoded.arrayBuffer()).byteLength).toBe(2 * 24_000);
      const headers = { origin: new URL(url).origin };
      const put = await fetch(`${url}overrides`, { method: 'PUT', headers, body: decision });
      expect(put.status).toBe(204);
    });
    expect(status, stderr).toBe(0);
    const decisions = join(work, 'out', 'decisions.jsonl');
    expect(stdout).toContain(`--overrides ${decisions}`);
    expect(await readFile(decisions, 'utf8')).toBe(decision);
    expect((await refrainHere(['verify', 'out'], { cwd: work })).status).toBe(0);
    const again = await refrainHere(['prune', '--reuse', 'out', '--overrides', decisions, '--output', 'again'], {
      cwd: work,
    });
    expect(again.status, again.stderr).toBe(0);
    const still = await jsonLines<RemovedRecord>(join(work, 'again', 'removed.jsonl'));
    expect(still.map(({ id }) => id)).not.toContain(gone);
    expect((await refrainHere(['verify', 'again'], { cwd: work })).status).toBe(0);
  });

  it('does without audio where there is none', async () => {
    const data = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    await writeNpy(join(work, 'own.npy'), { dtype: 'float32', shape: [20, 3], data });
    expect((await refrainHere(['prune', '--embeddings', 'own.npy', '--output', 'own'], { cwd: work })).status).toBe(0);
    const { status } = await served('own', async (url) => {
      expect((await dataOf(url)).audio).toEqual({ from: 'none' });
      expect((await fetch(`${url}audio/0`)).status).toBe(404);
    });
    expect(status).toBe(0);
  });

  it('reads nothing outside the dataset of a stranger’s folder', async () => {
    await cp(join(work, 'audio'), join(work, 'linked'), { recursive: true });
    await writeClip(join(work, 'secret.wav'), 'secret');
    await symlink(join(work, 'secret.wav'), join(work, 'linked', 'a-secret.wav'));
    const dataset = ['--dataset', 'audio', '--dataset-dir', 'linked', '--encoder', 'mfcc', '--cache-dir', 'cache'];
    expect((await refrainHere(['prune', ...dataset, '--output', 'strange'], { cwd: work })).status).toBe(0);
    // The folder says where its clips are; only a person may say that they may be elsewhere, and then they are still not sent.
    const refused = await served('strange', async (url) => {
      expect((await dataOf(url)).audio).toEqual({ from: 'none' });
    });
    expect(refused.stderr).toContain('lies outside the dataset');
    const allowed = async (url: string) => {
      const { clips: columns } = await dataOf(url);
      const place = columns.id.findIndex((id) => id.includes('a-secret'));
      expect((await fetch(`${url}audio/${place}`)).status).toBe(404);
      expect((await fetch(`${url}audio/${(place + 1) % columns.id.length}`)).status).toBe(200);
    };
    expect((await served('strange', allowed, '--outside-audio', 'on')).status).toBe(0);
  });

  it('is one with its sound in it where it is to travel', async () => {
    const { status, stderr } = await refrainHere(['report', 'out', '--embed-audio'], { cwd: work });
    expect(status, stderr).toBe(0);
    const html = await readFile(join(work, 'out', 'report.html'), 'utf8');
    expect(html).toContain(
      `data:audio/wav;base64,${(await readFile(join(work, 'audio', '3.wav'))).toString('base64')}`,
    );
    // In this process, as they begin nothing.
    for (const [args, option] of [
      [['own', '--embed-audio'], 'embedAudio'],
      [['out', '--embed-audio', '--serve'], 'embedAudio'],
      [['out', '--port', '1'], 'port'],
      [['out', '--serve', '--port', '70000'], 'port'],
    ] as const) {
      const [folder, ...options] = args;
      const refused = runCommand(['report', join(work, folder), ...options], new AbortController().signal);
      await expect(refused, args.join(' ')).rejects.toMatchObject({ option });
    }
  });
});
