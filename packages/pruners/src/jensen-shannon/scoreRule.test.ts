import {
  dot,
  type LoadedPoints,
  type Matrix,
  onGrid,
  type PruneInput,
  type PruningRule,
  quietHost,
  readNpy,
  rowOf,
  type ScoreRule,
  type SimilarityKernel,
  seededRandom,
  shuffled,
  takeRows,
  zeros,
} from '@refrain/core';
import { scoreOf } from '@refrain/core/pruning';
import { describeWithData, plainKernel, syntheticPruneInput, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { normalTail } from './falseDiscovery.ts';
import { JensenShannonPruner } from './jensenShannonPruner.ts';
import type { JensenShannonOptions } from './options.ts';

/** The share of chance that the rule accepts. */
const Q = 0.01;

async function prune(input: PruneInput, options: JensenShannonOptions = { t: 1 }) {
  const notices: string[] = [];
  const host = quietHost({ notice: (message) => notices.push(message) });
  return { ...(await new JensenShannonPruner(options, plainKernel(), host).prune(input)), notices };
}

/** Excerpts of 60 tracks that nothing else joins, some of them with copies. */
const tracks = (options = {}) => syntheticPruneInput({ clusters: 1, tracks: 60, clips: 3, dim: 32, ...options });

/** Rows in one cluster, as own embeddings without segments come. */
function ofRows(embeddings: Matrix): PruneInput {
  const { rows } = embeddings;
  return {
    ids: Array.from({ length: rows }, (_, i) => `clip-${String(i).padStart(4, '0')}`),
    embeddings,
    clustering: { labels: new Int32Array(rows), clusterCount: 1, probabilities: new Float32Array(rows).fill(1) },
    random: seededRandom(1),
  };
}

function scoresIn(rule: PruningRule): ScoreRule {
  if (rule.kind !== 's-norm') throw new Error(`The rule is of kind ${rule.kind}.`);
  return rule;
}

/** The scores of all pairs of clips and the threshold that they give, by plain sums over all pairs. */
function byHand({ embeddings }: PruneInput): { tau: number; score: (i: number, j: number) => number } {
  const { rows } = embeddings;
  const all = Array.from({ length: rows }, (_, i) => i);
  const facts = all.map((i) => {
    const cosines = all.map((j) => dot(embeddings, i, embeddings, j));
    const mean = cosines.reduce((sum, s) => sum + s, 0) / rows;
    return { mean, sd: Math.sqrt(cosines.reduce((sum, s) => sum + (s - mean) ** 2, 0) / rows) };
  });
  const score = (i: number, j: number) => {
    const s = dot(embeddings, i, embeddings, j);
    return ((s - facts[i]!.mean) / facts[i]!.sd + (s - facts[j]!.mean) / facts[j]!.sd) / 2;
  };
  const falling = all.flatMap((i) => all.slice(i + 1).map((j) => score(i, j))).sort((a, b) => b - a);
  const rare = falling.filter((value, at) => falling.length * normalTail(value) <= Q * (at + 1));
  return { tau: rare.at(-1) ?? Infinity, score };
}

describe('theta = s-norm', () => {
  it('is the rule where nothing else is asked for', async () => {
    expect((await prune(tracks())).rule.kind).toBe('s-norm');
  });

  it('finds τ as counting all pairs does, and the pairs that reach it', async () => {
    const { duplicateSet: _, audioIdentity: __, ...input } = tracks({ copies: 0 });
    const { tau, score } = byHand(input);
    const { decisions, removed, group } = await prune(input);
    expect(decisions.tau).toBeCloseTo(tau, 3);
    expect(removed.length).toBeGreaterThan(30);
    for (const { index, partner } of removed) expect(score(index, partner)).toBeGreaterThan(tau - 1e-3);
    const together = input.groups!.map((one, clip) => `${one!.track} ${group[clip]}`);
    expect(new Set(together).size).toBe(new Set(group).size);
  });

  it('takes the score alone where clips have no segments', async () => {
    const { reliability: _, duplicateSet: __, audioIdentity: ___, ...input } = tracks({ copies: 0 });
    const { tau, score } = byHand(input);
    const { removed, rule, decisions } = await prune(input);
    expect(scoresIn(rule)).not.toHaveProperty('reliability');
    expect(decisions.kappaUsed).toBe(0);
    expect(removed.length).toBeGreaterThan(30);
    for (const { index, partner } of removed) expect(score(index, partner)).toBeGreaterThan(tau - 1e-3);
  });

  it('lets no pair go that is far apart, however unreliable both clips are', async () => {
    for (const highest of [0, 0.2, 0.5]) {
      const random = seededRandom(`reliability ${highest}`);
      const all = tracks({ copies: 0 });
      const reliability = new Float64Array(all.ids.length).map(() => highest * random.uniform());
      const { rule, removed } = await prune({ ...all, reliability });
      const { tau } = scoresIn(rule);
      expect(removed.length).toBeGreaterThan(10);
      for (const { level, index, partner, similarity } of removed) {
        if (level !== 'redundant') continue;
        expect(scoreOf(scoresIn(rule), index, partner, similarity)).toBeGreaterThan(tau - 1e-9);
        expect(similarity).toBeGreaterThan(0.5);
      }
    }
  });

  it('counts a set of copies once', async () => {
    const { duplicateSet: _, audioIdentity: __, ...input } = tracks({ copies: 0 });
    const copied = [...input.ids.keys(), ...Array.from({ length: 80 }, () => 7)];
    const sets = Int32Array.from(copied, (original) => (original === 7 ? 0 : -1));
    const whole = { ...input, ...take(input, copied), duplicateSet: sets, audioIdentity: sets.slice() };
    const [alone, among] = [scoresIn((await prune(input)).rule), scoresIn((await prune(whole)).rule)];
    expect(among.means.slice(0, input.ids.length)).toEqual(alone.means);
    expect(among.deviations.slice(0, input.ids.length)).toEqual(alone.deviations);
    expect(among.tau).toBe(alone.tau);
  });

  it('is left out where clips are few, and says so', async () => {
    const few = syntheticPruneInput({ clusters: 1, tracks: 20, clips: 3 });
    expect(few.ids.length).toBeLessThan(100);
    const { decisions, notices, rule } = await prune(few);
    expect(rule.kind).toBe('pair');
    expect(decisions).toMatchObject({ theta: 'reliability', thetaAsked: 's-norm', kappaUsed: 0.98 });
    expect(notices).toEqual([expect.stringMatching(/too few .* \(it takes 100\), .* theta=reliability/)]);
  });

  it('decides by the embeddings, however wrong a kernel is within its tolerance', async () => {
    const input = tracks();
    const random = seededRandom('wrong');
    const wrong: SimilarityKernel = {
      name: 'wrong',
      async load(points) {
        const data = points.data.map((value) => value + 2e-5 * (random.uniform() - 0.5));
        const loaded = await plainKernel().load({ ...points, data });
        // A row is off by at most 1e-5·√32 in length, so a product by twice that.
        return { ...bound(loaded), count: loaded.count, tolerance: 1.2e-4 };
      },
    };
    const here = await prune(input);
    const there = await new JensenShannonPruner({ t: 1 }, wrong).prune(input);
    expect(there.rule).toEqual(here.rule);
    expect(there.removed).toEqual(here.removed);
  });

  it('finds the same pairs in a search of their own where a kernel has no room to list them', async () => {
    const input = tracks();
    let searches = 0;
    const unlisting: SimilarityKernel = {
      name: 'unlisting',
      async load(points) {
        const loaded = await plainKernel().load(points);
        return {
          ...{ ...bound(loaded), count: loaded.count, tolerance: loaded.tolerance },
          scores: async (query) => ({ counts: (await loaded.scores(query)).counts }),
          pairsAbove: (query) => {
            searches++;
            return loaded.pairsAbove(query);
          },
        };
      },
    };
    const there = await new JensenShannonPruner({ t: 1 }, unlisting).prune(input);
    expect(searches).toBe(1);
    const here = await prune(input);
    expect([there.rule, there.removed, there.decisions]).toEqual([here.rule, here.removed, here.decisions]);
  });

  it('lets none go as redundant while a clip stays that is more like another of a group of the same size and cluster', async () => {
    const { duplicateSet: _, audioIdentity: __, ...input } = tracks({ copies: 0 });
    const { score } = byHand(input);
    let [compared, otherwise] = [0, 0];
    const passedOver: object[] = [];
    for (const t of [0.2, 0.5, 0.8]) {
      const { keep, removed, group, clusterOfGroup, rule } = await prune(input, { t });
      const { kappa, tau, reliability } = scoresIn(rule);
      const classOf = (clip: number) =>
        `${clusterOfGroup![group[clip]!]} ${group.filter((one) => one === group[clip]).length}`;
      const pairs = [...keep].flatMap((i) => {
        const others = [...keep].filter((j) => j > i && group[j] === group[i]);
        return others.map((j) => ({ i, j, similarity: dot(input.embeddings, i, input.embeddings, j) }));
      });
      const redundant = pairs.filter(({ i, j, similarity }) => {
        return similarity >= kappa * Math.max(reliability![i]!, reliability![j]!) && score(i, j) >= tau;
      });
      for (const { index, partner, similarity } of removed) {
        for (const staying of redundant) {
          if (classOf(staying.i) !== classOf(index)) continue;
          compared++;
          if (!(similarity > staying.similarity - 1e-5)) passedOver.push({ t, index, staying });
          if (score(staying.i, staying.j) > score(index, partner)) otherwise++;
        }
      }
    }
    expect(passedOver).toEqual([]);
    expect(compared).toBeGreaterThan(100);
    // The score would let others go.
    expect(otherwise).toBeGreaterThan(10);
  });

  it('is the same for clips in another order', async () => {
    const input = tracks();
    const order = Array.from(shuffled(seededRandom('order'), input.ids.length));
    const there = await prune({ ...input, ...take(input, order) });
    const here = await prune(input);
    expect(scoresIn(there.rule).means).toEqual(Float64Array.from(order, (i) => scoresIn(here.rule).means[i]!));
    expect(there.decisions.tau).toBe(here.decisions.tau);
  });
});

function bound(
  loaded: LoadedPoints,
): Pick<LoadedPoints, 'tile' | 'nearest' | 'histogram' | 'scores' | 'pairsAbove' | 'pairsAlong' | 'close'> {
  return {
    tile: (rows, cols) => loaded.tile(rows, cols),
    nearest: (query) => loaded.nearest(query),
    histogram: (query) => loaded.histogram(query),
    scores: (query) => loaded.scores(query),
    pairsAbove: (query) => loaded.pairsAbove(query),
    pairsAlong: (query) => loaded.pairsAlong(query),
    close: () => loaded.close(),
  };
}

/** Clips of an input, by their indices or the first so many. */
function take(input: PruneInput, which: readonly number[] | number) {
  const order = typeof which === 'number' ? Array.from({ length: which }, (_, i) => i) : which;
  return {
    ids: order.map((_, i) => `clip-${String(i).padStart(6, '0')}`),
    embeddings: takeRows(input.embeddings, order),
    clustering: {
      clusterCount: input.clustering.clusterCount,
      labels: Int32Array.from(order, (i) => input.clustering.labels[i]!),
      probabilities: Float32Array.from(order, (i) => input.clustering.probabilities[i]!),
    },
    ...(input.reliability && {
      reliability: Float64Array.from(order, (i) => input.reliability![i] ?? 1),
    }),
    groups: order.map((i) => input.groups?.[i]),
    ...(input.duplicateSet && { duplicateSet: Int32Array.from(order, (i) => input.duplicateSet![i]!) }),
    ...(input.audioIdentity && { audioIdentity: Int32Array.from(order, (i) => input.audioIdentity![i]!) }),
  };
}

describe('a wanted size with theta = s-norm', () => {
  const { duplicateSet: _, audioIdentity: __, ...input } = tracks({ copies: 0 });
  const keeping = (keepFraction: number) => prune({ ...input, keepFraction }, {});

  it('is met to the clip by lowering κ first, then τ, each to the highest value that reaches it', async () => {
    const asked = (await prune(input)).decisions;
    let [kappa, tau] = [0.8, Number(asked.tau)];
    for (const fraction of [0.9, 0.75, 0.7, 0.5, 0.25, 0.1]) {
      const { keep, decisions, notices } = await keeping(fraction);
      expect(keep.length).toBe(Math.round(fraction * input.ids.length));
      expect(decisions).toMatchObject({ kappaAsked: 0.8, tauAsked: asked.tau });
      const [usedKappa, usedTau] = [Number(decisions.kappaUsed), Number(decisions.tauUsed)];
      expect(usedKappa).toBeLessThanOrEqual(kappa);
      expect(usedTau).toBeLessThanOrEqual(tau);
      if (usedTau < Number(asked.tau)) expect(usedKappa).toBe(0);
      expect(notices.some((one) => one.includes('κ was lowered from 0.8'))).toBe(usedKappa < 0.8);
      expect(notices.some((one) => one.includes(`τ was lowered from ${asked.tau} to ${usedTau}`))).toBe(
        usedTau < Number(asked.tau),
      );
      [kappa, tau] = [usedKappa, usedTau];
    }
    expect(tau).toBeLessThan(Number(asked.tau));
  });

  it('shows what other strengths would keep', async () => {
    const { alternatives, keep, decisions } = await prune(input);
    const kappas = alternatives!.map(({ kappa }) => kappa);
    expect(kappas).toEqual([1.04, 1.02, 1, 0.98, 0.96, 0.94, 0.92, 0.9].map((step) => onGrid(step * 0.8)));
    expect(alternatives![2]).toMatchObject({ kappa: 0.8, tau: decisions.tauUsed, keep });
    for (const [at, { keep: kept }] of alternatives!.entries()) {
      expect(kept.length).toBeLessThanOrEqual(alternatives![at - 1]?.keep.length ?? Infinity);
    }
  });
});

/** Of sets without structure: the expected share of false pairs, all that are found being false, is the share of sets with any. */
async function setsWithPairs(count: number, make: (set: number) => Matrix): Promise<number> {
  let found = 0;
  for (let set = 0; set < count; set++) {
    const { removed } = await prune({ ...ofRows(make(set)), choiceOnly: true });
    if (removed.length > 0) found++;
  }
  return found / count;
}

function unitRows(rows: number, dim: number, value: (row: number, col: number) => number): Matrix {
  const matrix = zeros(rows, dim);
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from({ length: dim }, (_, k) => value(i, k));
    const length = Math.hypot(...row);
    rowOf(matrix, i).set(row.map((x) => x / length));
  }
  return matrix;
}

describe('theta = s-norm where there is no structure', () => {
  it.each([24, 64])('finds pairs among random rows of %i numbers in no more than a share q of sets', async (dim) => {
    const share = await setsWithPairs(100, (set) => {
      const random = seededRandom(`structureless ${dim} ${set}`);
      return unitRows(110, dim, () => random.uniform() + random.uniform() + random.uniform() - 1.5);
    });
    expect(share).toBeLessThanOrEqual(Q);
  });
});

describeWithData('embeddings', 'theta = s-norm on the shuffled columns of real embeddings', () => {
  it.each(['esc10.mtat-musicnn.npy', 'esc10.oww.npy'])('%s', async (name) => {
    const { data, shape } = await readNpy(testDataPath('embeddings', name));
    const [clips, cols] = shape as [number, number];
    // Every fourth column: the test is to be quick.
    const [rows, dim] = [110, Math.floor(cols / 4)];
    const share = await setsWithPairs(100, (set) => {
      const random = seededRandom(`columns ${set}`);
      const columns = Array.from({ length: dim }, (_, k) => {
        const column = Array.from(shuffled(random, clips).subarray(0, rows), (i) => Number(data[i * cols + 4 * k]));
        const mean = column.reduce((sum, x) => sum + x, 0) / rows;
        const sd = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows);
        return column.map((x) => (sd > 1e-9 ? (x - mean) / sd : 0));
      });
      return unitRows(rows, dim, (i, k) => columns[k]![i]!);
    });
    expect(share).toBeLessThanOrEqual(Q);
  });
});
