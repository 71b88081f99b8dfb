import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { jsonLines, newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

// Embedding 209 clips takes seconds on a quiet machine.
const EMBEDDING_MS = 300_000;

const integers = async (folder: string, name: string) =>
  Array.from((await readNpy(join(folder, name))).data as BigInt64Array, Number);
const metadataOf = async (folder: string): Promise<Metadata> =>
  JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8'));

describeWithData('music-dev', 'rules for what is kept, on music-dev', () => {
  // By MFCC alone no score of so few clips is rare enough, which is no matter here.
  const quick = ['--encoder', 'mfcc', '--theta', 'reliability'];
  const dataset = ['--dataset', 'magnatagatune', '--dataset-dir', testDataPath('music-dev'), ...quick];
  let work: string;
  let count = 0;

  beforeAll(async () => {
    work = await newFolder();
    await prune([]);
  }, EMBEDDING_MS);

  const prune = async (options: readonly string[]) => {
    const folder = join(work, `run-${count++}`);
    const cache = ['--cache-dir', SHARED_CACHE];
    const { status, stderr } = await refrainHere(['prune', ...dataset, ...cache, ...options, '--output', folder]);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    const clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
    const kept = new Set((await integers(folder, 'indices_to_keep.npy')).map((index) => clips[index]!.id));
    return { folder, stderr, clips, kept };
  };

  it('holds every rule that can hold, says which cannot, and verifies', async () => {
    const rules = ['--min-per-label', '10', '--max-per-track', '2', '--keep', '0.5'];
    const { folder, stderr, clips, kept } = await prune(rules);
    const keptIn = (belongs: (clip: ClipRecord) => boolean) =>
      clips.filter((clip) => kept.has(clip.id) && belongs(clip));
    for (const track of new Set(clips.map(({ groups }) => groups!.track!)))
      expect(keptIn(({ groups }) => groups!.track === track).length).toBeLessThanOrEqual(2);
    const { constraints } = await metadataOf(folder);
    const lacking = [...new Set(clips.flatMap(({ labels }) => labels))].filter((label) => {
      const all = clips.filter(({ labels }) => labels.includes(label));
      return keptIn(({ labels }) => labels.includes(label)).length < Math.min(10, all.length);
    });
    // A label lacks clips only where each that is missing is of a track that has its two.
    for (const label of lacking) {
      for (const clip of clips.filter(({ id, labels }) => labels.includes(label) && !kept.has(id)))
        expect(keptIn(({ groups }) => groups!.track === clip.groups!.track).length).toBe(2);
      expect(constraints!.report.unmet.find(({ rule }) => rule === 'minPerLabel')!.names).toContain(label);
    }
    expect(lacking.length).toBe(constraints!.report.unmet.find(({ rule }) => rule === 'minPerLabel')?.count ?? 0);
    // More than the wanted half stays only if each kept clip is needed by a label.
    const wanted = Math.floor(0.5 * clips.length + 0.5);
    expect(kept.size).toBeGreaterThanOrEqual(wanted);
    if (kept.size > wanted) {
      expect(stderr).toContain(`${kept.size} clips stay`);
      for (const clip of clips.filter(({ id }) => kept.has(id)))
        expect(clip.labels.some((label) => keptIn(({ labels }) => labels.includes(label)).length <= 10)).toBe(true);
    }
    expect((await refrainHere(['verify', folder])).status).toBe(0);

    const lie = await metadataOf(folder);
    const stricter = { ...lie, constraints: { ...lie.constraints, max_per_group: { track: 1 } } };
    await writeFile(join(folder, 'metadata.json'), JSON.stringify(stricter));
    const verified = await refrainHere(['verify', folder]);
    expect(verified.status).toBe(1);
    expect(verified.stdout).toContain('the rule maxPerGroup is broken');
  });

  it('keeps a person’s decisions before everything, and the labels of what goes', async () => {
    const { clips, kept, folder } = await prune(['--t', '1']);
    const removed = await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
    const [stays, goes] = [removed[0]!.id, removed.at(-1)!.partner_id];
    expect(kept.has(stays)).toBe(false);
    expect(kept.has(goes)).toBe(true);
    const overrides = join(work, 'overrides.jsonl');
    const decided = [
      { id: stays, decision: 'keep', note: 'the master' },
      { id: goes, decision: 'remove' },
    ];
    await writeFile(overrides, decided.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const again = await prune(['--t', '1', '--overrides', overrides, '--merge-labels', 'on']);
    expect(again.kept.has(stays)).toBe(true);
    expect(again.kept.has(goes)).toBe(false);
    expect(await readFile(join(again.folder, 'overrides.jsonl'), 'utf8')).toBe(await readFile(overrides, 'utf8'));
    expect((await refrainHere(['verify', again.folder])).status).toBe(0);
    for (const { id, partner_id, level } of await jsonLines<RemovedRecord>(join(again.folder, 'removed.jsonl'))) {
      if (level === 'unsupported') continue;
      const partner = again.clips.find((clip) => clip.id === partner_id)!;
      const labels = clips.find((clip) => clip.id === id)!.labels;
      expect(partner.merged_labels ?? partner.labels).toEqual(expect.arrayContaining([...labels]));
    }
  });

  it('lets keep-rules choose among clips that stand for each other', async () => {
    const { folder, kept } = await prune(['--t', '1', '--keep-rules', 'path:-0-29\\.mp3$', '--keep-rules', 'longer']);
    expect((await refrainHere(['verify', folder])).status).toBe(0);
    const plain = await prune(['--t', '1']);
    expect(kept.size).toBe(plain.kept.size);
    const starts = (ids: ReadonlySet<string>) =>
      plain.clips.filter(({ id, path }) => ids.has(id) && /-0-29\.mp3$/.test(path!)).length;
    expect(starts(kept)).toBeGreaterThanOrEqual(starts(plain.kept));
  });

  it('clusters noise once more, and changes no other cluster', async () => {
    const before = await integers((await prune([])).folder, 'cluster_labels.npy');
    const { folder } = await prune(['--noise', 'recluster', '--min-cluster-size', '10']);
    const after = await integers(folder, 'cluster_labels.npy');
    expect(after.filter((label) => label < 0).length).toBeLessThanOrEqual(before.filter((label) => label < 0).length);
    for (const [clip, label] of before.entries()) if (label >= 0) expect(after[clip]).toBe(label);
    expect((await metadataOf(folder)).settings.pruner).toMatchObject({ noise: 'recluster' });
    expect((await refrainHere(['verify', folder])).status).toBe(0);
  });

  it('writes what other thresholds would keep, if asked', async () => {
    expect(await readdir((await prune([])).folder)).not.toContain('thresholds.tsv');
    const { folder, kept } = await prune(['--thresholds', 'on']);
    const rows = (await readFile(join(folder, 'thresholds.tsv'), 'utf8')).trim().split('\n');
    expect(rows[0]).toBe('kappa\tmedian_theta\tkept\tworst_partner_similarity\tlabels_lost');
    const values = rows.slice(1).map((row) => row.split('\t').map(Number));
    expect(values.find(([kappa]) => kappa === 0.98)![2]).toBe(kept.size);
    for (const [at, [kappa]] of values.entries()) if (at > 0) expect(kappa).toBeLessThan(values[at - 1]![0]!);
  });

  it('refuses what cannot be, before any audio is read', async () => {
    const cache = join(work, 'never');
    const overrides = join(work, 'wrong.jsonl');
    const id = (await prune([])).clips[0]!.id;
    const refused = async (options: readonly string[], status: number, message: string) => {
      const output = join(work, 'refused');
      const run = await refrainHere(['prune', ...dataset, '--cache-dir', cache, '--output', output, ...options]);
      expect(run.stderr).toContain(message);
      expect(run.status).toBe(status);
      expect(existsSync(cache)).toBe(false);
      expect(existsSync(output)).toBe(false);
    };
    await refused(['--min-per-label', '10', '--keep', '0.01'], 2, '--min-per-label 10 needs at least');
    await refused(
      ['--min-per-track', '3', '--max-per-track', '2'],
      2,
      '--min-per-track 3 is more than --max-per-track 2',
    );
    await refused(['--keep-rules', 'louder'], 2, '--keep-rules has "louder"');
    await refused(['--overrides', join(work, 'none.jsonl')], 2, 'cannot be read');
    await writeFile(overrides, '{"id": "nobody", "decision": "keep"}\n');
    await refused(['--overrides', overrides], 3, 'wrong.jsonl:1: there is no clip nobody');
    const both = ['keep', 'remove'].map((decision) => `${JSON.stringify({ id, decision })}\n`).join('');
    await writeFile(overrides, both);
    await refused(['--overrides', overrides], 3, `wrong.jsonl:2: clip ${id} is to remove here and to keep on line 1`);
  });
});
