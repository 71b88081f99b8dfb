import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

interface Sharing {
  readonly kind: string;
  readonly splits: readonly [string, string];
  readonly shared: number;
  readonly clips: readonly [number, number];
}

interface Report {
  readonly splits: Readonly<Record<string, number>>;
  readonly checked: readonly string[];
  readonly sharing: readonly Sharing[];
}

const reportOf = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Report;

describeWithData('mtt', 'refrain leaks on the split pons2017 of MagnaTagATune', () => {
  const leaks = (...more: string[]) =>
    refrainHere([
      ...['leaks', '--dataset', 'magnatagatune', '--dataset-dir', testDataPath('mtt', 'pons2017')],
      ...['--metadata-only', ...more],
    ]);

  it('finds no shared track, and 45 artists of train in 61.6 % of the test clips', async () => {
    const run = await leaks('--json');
    expect(run.status, run.stderr).toBe(1);
    const { splits, checked, sharing } = reportOf(run);
    expect(splits).toEqual({ train: 18_706, valid: 1825, test: 5329 });
    expect(checked).toEqual(['track', 'album', 'artist']);
    const between = (kind: string, first: string, second: string) =>
      sharing.find((one) => one.kind === kind && one.splits.join() === [first, second].join())!;
    expect(sharing.filter(({ kind }) => kind === 'track').map(({ shared }) => shared)).toEqual([0, 0, 0]);
    const artists = between('artist', 'train', 'test');
    expect(artists.shared).toBe(45);
    expect(((100 * artists.clips[1]) / splits.test!).toFixed(1)).toBe('61.6');
  });

  it('says so in a table, and leaves out of account what is allowed', async () => {
    const { status, stdout } = await leaks('--allow', 'album,artist');
    expect(status).toBe(0);
    expect(stdout).toMatch(/18706 train, 1825 valid and 5329 test clips/);
    expect(stdout).toMatch(/artist +train, test +45 +\d+ \(\d+\.\d %\) +\d+ \(61\.6 %\)/);
    expect(stdout).toMatch(/not shared by any two splits: track/);
    const unread = ['identical-file', 'identical-audio', 'same-recording', 'near-identical'];
    expect(stdout).toContain(`not looked for: ${unread.map((kind) => `${kind} (no audio was read)`).join('; ')}`);
    const wrong = await leaks('--allow', 'artists');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/kind "artists"; there are .*artist/)]);
  });
});

describe('refrain leaks on audio', () => {
  let work: string;
  const leaks = (...more: string[]) =>
    refrainHere([
      ...['leaks', '--dataset', 'manifest', '--dataset-dir', join(work, 'clips.csv'), '--encoder', 'mfcc'],
      ...['--cache-dir', join(work, 'cache'), ...more],
    ]);

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'audio'));
    const sources = { a: 'a', b: 'b', c: 'c', 'a-again': 'a', d: 'd' };
    for (const [name, source] of Object.entries(sources)) await writeClip(join(work, 'audio', `${name}.wav`), source);
    const rows = ['a,train,t1', 'b,train,t2', 'c,valid,t3', 'a-again,test,t4', 'd,test,t2'];
    const lines = rows.map((row) => row.replace(/^([^,]*)/, 'audio/$1.wav'));
    await writeFile(join(work, 'clips.csv'), ['path,split,track', ...lines, ''].join('\n'));
  });

  it('finds copies and common tracks, and lists them', async () => {
    const run = await leaks('--json', '--output', join(work, 'out'));
    expect(run.status, run.stderr).toBe(1);
    expect(reportOf(run).splits).toEqual({ train: 2, valid: 1, test: 2 });
    const found = await jsonLines<{ kind: string; splits: string[]; clips: string[][] }>(
      join(work, 'out', 'leaks.jsonl'),
    );
    const copies = { splits: ['train', 'test'], clips: [['audio/a.wav'], ['audio/a-again.wav']] };
    expect(found).toEqual([
      expect.objectContaining({ kind: 'identical-file', ...copies }),
      expect.objectContaining({ kind: 'identical-audio', ...copies }),
      { kind: 'same-recording', similarity: 1, shift: 0, ...copies },
      { kind: 'near-identical', similarity: 1, ...copies },
      { kind: 'track', shared: 't2', splits: ['train', 'test'], clips: [['audio/b.wav'], ['audio/d.wav']] },
    ]);
  });
});
