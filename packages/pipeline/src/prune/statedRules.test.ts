import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dot,
  type Matrix,
  onGrid,
  type PruneInput,
  type Pruner,
  type Pruning,
  type PruningRule,
  seededRandom,
} from '@refrain/core';
import { addRows, bestProof, cosineMoments, neededBy, noMoments, type Proof, scoreOf } from '@refrain/core/pruning';
import { plainKernel, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import { inDatasetOrder, type PrunedFolder, readFolder, verifyFolder, writeFolder } from '@refrain/pruned-dataset';
import { orderByScore, rankingPruner, removalsByNearest } from '@refrain/pruners';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCopies } from '../cluster/cluster.ts';
import type { TrainSource } from '../source/source.ts';
import { trainFacts } from '../source/trainFacts.ts';
import { folderContent } from './folderContent.ts';
import { type PruneOptions, pruneSpace } from './pruneSpace.ts';

type RuleFor = (input: PruneInput) => PruningRule;

const kernel = plainKernel();

/** What proves a clip by one of those that are kept in its cluster, as a rule asks. */
function proofOf(input: PruneInput, rule: PruningRule, index: number, isKept: ArrayLike<number>): Proof | undefined {
  const { clustering, excluded } = input;
  const { labels } = clustering;
  const kept = [...input.ids.keys()].filter((clip) => isKept[clip] && labels[clip] === labels[index]);
  const isShort = (clip: number) => excluded?.[clip] === 1;
  return bestProof(input, index, kept, (partner) =>
    isShort(index) || isShort(partner) ? Infinity : neededBy(rule, index, partner),
  );
}

/** A stranger's strategy: in the order of their ids clips go for one before them that is kept and reaches what the rule asks. */
function firstComePruner(name: string, ruleFor: RuleFor): Pruner {
  return rankingPruner(
    {
      name,
      rank(input) {
        const goes = new Float64Array(input.ids.length);
        const isKept = new Uint8Array(input.ids.length);
        for (const index of input.ids.keys()) {
          goes[index] = proofOf(input, ruleFor(input), index, isKept) === undefined ? 0 : 1;
          isKept[index] = 1 - goes[index]!;
        }
        const own = isKept.reduce((sum, kept) => sum + kept, 0);
        return { order: orderByScore(goes), own, decisions: {} };
      },
      async remove(input, isKept, workplace) {
        const rule = ruleFor(input);
        const unproved = await removalsByNearest(input, isKept, workplace);
        const removed = unproved.map(({ index, cluster, group, ...nearest }) => {
          return { index, cluster, group, ...(proofOf(input, rule, index, isKept) ?? nearest) };
        });
        return { removed, rule };
      },
    },
    kernel,
  );
}

/** What a clip asks: between 0.6 and 0.9, by its row. */
const thetas = ({ embeddings: { data, rows, cols } }: PruneInput) =>
  Float64Array.from({ length: rows }, (_, i) => onGrid(0.6 + 0.3 * Math.abs(Math.sin(1000 * data[i * cols]!))));

/** Nearly as alike as clips are to themselves, and as few others are; of each set of copies the first counts. */
function scores({ embeddings, reliability, duplicateSet, excluded }: PruneInput): PruningRule {
  const sets = new Set<number>();
  const moments = noMoments(embeddings.cols);
  addRows(moments, embeddings, (row) => {
    const set = duplicateSet?.[row] ?? -1;
    const counts = !excluded?.[row] && !isZero(embeddings, row) && !sets.has(set);
    if (counts && set >= 0) sets.add(set);
    return counts;
  });
  const { means, deviations } = cosineMoments(moments, embeddings);
  for (const i of means.keys()) if (excluded?.[i] || isZero(embeddings, i)) means[i] = Infinity;
  const rates = { kappa: 0.6, tau: 1.5, falseDiscoveryRate: 0.01 };
  return { kind: 's-norm', means, deviations, ...rates, ...(reliability && { reliability }) };
}

const isZero = (matrix: Matrix, row: number) => dot(matrix, row, matrix, row) === 0;

const RULES: readonly [PruningRule['kind'], RuleFor][] = [
  ['constant', () => ({ kind: 'constant', theta: 0.7 })],
  ['per-clip', (input) => ({ kind: 'per-clip', thetas: thetas(input) })],
  ['pair', (input) => ({ kind: 'pair', thetas: thetas(input) })],
  ['s-norm', scores],
];

/** A train set of known tracks, as its audio would be known. */
function syntheticSource(): { source: TrainSource; labels: Int32Array } {
  const { ids, embeddings, clustering, reliability, audioIdentity, groups } = syntheticPruneInput({
    seed: 9,
    clips: 8,
  });
  const source: TrainSource = {
    name: 'synthetic',
    clips: ids.map((id, position) => ({
      id,
      position,
      path: `${id}.wav`,
      audioHash: audioIdentity![position]! < 0 ? id : `copy ${audioIdentity![position]}`,
      labels: [],
      groups: groups![position]!,
    })),
    space: { ids, embeddings, reliability, silent: [], fitted: undefined },
    short: [],
    bad: [],
    encoded: 0,
    encoderFingerprint: null,
    embedded: undefined,
  };
  return { source, labels: clustering.labels };
}

describe.each(RULES)("a stranger's pruner with a rule of kind %s", (kind, ruleFor) => {
  const pruner = firstComePruner('first-come', ruleFor);
  let work: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-rules-'));
  });
  afterAll(() => rm(work, { recursive: true }));

  testPruner(() => pruner);

  it.each<[string, Partial<PruneOptions>]>([
    ['of one copy each', {}],
    ['of copies that are left to it', { duplicates: 'quota' }],
    ['of a wanted size', { keep: 0.4 }],
    [
      'under constraints',
      { constraints: { protect: new Set([3]), exclude: new Set([0, 5]), maxPerGroup: { track: 2 } } },
    ],
  ])('makes a folder %s that passes verify', async (name, options) => {
    const folder = await folderBy(pruner, options, join(work, name));
    expect(folder.metadata.rule.kind).toBe(kind);
    expect(folder.removed.filter(({ level }) => level === 'redundant').length).toBeGreaterThan(10);
    expect((await verifyFolder(folder)).failure).toBeUndefined();
  });
});

/** The folder that a pruner makes of the synthetic train set. */
async function folderBy(pruner: Pruner, options: Partial<PruneOptions>, path: string): Promise<PrunedFolder> {
  const { source, labels } = syntheticSource();
  const facts = trainFacts(source);
  const copies = await findCopies(source.space, facts, kernel);
  const clusters = { labels, probabilities: Float32Array.from(labels, () => 1), secondFrom: 4 };
  const random = seededRandom(1);
  const { signal } = new AbortController();
  const settled: PruneOptions = { duplicates: 'one', keep: undefined, random, signal, ...options };
  const outcome = await pruneSpace(source.space, facts, copies, clusters, { kernel, pruner }, settled);
  const content = folderContent({ source, outcome }, { settings: {}, mergeLabels: false, timings: {} });
  return readFolder(await writeFolder(path, inDatasetOrder(content)));
}

describe('a certificate of scores', () => {
  let folder: PrunedFolder;
  let work: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-scores-'));
    folder = await folderBy(firstComePruner('first-come', scores), {}, join(work, 'folder'));
  });
  afterAll(() => rm(work, { recursive: true }));

  const redundant = () =>
    folder.removed.findIndex(({ level, copy_of }) => level === 'redundant' && copy_of === undefined);
  const withClip = (id: string, change: object): PrunedFolder => ({
    ...folder,
    clips: folder.clips.map((clip) => (clip.id === id ? { ...clip, ...change } : clip)),
  });
  const withRemoval = (change: object): PrunedFolder => ({
    ...folder,
    removed: folder.removed.map((record, at) => (at === redundant() ? { ...record, ...change } : record)),
  });

  it('names the score of each redundant clip, which follows from the mean and deviation of both', () => {
    const of = new Map(folder.clips.map((clip) => [clip.id, clip]));
    const some = folder.removed.filter(({ level, copy_of }) => level === 'redundant' && copy_of === undefined);
    for (const { id, partner_id: partner, similarity, z, theta } of some) {
      const [a, b] = [of.get(id)!, of.get(partner)!];
      const means = Float64Array.of(a.cosine_mean!, b.cosine_mean!);
      const deviations = Float64Array.of(a.cosine_deviation!, b.cosine_deviation!);
      expect(z).toBe(onGrid(scoreOf({ means, deviations }, 0, 1, similarity)));
      expect(similarity).toBeGreaterThanOrEqual(theta!);
    }
  });

  it.each<[string, (id: string) => PrunedFolder, RegExp]>([
    [
      'a mean',
      (id) => withClip(id, { cosine_mean: 0.5 }),
      /the mean of its cosines is -?0\.\d+, clips\.jsonl says 0\.5/,
    ],
    ['a deviation', (id) => withClip(id, { cosine_deviation: 0.9 }), /the deviation of its cosines is 0\.\d+/],
    ['a score', () => withRemoval({ z: 9 }), /its z is \d\.\d+, not 9/],
    ['a θ', () => withRemoval({ theta: 0.1 }), /its theta is 0\.\d+, not 0\.1/],
    [
      'τ',
      () => ({ ...folder, metadata: { ...folder.metadata, rule: { ...folder.metadata.rule, tau: 7 } as never } }),
      /its theta is \d\.\d+, not 0\.\d+/,
    ],
  ])('does not hold with another %s', async (_, change, message) => {
    const { id } = folder.removed[redundant()]!;
    const { failure } = await verifyFolder(change(id));
    expect(failure).toMatch(/^clip clip-/);
    expect(failure).toMatch(message);
  });
});

describe('a pruner of before there were rules', () => {
  it('is refused, by its name', async () => {
    const { source, labels } = syntheticSource();
    const facts = trainFacts(source);
    const copies = await findCopies(source.space, facts, kernel);
    const clusters = { labels, probabilities: new Float32Array(labels.length), secondFrom: 4 };
    const { signal } = new AbortController();
    const options: PruneOptions = { duplicates: 'one', keep: undefined, random: seededRandom(1), signal };
    const stated = firstComePruner('old', RULES[0]![1]);
    const wrong: Record<string, unknown>[] = [
      {},
      { rule: { kind: 'reliability' } },
      { rule: { kind: 'constant' } },
      { rule: { kind: 'pair', thetas: new Float64Array(3) } },
    ];
    for (const fields of wrong) {
      const prune = async (input: PruneInput) => {
        const { rule: _, ...others } = await stated.prune(input);
        return { ...others, ...fields } as unknown as Pruning;
      };
      const components = { kernel, pruner: { name: 'old', prune } };
      await expect(pruneSpace(source.space, facts, copies, clusters, components, options)).rejects.toMatchObject({
        code: 'REFRAIN_PLUGIN',
        plugin: 'old',
        message: expect.stringContaining('does not state its rule'),
      });
    }
  });
});
