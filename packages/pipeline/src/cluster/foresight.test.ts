import { isDeepStrictEqual } from 'node:util';
import { Hdbscan } from '@refrain/clusterers';
import { quietHost, type ScoresQuery, type SimilarityKernel, seededRandom } from '@refrain/core';
import { syntheticPruneInput } from '@refrain/core/testing';
import { CpuKernel } from '@refrain/kernels';
import { JensenShannonPruner } from '@refrain/pruners';
import { describe, expect, it } from 'vitest';
import { foresee, type PruneOptions, pruneSpace } from '../prune/pruneSpace.ts';
import { clusterSpace, findCopies } from './cluster.ts';

/** The kernel, and the scores that it is asked for. */
function listening(): { kernel: SimilarityKernel; asked: ScoresQuery[] } {
  const inner = new CpuKernel({}, quietHost({ workers: 1 }));
  const asked: ScoresQuery[] = [];
  const load: SimilarityKernel['load'] = async (points, measure) => {
    const loaded = await inner.load(points, measure);
    const scores: typeof loaded.scores = (query) => {
      asked.push(query);
      return loaded.scores(query);
    };
    return new Proxy(loaded, {
      get: (target, name) => {
        if (name === 'scores') return scores;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { kernel: { name: 'cpu', load }, asked };
}

// More clips than those whose similarities HDBSCAN holds all at once.
const { ids, embeddings, reliability } = syntheticPruneInput({ tracks: 170, copies: 60, dim: 16 });
const space = { ids, embeddings, reliability, silent: [], fitted: undefined };
const nothing = ids.map(() => undefined);
const facts = {
  ...{
    audioHashes: nothing,
    groups: nothing,
    paths: nothing,
    seconds: nothing,
    sampleRate: nothing,
    clipping: nothing,
  },
  labels: ids.map(() => []),
  // Some are too short to be compared.
  excluded: Uint8Array.from(ids, (_, clip) => (clip % 97 === 5 ? 1 : 0)),
};

/** What is kept, by scores that are counted while clusters are found or by themselves, and what the kernel was asked for. */
async function prunedBy(isForeseen: boolean, options: Partial<PruneOptions>) {
  const { kernel, asked } = listening();
  const clusterer = new Hdbscan({ minClusterSize: 10 }, kernel);
  const pruner = new JensenShannonPruner({ t: 0.8 }, kernel);
  const settled: PruneOptions = {
    ...{ duplicates: 'one', keep: undefined, random: seededRandom(1), signal: new AbortController().signal },
    ...options,
  };
  const copies = await findCopies(space, facts, kernel);
  const foresight = isForeseen ? await foresee(space, facts, copies, pruner, settled) : undefined;
  const clusters = await clusterSpace(space, facts, copies, clusterer, false, foresight);
  const { sweep: _, ...outcome } = await pruneSpace(space, facts, copies, clusters, { kernel, pruner }, settled);
  return { outcome, asked };
}

describe('scores that are counted while clusters are found', () => {
  it.each<[string, Partial<PruneOptions>]>([
    ['one copy stays', {}],
    // HDBSCAN is given the first of each set of copies.
    ['the last copy stays', { priority: Float64Array.from(ids, (_, clip) => clip) }],
    ['copies are left to the strategy', { duplicates: 'quota' }],
  ])('give what they give by themselves, where %s', async (_, options) => {
    const alone = await prunedBy(false, options);
    const { outcome, asked } = await prunedBy(true, options);
    // `toEqual` takes seconds for so many numbers.
    expect(isDeepStrictEqual(outcome, alone.outcome)).toBe(true);
    expect(outcome.removed.filter(({ level }) => level === 'redundant').length).toBeGreaterThan(50);
    expect(alone.asked.map(({ known }) => known)).toEqual([undefined]);
    expect(asked).toHaveLength(1);
    const { among, known } = asked[0]!;
    const open = options.priority === undefined ? 0 : 60;
    expect(among.length).toBeGreaterThan(2048);
    expect(among.length - known!.among.length).toBeLessThanOrEqual(open);
    expect(known!.pairs!.i.length).toBeGreaterThan(100);
    if (open > 0) expect(known!.among.length).toBeLessThan(among.length);
  });
});
