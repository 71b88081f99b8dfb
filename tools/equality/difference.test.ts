import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFolders } from './difference.ts';
import { type JsonRecord, readFolder } from './folder.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'refrain-equality-'));
});
afterAll(() => rm(root, { recursive: true }));

interface Row {
  readonly clip: JsonRecord & { readonly id: string };
  readonly cluster: number;
  readonly embedding: readonly [number, number];
  /** Absent for a clip that is kept. */
  readonly removal?: JsonRecord;
}

const A: Row = { clip: { id: 'a', labels: ['x'] }, cluster: 0, embedding: [1, 0] };
const B: Row = {
  clip: { id: 'b', labels: [] },
  cluster: 0,
  embedding: [0.8, 0.6],
  removal: { partner_id: 'a', similarity: 0.8, level: 'redundant' },
};
const C: Row = { clip: { id: 'c', labels: ['y'] }, cluster: -1, embedding: [0, 1] };

/** Writes what `prune` would; gives the folder's path. */
async function written(...rows: readonly Row[]) {
  const folder = await mkdtemp(join(root, 'pruned-'));
  const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const kept = rows.flatMap(({ removal }, row) => (removal === undefined ? [BigInt(row)] : []));
  const removed = rows.flatMap(({ clip, removal }) => (removal === undefined ? [] : [{ id: clip.id, ...removal }]));
  await writeFile(join(folder, 'clips.jsonl'), lines(rows.map(({ clip }) => clip)));
  await writeFile(join(folder, 'removed.jsonl'), lines(removed));
  const npy = async (
    name: string,
    shape: readonly number[],
    data: BigInt64Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ) => writeNpy(join(folder, name), { dtype: data instanceof Float32Array ? 'float32' : 'int64', shape, data });
  await npy('indices_to_keep.npy', [kept.length], BigInt64Array.from(kept));
  await npy(
    'cluster_labels.npy',
    [rows.length],
    BigInt64Array.from(rows, ({ cluster }) => BigInt(cluster)),
  );
  await npy('embeddings.npy', [rows.length, 2], Float32Array.from(rows.flatMap(({ embedding }) => embedding)));
  return folder;
}

const compare = async (before: readonly Row[], after: readonly Row[]) =>
  compareFolders(await readFolder(await written(...before)), await readFolder(await written(...after)));

describe('two pruned datasets', () => {
  it('are equal, with the same rows, also in another order', async () => {
    expect(await compare([A, B, C], [A, B, C])).toEqual({ differences: [], isSameOrder: true, notes: [] });
    expect(await compare([A, B, C], [C, B, A])).toEqual({ differences: [], isSameOrder: false, notes: [] });
  });

  const { removal: _, ...kept } = B;
  const without = ({ removal, ...row }: Row, field: string): Row => ({
    ...row,
    removal: Object.fromEntries(Object.entries(removal!).filter(([name]) => name !== field)),
  });
  it.each<[string, readonly Row[], readonly string[]]>([
    [
      'a clip is kept that was removed',
      [A, kept, C],
      [
        'kept or not: 1 of 3 differ (b)',
        ...['id', 'partner_id', 'similarity', 'level'].map((field) => `removed.jsonl: ${field}: 1 of 1 differ (b)`),
        'indices_to_keep.npy: other bytes',
      ],
    ],
    [
      'another clip stands for it, and the rows are in another order',
      [C, { ...B, removal: { ...B.removal, partner_id: 'c' } }, A],
      ['removed.jsonl: partner_id: 1 of 1 differ (b)'],
    ],
    [
      'a similarity is the next float64',
      [A, { ...B, removal: { ...B.removal, similarity: 0.8000000000000002 } }, C],
      ['removed.jsonl: similarity: 1 of 1 differ (b)'],
    ],
    ['a removal has no level any more', [A, without(B, 'level'), C], ['removed.jsonl: level: 1 of 1 differ (b)']],
    [
      'a clip is in another cluster, and the rows are in another order',
      [C, B, { ...A, cluster: 1 }],
      ['cluster: 1 of 3 differ (a)'],
    ],
    [
      'an embedding is another in its last bit, or of the other zero',
      [A, B, { ...C, embedding: [-0, 1 + 2 ** -23] }],
      ['embedding: 1 of 3 differ (c)', 'embeddings.npy: other bytes'],
    ],
    [
      'labels are others',
      [{ ...A, clip: { id: 'a', labels: ['z'] } }, B, { ...C, clip: { id: 'c' } as Row['clip'] }],
      ['clips.jsonl: labels: 2 of 3 differ (a, c)'],
    ],
    [
      'a clip is missing',
      [A, B],
      [
        ...['kept or not', 'cluster', 'embedding', 'clips.jsonl: id', 'clips.jsonl: labels'].map(
          (what) => `${what}: 1 of 3 differ (c)`,
        ),
      ],
    ],
  ])('differ where %s', async (_, after, differences) => {
    expect((await compare([A, B, C], after)).differences.toSorted()).toEqual(differences.toSorted());
  });

  it('may have fields of their own, which are named', async () => {
    const placed = [A, B, C].map((row, position) => ({ ...row, clip: { ...row.clip, position } }));
    const renamed = { ...placed[1]!, removal: { ...B.removal, duplicate_of: 'a' } };
    const before = { ...B, removal: { ...B.removal, copy_of: 'a' } };
    expect(await compare([A, before, C], [placed[0]!, renamed, placed[2]!])).toEqual({
      differences: [],
      isSameOrder: true,
      notes: ['clips.jsonl: + position', 'removed.jsonl: − copy_of, + duplicate_of'],
    });
  });
});

describe('a folder whose files do not fit each other', () => {
  it.each([
    ['clips.jsonl', '{"id":"a"}\n', /cluster_labels.npy has 2 rows, clips.jsonl 1/],
    ['clips.jsonl', '{"id":"a"}\n{"id":"a"}\n', /no id of its own in \{"id":"a"\}/],
    ['removed.jsonl', '{"partner_id":"a"}\n', /no id of its own/],
  ])('is refused (%s)', async (name, text, message) => {
    const folder = await written(A, C);
    await writeFile(join(folder, name), text);
    await expect(readFolder(folder)).rejects.toThrow(message);
  });
});
