import { cp, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Matrix, readNpyHeader, writeNpy, writeNpyIntegers, writeNpyRows } from '@refrain/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileHash } from './hashes.ts';
import { manifestBytes, manifestColumns } from './manifest.ts';
import { readEmbeddings, readFolder } from './read.ts';
import type { ClipRecord, RemovedRecord } from './schemas.ts';
import { METADATA } from './testing/metadata.ts';
import { verifyFolder } from './verify.ts';
import { type FolderContent, writeFolder } from './write.ts';

type Lines = 'clips' | 'removed';

// b stands at 0.96 from a, d at 0.96 from c, e at 0 from a.
const EMBEDDINGS: Matrix = { data: Float32Array.of(1, 0, 0.96, 0.28, 0, 1, 0.28, 0.96, 0, -1), rows: 5, cols: 2 };

const clip = (id: string, group: number) => ({
  id,
  position: 'abcde'.indexOf(id),
  path: `/music/${id}.mp3`,
  labels: ['é', '音楽'],
  group,
});
const removal = (id: string, partner: string, group: number): RemovedRecord => ({
  id,
  path: `/music/${id}.mp3`,
  cluster: 0,
  group,
  level: 'redundant',
  partner_id: partner,
  similarity: 0.96,
  theta: 0.9,
});

const CONTENT: FolderContent = {
  clips: [clip('a', 0), clip('b', 0), clip('c', 1), clip('d', 1), clip('e', -1)],
  embeddings: EMBEDDINGS,
  labels: [0, 0, 0, 0, -1],
  probabilities: [1, 1, 1, 1, 0],
  keep: [0, 2, 4],
  removed: [removal('b', 'a', 0), removal('d', 'c', 1)],
  bad: [{ id: 'x', path: '/music/x.mp3', stage: 'decode', reason: 'is cut' }],
  metadata: METADATA,
};

describe('a pruned dataset folder', () => {
  let folder: string;
  let work: string;
  let copies = 0;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-verify-'));
    folder = await writeFolder(join(work, 'pruned'), CONTENT);
  });

  /** What verification says of a copy of the folder in which `change` has changed something. */
  const failureAfter = async (change: (copy: string) => Promise<void>) => {
    const copy = join(work, `copy-${copies++}`);
    await cp(folder, copy, { recursive: true });
    await change(copy);
    const { failure } = await verifyFolder(await readFolder(copy));
    await rm(copy, { recursive: true });
    return failure;
  };
  const edit =
    <T extends object>(name: string, change: (records: T[]) => readonly object[]) =>
    async (copy: string) => {
      const path = join(copy, `${name}.jsonl`);
      const records = (await readFile(path, 'utf8')).trimEnd().split('\n');
      const changed = change(records.map((line) => JSON.parse(line) as T));
      await writeFile(path, changed.map((record) => `${JSON.stringify(record)}\n`).join(''));
    };
  const set = (name: Lines, at: number, fields: Partial<ClipRecord & RemovedRecord>) =>
    edit(name, (records) => records.map((record, i) => (i === at ? { ...record, ...fields } : record)));
  const setMetadata = (fields: object) => async (copy: string) => {
    const path = join(copy, 'metadata.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...fields }));
  };

  it('is read as it was written', async () => {
    const back = await readFolder(folder);
    expect(back.clips.map(({ embedding_hash, ...rest }) => rest)).toEqual(CONTENT.clips);
    expect(back.removed).toEqual(CONTENT.removed);
    expect([back.keep, back.labels]).toEqual([CONTENT.keep, CONTENT.labels]);
    expect(JSON.parse(await readFile(join(folder, 'bad.jsonl'), 'utf8'))).toEqual(CONTENT.bad[0]);
    expect(await readEmbeddings(back)).toEqual(EMBEDDINGS);
  });

  it('holds as it was written', async () => {
    expect(await verifyFolder(await readFolder(folder))).toEqual({
      clips: 5,
      kept: 3,
      removed: 2,
      failure: undefined,
      uncovered: [],
    });
  });

  it('holds when nothing was removed', async () => {
    const all = { ...CONTENT, keep: [0, 1, 2, 3, 4], removed: [] };
    const metadata = { ...METADATA, pruned_size: 5 };
    const written = await writeFolder(join(work, 'whole'), { ...all, metadata });
    expect(await verifyFolder(await readFolder(written))).toEqual({
      clips: 5,
      kept: 5,
      removed: 0,
      failure: undefined,
      uncovered: [],
    });
  });

  it.each<[string, (copy: string) => Promise<void>, string]>([
    [
      'a lost label',
      (copy) => writeNpyIntegers(join(copy, 'cluster_labels.npy'), [0, 0, 0, 0]),
      'cluster_labels.npy has 4 labels for 5 clips of clips.jsonl',
    ],
    [
      'a lost row',
      (copy) => writeNpyRows(join(copy, 'embeddings.npy'), 2, [{ data: EMBEDDINGS.data.slice(2), rows: 4, cols: 2 }]),
      'embeddings.npy has 4 rows for 5 clips of clips.jsonl',
    ],
    ['another size', setMetadata({ original_size: 6 }), 'metadata.json says 6 clips, clips.jsonl has 5'],
    [
      'another row',
      async (copy) => {
        const { dataOffset } = await readNpyHeader(join(copy, 'embeddings.npy'));
        const file = await open(join(copy, 'embeddings.npy'), 'r+');
        await file.write(Buffer.from([1]), 0, 1, dataOffset + 3 * 8);
        await file.close();
      },
      'clip d: its row 3 of embeddings.npy is not the one that was written',
    ],
    [
      'an index that is none',
      (copy) => writeNpyIntegers(join(copy, 'indices_to_keep.npy'), [0, 2, 5]),
      'indices_to_keep.npy names position 5, but there are 5 clips',
    ],
    [
      'indices in disorder',
      (copy) => writeNpyIntegers(join(copy, 'indices_to_keep.npy'), [0, 4, 2]),
      'clip c: position 2 in indices_to_keep.npy is not above the one before it',
    ],
    ['a removed stranger', set('removed', 0, { id: 'z' }), 'clip z of removed.jsonl is not in clips.jsonl'],
    [
      'a removed clip that is kept',
      set('removed', 0, { id: 'a' }),
      'clip a is in removed.jsonl, but kept by indices_to_keep.npy',
    ],
    [
      'a clip removed twice',
      edit('removed', ([first]) => [first!, first!]),
      'clip b is in removed.jsonl, but stands there twice',
    ],
    [
      'a clip that is lost',
      edit('removed', ([first]) => [first!]),
      'clip d is neither kept by indices_to_keep.npy nor in removed.jsonl',
    ],
    [
      'another kept size',
      setMetadata({ pruned_size: 2 }),
      'metadata.json says 2 kept clips, indices_to_keep.npy has 3',
    ],
    ['a partner that is removed', set('removed', 0, { partner_id: 'd' }), 'clip b: its partner d is not a kept clip'],
    ['a partner that is nobody', set('removed', 1, { partner_id: 'z' }), 'clip d: its partner z is not a kept clip'],
    ['another path', set('removed', 1, { path: '/x' }), 'clip d: removed.jsonl gives another path than clips.jsonl'],
    [
      'another cluster',
      set('removed', 1, { cluster: 1 }),
      'clip d: removed.jsonl says cluster 1, cluster_labels.npy says 0',
    ],
    ['another similarity', set('removed', 1, { similarity: 0.97 }), 'clip d: its similarity to c is 0.96, not 0.97'],
    [
      'another partner',
      set('removed', 1, { partner_id: 'a', similarity: 0.28 }),
      'clip d: its partner a is in another group',
    ],
    [
      'a partner outside of the cluster',
      set('removed', 1, { partner_id: 'e', similarity: -0.96 }),
      'clip d: its partner e is in another cluster',
    ],
    ['another group', set('removed', 1, { group: 0 }), 'clip d: removed.jsonl says group 0, clips.jsonl says 1'],
    ['another level', set('removed', 0, { level: 'identical' }), 'clip b: its level is redundant, not identical'],
    ['another theta', set('removed', 0, { theta: 0.91 }), 'clip b: its theta is 0.9, not 0.91'],
    ['no theta', set('removed', 0, { theta: undefined as never }), 'clip b: it has no theta'],
    [
      'a theta that is not reached',
      async (copy) => {
        await setMetadata({ rule: { kind: 'constant', theta: 0.98 } })(copy);
        await set('removed', 0, { theta: 0.98 })(copy);
      },
      'clip b: its similarity 0.96 to a is below theta 0.98',
    ],
    [
      'a rule that proves nothing',
      setMetadata({ rule: { kind: 'none' } }),
      'clip b: its level is unsupported, not redundant',
    ],
    [
      'a rule per clip that lets it go for copies alone',
      setMetadata({ rule: { kind: 'per-clip' } }),
      'clip b: its theta is Infinity, not 0.9',
    ],
    [
      'a length that nothing else proves',
      set('clips', 0, { seconds: 30 }),
      'clips.jsonl is not the file that was written (its SHA-256 differs)',
    ],
  ])('does not hold with %s', async (_, change, sentence) => {
    expect(await failureAfter(change)).toBe(sentence);
  });

  it.each<['per-clip' | 'pair', ofB: number, ofA: number, needed: number]>([
    ['per-clip', 0.9, 0.95, 0.9],
    ['pair', 0.9, 0.95, 0.95],
    ['pair', 0.95, 0.9, 0.95],
  ])('asks θ by a rule %s of %d and %d: %d', async (kind, ofB, ofA, needed) => {
    const clips = CONTENT.clips.map((one) => ({ ...one, theta: one.id === 'b' ? ofB : ofA }));
    const removed = (theta: number) => [
      { ...removal('b', 'a', 0), theta },
      { ...removal('d', 'c', 1), theta: ofA },
    ];
    const failureOf = async (theta: number) => {
      const content = { ...CONTENT, clips, removed: removed(theta), metadata: { ...CONTENT.metadata, rule: { kind } } };
      const written = await writeFolder(join(work, `${kind} ${ofB} ${theta}`), content);
      return (await verifyFolder(await readFolder(written))).failure;
    };
    expect(await failureOf(needed)).toBeUndefined();
    expect(await failureOf(0.93)).toBe(`clip b: its theta is ${needed}, not 0.93`);
  });

  it('holds where a clip went in an earlier run, by the rule and the θ of that run', async () => {
    const clips = CONTENT.clips.map((one) => ({ ...one, theta: 0.95 }));
    const { original_size, pruned_size, decisions, duplicates, short } = METADATA;
    const known = { original_size, pruned_size, decisions, duplicates, short };
    const run = { ...known, rule: { kind: 'pair' as const }, constrained: false };
    const written = async (partnerTheta: number) => {
      const earlier = { ...removal('b', 'a', 0), theta: 0.955, partner_theta: partnerTheta, run: 0 };
      const removed = [earlier, removal('d', 'c', 1)];
      const metadata = { ...CONTENT.metadata, earlier: [run] };
      return writeFolder(join(work, `earlier ${partnerTheta}`), { ...CONTENT, clips, removed, metadata });
    };
    expect((await verifyFolder(await readFolder(await written(0.955)))).failure).toBeUndefined();
    expect((await verifyFolder(await readFolder(await written(0.96)))).failure).toBe(
      'clip b: its theta is 0.96, not 0.955',
    );
  });

  /** Puts another manifest.parquet into a copy. */
  const setManifest =
    (change: {
      clips?: ClipRecord[];
      removed?: RemovedRecord[];
      labels?: number[];
      sure?: number[];
      kept?: boolean[];
    }) =>
    async (copy: string) => {
      const { clips, removed } = await readFolder(copy);
      const bytes = await manifestBytes(change.clips ?? clips, change.removed ?? removed, {
        labels: change.labels ?? CONTENT.labels,
        probabilities: change.sure ?? CONTENT.probabilities,
        kept: change.kept ?? [true, false, true, false, true],
      });
      await writeFile(join(copy, 'manifest.parquet'), bytes);
    };
  const recorded = CONTENT.clips as ClipRecord[];

  it.each<[string, (copy: string) => Promise<void>, string]>([
    [
      'kept clips',
      setManifest({ kept: [true, true, true, false, true] }),
      'clip b: manifest.parquet says kept true, the other files say false',
    ],
    [
      'labels',
      setManifest({ clips: recorded.map((one) => (one.id === 'c' ? { ...one, labels: ['x'] } : one)) }),
      'clip c: manifest.parquet says tags "x", the other files say "é, 音楽"',
    ],
    [
      'a cluster',
      setManifest({ labels: [0, 0, 0, 0, 7] }),
      'clip e: manifest.parquet says cluster 7, the other files say -1',
    ],
    [
      'a similarity',
      setManifest({ removed: [{ ...removal('b', 'a', 0), similarity: 0.99 }, removal('d', 'c', 1)] }),
      'clip b: manifest.parquet says similarity 0.99, the other files say 0.96',
    ],
    [
      'no removal',
      setManifest({ removed: [removal('d', 'c', 1)] }),
      'clip b: manifest.parquet says level null, the other files say "redundant"',
    ],
    [
      'a probability that is none',
      setManifest({ sure: [1, 1, 2, 1, 0] }),
      'clip c: manifest.parquet says probability 2, which is none',
    ],
    [
      'another probability',
      setManifest({ sure: [1, 1, 0.5, 1, 0] }),
      'manifest.parquet is not the file that was written (its SHA-256 differs)',
    ],
    [
      'a kept clip that cannot be read',
      edit('bad', ([first]) => [{ ...first, id: 'a' }]),
      'clip a: bad.jsonl says that it cannot be read, but it is in clips.jsonl',
    ],
    [
      'another reason',
      edit('bad', ([first]) => [{ ...first, reason: 'is silent' }]),
      'bad.jsonl is not the file that was written (its SHA-256 differs)',
    ],
    [
      'a file elsewhere',
      setMetadata({ files: { '../secret': '00' } }),
      'metadata.json names "../secret", which is no file of the folder',
    ],
  ])('does not hold where its other files say otherwise: %s', async (_, change, sentence) => {
    expect(await failureAfter(change)).toBe(sentence);
  });

  it('has its other files covered by hashes, and those without one are named', async () => {
    const texts = { thresholds: 'kappa\n', overrides: '{}\n' };
    const written = await writeFolder(join(work, 'with-texts'), { ...CONTENT, ...texts }, { thresholds: true });
    for (const name of ['thresholds.tsv', 'overrides.jsonl', 'pruned_dataset_path.txt']) {
      const before = await readFile(join(written, name));
      await writeFile(join(written, name), 'x');
      const { failure, uncovered } = await verifyFolder(await readFolder(written));
      expect(failure).toBe(`${name} is not the file that was written (its SHA-256 differs)`);
      expect(uncovered).toEqual([]);
      await writeFile(join(written, name), before);
    }
    const { metadata } = await readFolder(written);
    const { 'thresholds.tsv': _, ...files } = metadata.files;
    await setMetadata({ files })(written);
    await writeFile(join(written, 'more.txt'), '');
    expect(await verifyFolder(await readFolder(written))).toMatchObject({
      failure: undefined,
      uncovered: ['more.txt', 'thresholds.tsv'],
    });
  });

  it('holds as version 0.1.0 wrote it: without format, rule and positions', async () => {
    const old = await writeFolder(join(work, 'format-1'), CONTENT);
    const { clips, removed, keep, labels } = await readFolder(old);
    const kept = clips.map((_, i) => keep.includes(i));
    const columns = manifestColumns(clips, removed, { labels, probabilities: CONTENT.probabilities, kept });
    const columnData = columns.filter(({ name }) => name !== 'position');
    await writeFile(join(old, 'manifest.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })));
    const lines = clips.map(({ position: _, ...record }) => `${JSON.stringify(record)}\n`);
    await writeFile(join(old, 'clips.jsonl'), lines.join(''));
    const path = join(old, 'metadata.json');
    const { format, rule, ...rest } = JSON.parse(await readFile(path, 'utf8'));
    const decisions = { theta: 'threshold', threshold: 0.9, kappaUsed: 1 };
    const files = { ...rest.files };
    for (const name of ['manifest.parquet', 'clips.jsonl']) files[name] = await fileHash(join(old, name));
    await writeFile(path, JSON.stringify({ ...rest, decisions, files }));
    const back = await readFolder(old);
    expect(back.format).toBe(1);
    expect((await verifyFolder(back)).failure).toBeUndefined();
  });

  it('is said to break at the first of several lies, in the order of removed.jsonl', async () => {
    const [late, early] = [{ partner_id: 'z', similarity: 1 }, { similarity: 0.5 }] satisfies Partial<RemovedRecord>[];
    const both = (first: object, second: object) =>
      failureAfter(
        edit('removed', ([b, d]) => [
          { ...b, ...first },
          { ...d, ...second },
        ]),
      );
    expect(await both(early, late)).toBe('clip b: its similarity to a is 0.96, not 0.5');
    expect(await both(late, early)).toBe('clip b: its partner z is not a kept clip');
  });

  it('is refused where its embeddings are cut, or of another type', async () => {
    await expect(failureAfter((copy) => truncate(join(copy, 'embeddings.npy'), 150))).rejects.toThrow(
      /embeddings\.npy is cut: its header promises 168 bytes, the file has 150/,
    );
    const double = { dtype: 'float64', shape: [5, 2], data: Float64Array.from(EMBEDDINGS.data) } as const;
    await expect(failureAfter((copy) => writeNpy(join(copy, 'embeddings.npy'), double))).rejects.toThrow(
      /embeddings\.npy: expected a float32 array of two dimensions/,
    );
    await expect(failureAfter((copy) => rm(join(copy, 'embeddings.npy')))).rejects.toThrow(/no such file/);
  });
});
