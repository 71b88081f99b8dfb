import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, type Random, seededRandom } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeExport } from './exports.ts';
import { fingerprintText } from './fingerprints.ts';
import { sweepText } from './page/pageFiles.ts';
import { pruningPage } from './page/pruningPage.ts';
import { readEmbeddings, readFolder, readPrunedDataset } from './read.ts';
import type { RemovedRecord } from './schemas.ts';
import { METADATA } from './testing/metadata.ts';
import { verifyFolder } from './verify.ts';
import { type FolderContent, writeFolder } from './write.ts';

const fingerprint = fingerprintText(Uint32Array.from({ length: 40 }, (_, i) => (i * 2654435761) >>> 0));

const clip = (id: string, fields: object = {}) => ({
  id,
  position: 'abcdef'.indexOf(id),
  path: `/music/${id}.mp3`,
  content_hash: id.repeat(64),
  audio_hash: id.repeat(64),
  labels: ['é', id],
  groups: { track: 'one', artist: id },
  seconds: 3,
  sample_rate: 8000,
  clipping: 0,
  reliability: 0.9,
  theta: 0.9,
  group: 0,
  ...fields,
});

const removal = (id: string, partner: string, fields: Partial<RemovedRecord>): RemovedRecord => ({
  id,
  path: `/music/${id}.mp3`,
  cluster: 0,
  group: 0,
  level: 'redundant',
  partner_id: partner,
  similarity: 0.96,
  theta: 0.9,
  ...fields,
});

const SWEPT = {
  ...{ value: 0.5, kept: 3, worstSimilarity: 0.96, worstZ: null, labelsLost: 1, tracksLost: 0 },
  ...{ jsd: 0.01, jsdBefore: 0.1, isTaken: true },
};

/** A folder with everything that one may have: an earlier run, rules, fingerprints, decisions, a whitened space. */
const CONTENT: FolderContent = {
  clips: [
    clip('a', { from_base: true, merged_labels: ['é', 'a', 'b'] }),
    clip('b', { piece: { start: 1, seconds: 2 } }),
    clip('c', { duplicate_set: 0, fingerprint, same_recording: ['d'] }),
    clip('d', { duplicate_set: 0, fingerprint, same_recording: ['c'] }),
    clip('e', { group: -1 }),
    clip('f'),
  ],
  embeddings: { data: Float32Array.of(1, 0, 0.96, 0.28, 0, 1, 0.28, 0.96, 0, -1, 0.96, 0.28), rows: 6, cols: 2 },
  labels: [0, 0, 0, 0, -1, 0],
  probabilities: [1, 1, 1, 1, 0, 0.5],
  keep: [0, 2, 4],
  removed: [
    removal('b', 'a', {}),
    removal('d', 'c', { level: 'same-recording' }),
    removal('f', 'a', { run: 0, partner_theta: 0.9 }),
  ],
  bad: [{ id: 'x', path: '/music/x.mp3', stage: 'decode', reason: 'is cut', changed: true }],
  overrides: '{"id":"a","decision":"keep","note":"mine"}\n',
  thresholds: 'kappa\tkept\n1\t3\n',
  sweep: sweepText({ overT: [SWEPT] }),
  command: 'refrain prune --base base',
  projection: { data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), rows: 6, cols: 2 },
  space: {
    ...{ dim: 3, columns: [0, 2], mean: [1, 2], sd: [1, 3] },
    whitening: {
      covariance: 'within-clip',
      matrix: Float64Array.of(1, 0.5, 0, 2),
      shrinkage: 0.05,
      effectiveRank: 1.5,
      clips: 6,
      segments: 60,
    },
  },
  metadata: {
    ...METADATA,
    original_size: 6,
    rule: { kind: 'pair' },
    cluster_stats: {
      0: {
        ...{ original_size: 5, kept_size: 2, removal_fraction: 0.6, groups: 1, jsd_before: 0, jsd_after: 0 },
        similarity: { mean: 0.5, sd: 0.1, shareAboveTheta: 0.5, histogram: [1, 2, 3] },
      },
    },
    constraints: {
      ...{ min_per_label: 0, max_per_group: { track: 9 }, min_per_group: {}, protected: ['a'], excluded: [] },
      report: {
        ...{ before: 2, after: 3, added: { protect: 1 }, removed: {}, unsupported: 0 },
        unmet: [{ rule: 'minPerLabel', wonBy: 'size', count: 1, names: ['b'] }],
      },
    },
    earlier: [
      {
        ...{ original_size: 3, pruned_size: 2, decisions: { t: 1 }, rule: { kind: 'pair' as const } },
        ...{ duplicates: { sets: 0, clips: 0 }, short: [], constrained: false },
      },
    ],
    settings: { seed: 1, space: 'whitened', dataset: { use: 'audio', dir: '/music' } },
  },
};

/** Another content of a file; undefined where it is to be deleted. */
type Change = (bytes: Buffer, random: Random, others: ReadonlyMap<string, Buffer>) => Buffer | undefined;

const STRANGE: readonly string[] = [
  'null',
  '"x"',
  '[]',
  '{}',
  '-1',
  '0.5',
  '1e999',
  'true',
  '"../x"',
  '9e15',
  '[null]',
];

/** Puts something strange in the place of a value, leaves one out, or adds one, anywhere in the JSON text. */
function changeJson(text: string, random: Random): string {
  const root = JSON.parse(text) as Record<string, unknown>;
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const collect = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      collect((value as Record<string, unknown>)[key]);
    }
  };
  collect(root);
  const [parent, key] = places[random.integer(places.length)]!;
  const how = random.integer(8);
  if (how === 0) delete parent[key];
  else if (how === 1) parent[Array.isArray(parent) ? parent.length : 'surplus'] = 1;
  else parent[key] = '\u0000';
  return JSON.stringify(root).replace('"\\u0000"', STRANGE[random.integer(STRANGE.length)]!);
}

const changeText: Change = (bytes, random) => {
  const lines = bytes.toString('utf8').split('\n');
  if (lines[0] === '{') return Buffer.from(changeJson(bytes.toString('utf8'), random));
  const at = random.integer(Math.max(1, lines.length - 1));
  if (!lines[at]?.startsWith('{')) return Buffer.from(`${bytes.toString('utf8')}x`);
  const how = random.integer(6);
  if (how === 0) lines.splice(at, 1);
  else if (how === 1) lines.splice(at, 0, lines[random.integer(lines.length - 1)]!);
  else lines[at] = changeJson(lines[at], random);
  return Buffer.from(lines.join('\n'));
};

/** Says something else of a .npy file in its header, which stays as long as it was. */
const changeHeader: Change = (bytes, random) => {
  const text = bytes.toString('latin1');
  const swaps: readonly (readonly [string | RegExp, string])[] = [
    [/<[if]\d/, ['<f8', '<i4', '>f4', '>i8', '|O8', '<U9', '|b1'][random.integer(7)]!],
    [/\(\d+,/, ['(0,', '(7,', '(9,', '(1,'][random.integer(4)]!],
    [/, 2\)/, [', 3)', ', 0)', ',  )'][random.integer(3)]!],
    ['False', 'True '],
    ['NUMPY\u0001', 'NUMPY\u0004'],
    [/\(\d/, '(-'],
  ];
  const [from, to] = swaps[random.integer(swaps.length)]!;
  return Buffer.from(text.replace(from, to), 'latin1');
};

const CHANGES: readonly Change[] = [
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[random.integer(copy.length)]! ^= 1 << random.integer(8);
    return copy;
  },
  (bytes, random) => {
    const at = random.integer(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from('\u0000{"é'), bytes.subarray(at)]);
  },
  (_, random, others) => [...others.values()][random.integer(others.size)],
  () => undefined,
];

describe('a pruned dataset folder with any of its files changed', () => {
  let work: string;
  let folder: string;
  let files: ReadonlyMap<string, Buffer>;
  let exported = 0;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-mutations-'));
    folder = await writeFolder(join(work, 'pruned'), CONTENT, { thresholds: true });
    const names = (await readdir(folder)).sort();
    files = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
  });

  /** What each reader says: nothing, what it found, or what a DataError says. Anything else fails. */
  const said = async ({ verifies = true, exports = true } = {}): Promise<readonly (string | undefined)[]> => {
    const refusal = (error: unknown) => {
      if (error instanceof DataError) return error.message;
      throw error;
    };
    return [
      await readFolder(folder)
        .then(async (read) => (verifies ? (await verifyFolder(read)).failure : undefined))
        .catch(refusal),
      await readPrunedDataset(folder)
        .then(async (read) => [await readEmbeddings(read), await pruningPage(read)])
        .then(() => undefined, refusal),
      exports
        ? await writeExport(folder, 'list', join(work, `list-${exported++}`)).then(() => undefined, refusal)
        : undefined,
    ];
  };

  it('holds before', async () => {
    expect(files.size).toBe(16);
    expect((await pruningPage(await readFolder(folder))).overT).toEqual([SWEPT]);
    expect(await said()).toEqual([undefined, undefined, undefined]);
  });

  it('is read, or refused with a DataError or a finding that names a file or a clip: 1,200 times', async () => {
    const random = seededRandom('mutations');
    const names = [...files.keys()];
    let refused = 0;
    for (let round = 0; round < 1200; ) {
      const picked = names[random.integer(names.length)]!;
      // The manifest is read by a thread of its own, which takes a while: that is for some rounds only. An export reads as others do.
      const name = picked === 'manifest.parquet' && round % 20 > 0 ? 'removed.jsonl' : picked;
      const effort = { verifies: name !== 'metadata.json' || round % 20 === 0, exports: round % 5 === 0 };
      const bytes = files.get(name)!;
      const own = /\.jsonl?$/.test(name) ? changeText : name.endsWith('.npy') ? changeHeader : CHANGES[0]!;
      const change = random.uniform() < 0.5 ? own : CHANGES[random.integer(CHANGES.length)]!;
      const changed = change(bytes, random, files);
      if (changed?.equals(bytes)) continue;
      round++;
      const path = join(folder, name);
      if (changed === undefined) await rm(path);
      else await writeFile(path, changed);
      const where = `round ${round}: ${name} = ${changed?.toString('latin1').slice(0, 3000)}`;
      const sentences = await said(effort).catch((error: unknown) => {
        throw new Error(where, { cause: error });
      });
      for (const sentence of sentences) {
        if (sentence !== undefined) expect(sentence, where).toMatch(/\.(json|jsonl|npy|parquet|tsv|txt)\b|\bclip /);
      }
      // Every file but metadata.json is covered by a hash.
      if (name !== 'metadata.json') expect(sentences[0], where).toBeDefined();
      if (sentences.some((sentence) => sentence !== undefined)) refused++;
      await writeFile(path, bytes);
    }
    expect(refused).toBeGreaterThan(900);
    expect(await said()).toEqual([undefined, undefined, undefined]);
  });
});
