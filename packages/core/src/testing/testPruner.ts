import { describe, expect, it } from 'vitest';
import { ConfigError, DataError } from '../errors.ts';
import type { SimilarityKernel } from '../kernel.ts';
import { zeros } from '../matrix.ts';
import { roundHalfUp } from '../numbers.ts';
import type { PruneInput, Pruner, Pruning } from '../pruner.ts';
import { seededRandom } from '../random.ts';
import { onGrid } from '../similarityGrid.ts';
import { firstMismatch } from './certificate.ts';
import { plainKernel } from './plainKernel.ts';
import { syntheticPruneInput } from './syntheticPruning.ts';

const INPUTS: Readonly<Record<string, () => PruneInput>> = {
  'clusters, noise and copies': () => syntheticPruneInput(),
  'clips without reliability, copies or tracks': () => bare(syntheticPruneInput({ seed: 2 })),
  'clips too short to be compared': () => withShort(syntheticPruneInput({ seed: 6 })),
  'noise alone': () => relabelled(syntheticPruneInput({ seed: 3 }), -1, 0),
  'one cluster with numbers left out': () => relabelled(syntheticPruneInput({ seed: 4 }), 2, 5),
  'no clip': () => ofRows([]),
  'one clip': () => ofRows([[1, 0]]),
  'identical clips': () => allCopies(ofRows(Array.from({ length: 9 }, () => [0.6, 0.8]))),
  'silent clips': () => allCopies(ofRows(Array.from({ length: 5 }, () => [0, 0]))),
  'silent clips that are no copies': () =>
    ofRows([
      [0, 0],
      [1, 0],
      [0, 0],
      [0.6, 0.8],
      [0, 0],
    ]),
};

/**
 * What every pruner must do, as vitest tests; among it that its removals hold by the rule it states (see `firstMismatch`). Call it inside a `describe`
 * that names the pruner; `create` makes a fresh one.
 */
export function testPruner(create: (kernel: SimilarityKernel) => Pruner | Promise<Pruner>): void {
  const prune = async (input: PruneInput) => (await create(plainKernel())).prune(input);

  describe('keeps the contract of a pruner', () => {
    it('has a name', async () => expect((await create(plainKernel())).name).toMatch(/^[a-z][a-z0-9-]*$/));

    for (const [name, make] of Object.entries(INPUTS)) {
      it(`accounts for every clip: ${name}`, async () => expectWellFormed(await prune(make()), make()));
    }

    it('keeps the wanted fraction to the clip, or says that it cannot', async () => {
      for (const make of Object.values(INPUTS)) {
        for (const keepFraction of [0, 0.25, 0.5, 0.75, 0.9, 1]) {
          const input = { ...make(), keepFraction };
          const pruning = await orConfigError(prune(input));
          if (pruning === undefined) continue;
          expect(pruning.keep.length).toBe(roundHalfUp(keepFraction * input.ids.length));
          expectWellFormed(pruning, input);
        }
      }
    });

    it('removes nothing when all is to be kept', async () => {
      const pruning = await prune({ ...syntheticPruneInput(), keepFraction: 1 });
      expect(pruning.removed).toEqual([]);
    });

    it('chooses the same with what it foresaw, and with what of it is known', async () => {
      for (const make of Object.values(INPUTS)) {
        const { clustering: _, ...known } = make();
        const pruner = await create(plainKernel());
        const foreseen = await pruner.foresee?.(known);
        if (foreseen === undefined) continue;
        const { sweep, ...expected } = await pruner.prune(make());
        const loaded = await plainKernel().load(make().embeddings);
        for (const share of [0, 0.5, 1]) {
          const among = foreseen.among.subarray(0, Math.floor(share * foreseen.among.length));
          const scores = await loaded.scores({ ...foreseen.count, among });
          const input = { ...make(), foreseen: { ...foreseen, known: { among, ...scores } } };
          const { sweep, ...pruning } = await pruner.prune(input);
          expect(pruning).toEqual(expected);
        }
      }
    });

    it('gives the same result for the same input, also after other work', async () => {
      const pruner = await create(plainKernel());
      const first = await pruner.prune(syntheticPruneInput());
      await pruner.prune(syntheticPruneInput({ seed: 5 }));
      expect(choiceOf(await pruner.prune(syntheticPruneInput()))).toEqual(choiceOf(first));
      expect(choiceOf(await prune(syntheticPruneInput()))).toEqual(choiceOf(first));
    });

    it('leaves its input as it was', async () => {
      const { random, ...input } = syntheticPruneInput();
      const before = structuredClone(input);
      await prune({ ...input, random });
      expect(input).toEqual(before);
    });

    it('names the clip whose embedding is not finite', async () => {
      const input = syntheticPruneInput();
      input.embeddings.data[3 * input.embeddings.cols + 1] = Number.NaN;
      await expect(prune(input)).rejects.toThrow(DataError);
      await expect(prune(input)).rejects.toThrow(input.ids[3]!);
    });

    it('refuses ids and embeddings of different number', async () => {
      const input = syntheticPruneInput();
      await expect(prune({ ...input, ids: input.ids.slice(1) })).rejects.toThrow(DataError);
    });
  });
}

async function orConfigError(pruning: Promise<Pruning>): Promise<Pruning | undefined> {
  return pruning.catch((error: unknown) => {
    expect(error).toBeInstanceOf(ConfigError);
    return undefined;
  });
}

function expectWellFormed(pruning: Pruning, input: PruneInput): void {
  const { keep, removed, group } = pruning;
  const count = input.ids.length;
  const gone = removed.map(({ index }) => index);
  expect(Array.from(keep)).toEqual(Array.from(new Set(keep)).sort((a, b) => a - b));
  expect(gone).toEqual(Array.from(new Set(gone)).sort((a, b) => a - b));
  expect([...keep, ...gone].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(group).toHaveLength(count);
  expectRule(pruning, count);
  expectProofs(pruning, input);
  expectClusters(pruning, input);
  for (const [name, value] of Object.entries(pruning.decisions))
    expect(['number', 'string'], name).toContain(typeof value);
}

function expectProofs(pruning: Pruning, input: PruneInput): void {
  expect(firstMismatch(pruning, input)).toBeUndefined();
  const { removed, group } = pruning;
  for (const removal of removed) {
    expect(removal.cluster).toBe(input.clustering.labels[removal.index]);
    expect(removal.group).toBe(group[removal.index]);
    if (removal.group >= 0) expect(group[removal.partner]).toBe(removal.group);
  }
}

/** As far as its rule is typed, which plain JavaScript does not see. */
function expectRule({ rule }: Pruning, count: number): void {
  expect(rule, 'the pruner has to state its rule').toBeDefined();
  expect(['none', 'constant', 'per-clip', 'pair', 's-norm']).toContain(rule.kind);
  if (rule.kind === 'constant') expect(rule.theta).toBe(onGrid(rule.theta));
  if (rule.kind === 's-norm') for (const perClip of [rule.means, rule.deviations]) expect(perClip).toHaveLength(count);
  if (!('thetas' in rule)) return;
  expect(rule.thetas).toHaveLength(count);
  for (const theta of rule.thetas) expect(theta).toBe(theta < Infinity ? onGrid(theta) : Infinity);
}

function expectClusters({ keep, clusters }: Pruning, { clustering: { labels } }: PruneInput): void {
  const kept = new Set(keep);
  expect(clusters.map(({ label }) => label)).toEqual(Array.from(new Set(labels)).sort((a, b) => a - b));
  for (const cluster of clusters) {
    const members = Array.from(labels.keys()).filter((i) => labels[i] === cluster.label);
    expect(cluster.size).toBe(members.length);
    expect(cluster.kept).toBe(members.filter((i) => kept.has(i)).length);
    for (const divergence of [cluster.divergenceBefore, cluster.divergenceAfter]) {
      expect(divergence).toBeGreaterThanOrEqual(0);
      expect(divergence).toBeLessThanOrEqual(1);
    }
  }
}

function bare({ ids, embeddings, clustering, random }: PruneInput): PruneInput {
  return { ids, embeddings, clustering, random };
}

/** Some of the noise too short, as callers have it: it is in no cluster, but for its copies. */
function withShort(input: PruneInput): PruneInput {
  const { labels } = input.clustering;
  return { ...input, excluded: Uint8Array.from(labels, (label, i) => (label < 0 && i % 3 === 0 ? 1 : 0)) };
}

function relabelled(input: PruneInput, label: number, clusterCount: number): PruneInput {
  const { labels, probabilities } = input.clustering;
  return { ...input, clustering: { labels: labels.map(() => label), clusterCount, probabilities } };
}

/** One cluster of the given rows. */
function ofRows(rows: readonly (readonly number[])[]): PruneInput {
  const embeddings = zeros(rows.length, 2);
  embeddings.data.set(rows.flat());
  return {
    ids: rows.map((_, i) => `clip-${i}`),
    embeddings,
    clustering: {
      labels: new Int32Array(rows.length),
      clusterCount: Math.min(1, rows.length),
      probabilities: new Float32Array(rows.length).fill(1),
    },
    random: seededRandom('rows'),
  };
}

function allCopies(input: PruneInput): PruneInput {
  const one = new Int32Array(input.ids.length);
  return { ...input, duplicateSet: one, audioIdentity: one.slice() };
}

/** A pruning without what it can be asked for later: no two functions are equal. */
function choiceOf({ sweep: _, ...choice }: Pruning): Omit<Pruning, 'sweep'> {
  return choice;
}
