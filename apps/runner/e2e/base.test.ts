import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dot, readNpyMatrix, takeRows, writeNpyRows } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, Metadata, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

const FIRST = 200;

describeWithData('embeddings', 'a base folder', () => {
  let work: string;
  let base: string;
  let grown: string;
  let count = 0;

  /** Prunes the rows of the real embeddings that are asked for, by their numbers; `instead` gives a row another one's embedding. */
  const prune = async (rows: readonly number[], options: readonly string[], instead = (row: number) => row) => {
    const all = await readNpyMatrix(testDataPath('embeddings', 'music-dev.mtat-musicnn.npy'));
    const [file, ids, output] = ['rows.npy', 'ids.txt', 'out'].map((name) => join(work, `${count}-${name}`));
    count++;
    await writeNpyRows(file!, all.cols, [takeRows(all, Uint32Array.from(rows, instead))]);
    await writeFile(ids!, rows.map((row) => `clip-${String(row).padStart(3, '0')}\n`).join(''));
    const finished = await refrainHere([
      'prune',
      '--embeddings',
      file!,
      '--ids',
      ids!,
      ...options,
      '--output',
      output!,
    ]);
    return { ...finished, folder: output! };
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const read = async (folder: string) => ({
    clips: await jsonLines<ClipRecord>(join(folder, 'clips.jsonl')),
    removed: await jsonLines<RemovedRecord>(join(folder, 'removed.jsonl')),
    metadata: JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')) as Metadata,
    embeddings: await readNpyMatrix(join(folder, 'embeddings.npy')),
  });
  const keptOf = ({ clips, removed }: Awaited<ReturnType<typeof read>>) => {
    const gone = new Set(removed.map(({ id }) => id));
    return clips.map(({ id }) => id).filter((id) => !gone.has(id));
  };

  beforeAll(async () => {
    work = await newFolder();
    const options = ['--min-cluster-size', '5', '--threshold', '0.6', '--t', '1'];
    base = (await prune(range(0, FIRST), options)).folder;
    grown = (await prune(range(0, 306), ['--base', base])).folder;
  });

  it('keeps its decisions, and what it does not have is judged by what it kept', async () => {
    const [then, now] = [await read(base), await read(grown)];
    expect(then.removed.length).toBeGreaterThan(5);
    const kept = new Set(keptOf(now));
    for (const id of keptOf(then)) expect(kept).toContain(id);
    // The base's removals stand there as they were, but for the cluster and the group, which are of the new clustering.
    const earlier = now.removed.filter(({ run }) => run !== undefined);
    const proof = ({ id, level, partner_id, similarity, theta }: RemovedRecord) => [
      id,
      level,
      partner_id,
      similarity,
      theta,
    ];
    expect(earlier.map(proof)).toEqual(then.removed.map(proof));
    const judged = now.removed.filter(({ run }) => run === undefined);
    expect(judged.length).toBeGreaterThan(0);
    expect(judged.every(({ id }) => Number(id.slice(-3)) >= FIRST)).toBe(true);
    // In the space of the base: its rows are the very same.
    expect(now.embeddings.data.subarray(0, then.embeddings.data.length)).toEqual(then.embeddings.data);
  });

  it('stands for every new clip that is as similar to one it kept as asked', async () => {
    const { clips, removed, embeddings } = await read(grown);
    const lines = new Map(clips.map(({ id }, line) => [id, line]));
    const settled = clips.flatMap((clip, line) => (clip.from_base ? [line] : []));
    const gone = new Set(removed.map(({ id }) => id));
    const labels = clips.map(({ group }) => group);
    for (const { id, partner_id: partner, similarity } of removed) {
      const [line, other] = [lines.get(id)!, lines.get(partner)!];
      expect(similarity).toBeCloseTo(dot(embeddings, line, embeddings, other), 5);
      expect(similarity).toBeGreaterThanOrEqual(0.6);
    }
    // A new clip that stays resembles no clip of the base in its own group, or stands for others itself.
    const standing = new Set(removed.map(({ partner_id }) => partner_id));
    for (const [line, { id, from_base: isOld }] of clips.entries()) {
      if (isOld || gone.has(id) || standing.has(id)) continue;
      for (const old of settled)
        if (labels[old] === labels[line]) expect(dot(embeddings, line, embeddings, old)).toBeLessThan(0.6);
    }
  });

  it('verifies, and a third run goes on from both', async () => {
    const { status, stdout } = await refrainHere(['verify', grown]);
    expect(stdout).toContain('the same clips stay');
    expect(status).toBe(0);
    const third = await prune([...range(0, 306).filter((row) => row % 50 !== 49 || row < FIRST)].reverse(), [
      '--base',
      base,
    ]);
    expect(third.status).toBe(0);
    const again = await prune(range(0, 306), ['--base', grown]);
    const { metadata, removed } = await read(again.folder);
    expect(metadata.earlier).toHaveLength(2);
    expect(new Set(removed.map(({ run }) => run))).toEqual(new Set([0, 1]));
    expect(keptOf(await read(again.folder))).toEqual(keptOf(await read(grown)));
    for (const folder of [third.folder, again.folder]) expect((await refrainHere(['verify', folder])).status).toBe(0);
  });

  it('is judged again where a person says so', async () => {
    const { removed } = await read(base);
    const { id, partner_id: partner } = removed[0]!;
    const overrides = join(work, 'overrides.jsonl');
    await writeFile(overrides, `${JSON.stringify({ id: partner, decision: 'remove' })}\n`);
    const { folder, status } = await prune(range(0, 306), ['--base', base, '--overrides', overrides]);
    expect(status).toBe(0);
    const now = await read(folder);
    const record = now.removed.find((one) => one.id === id);
    expect(record?.run).toBeUndefined();
    expect(record?.partner_id).not.toBe(partner);
    expect(keptOf(now)).not.toContain(partner);
    expect((await refrainHere(['verify', folder])).status).toBe(0);
  });

  it('counts in the wanted share', async () => {
    const [then, half] = [await read(base), await prune(range(0, 306), ['--base', base, '--keep', '0.8'])];
    expect(keptOf(await read(half.folder))).toHaveLength(Math.floor(0.8 * 306 + 0.5));
    expect((await refrainHere(['verify', half.folder])).status).toBe(0);
    const few = await prune(range(0, 306), ['--base', base, '--keep', '0.3']);
    expect(few.status).toBe(2);
    expect(few.stderr).toContain(`--keep asks for 92 of 306 clips, but the base keeps ${keptOf(then).length} already.`);
  });

  describe('is refused', () => {
    it('where a clip that it keeps is missing', async () => {
      const [first] = keptOf(await read(base));
      const rows = range(0, 306).filter((row) => row !== Number(first!.slice(-3)));
      const { status, stderr } = await prune(rows, ['--base', base]);
      expect(status).toBe(3);
      expect(stderr).toContain(`keeps clip ${first} and judges others by it, but the dataset does not have it`);
    });

    it('where a clip that it keeps is another one now', async () => {
      const [first] = keptOf(await read(base));
      const changed = Number(first!.slice('clip-'.length));
      const { status, stderr } = await prune(range(0, 306), ['--base', base], (row) => (row === changed ? 305 : row));
      expect(status).toBe(3);
      expect(stderr).toContain(`clip ${first} and judges others by it, but its audio is another one now`);
    });

    it('where its embeddings are in another space', async () => {
      const { status, stderr } = await prune(range(0, 306), ['--base', base, '--space', 'raw']);
      expect(status).toBe(2);
      expect(stderr).toContain('--space whitened, not raw');
    });

    it('where its embeddings are of another encoder', async () => {
      const { status, stderr } = await refrainHere(
        ['prune', '--base', base, '--dataset', 'demo', '--encoder', 'mfcc', '--output', join(work, 'no')].concat(
          '--cache-dir',
          join(work, 'cache'),
        ),
      );
      expect(status).toBe(2);
      expect(stderr).toContain('was made with another encoder');
    });
  });
});
