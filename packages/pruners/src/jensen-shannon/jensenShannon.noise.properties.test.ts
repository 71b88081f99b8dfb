import { dot, onGrid, type PruneInput, type Pruning, rowOf, SIMILARITY_GRID, seededRandom, zeros } from '@refrain/core';
import { plainKernel, type SyntheticPruning, syntheticPruneInput } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JensenShannonPruner } from './jensenShannonPruner.ts';

/** Largest change of one component of an embedding. */
const NOISE = 1e-6;

interface Setting {
  readonly t: number;
  /** A cosine, on the grid; without it θ is 0.98 times the higher reliability. */
  readonly threshold?: number;
}

const prune = (input: PruneInput, setting: Setting) =>
  new JensenShannonPruner({ theta: 'reliability', scope: 'cluster', ...setting }, plainKernel()).prune(input);

/** The rows with uniform noise on every component, at length 1 again. */
function noisy(input: PruneInput, seed: number): PruneInput {
  const random = seededRandom(`noise ${seed}`);
  const { rows, cols } = input.embeddings;
  const embeddings = zeros(rows, cols);
  for (let i = 0; i < rows; i++) {
    const row = Array.from(rowOf(input.embeddings, i), (value) => value + NOISE * (2 * random.uniform() - 1));
    const length = Math.hypot(...row);
    rowOf(embeddings, i).set(row.map((value) => value / length));
  }
  return { ...input, embeddings };
}

/**
 * How far noise can move the similarity s of two clips of `dim` components. It turns a row by at most α, sin α = NOISE·√dim (and half a unit
 * in the last place of float32), and cos(φ ± 2α) is at most sin φ·sin 2α + 1 − cos 2α from cos φ. Rows of float32 have length 1 within 2⁻²⁴.
 */
function drift(s: number, dim: number): number {
  const alpha = Math.asin(NOISE * Math.sqrt(dim) + 2 ** -24);
  return 2 * alpha * Math.sqrt(Math.max(0, 1 - s * s)) + 2 * alpha * alpha + 2 ** -22;
}

/** What is known of the pairs of clips. */
interface PairFacts {
  /** The cosine, not rounded. */
  readonly cosine: (i: number, j: number) => number;
  readonly slack: (i: number, j: number) => number;
  /** By how much the pair is redundant: a similarity is rounded up to θ from half a grid step below it on. */
  readonly excess: (i: number, j: number) => number;
  readonly areCopies: (i: number, j: number) => boolean;
  /** Similarity over θ; copies are surer than all others. */
  readonly certainty: (i: number, j: number) => number;
  readonly certaintySlack: (i: number, j: number) => number;
}

function pairFacts({ embeddings, duplicateSet, reliability }: PruneInput, { threshold }: Setting): PairFacts {
  const cosine = (i: number, j: number) => dot(embeddings, i, embeddings, j);
  const theta = (i: number, j: number) => threshold ?? onGrid(0.98 * Math.max(reliability![i]!, reliability![j]!));
  const areCopies = (i: number, j: number) => duplicateSet![i]! >= 0 && duplicateSet![i] === duplicateSet![j];
  return {
    cosine,
    certainty: (i, j) => cosine(i, j) / theta(i, j) + (areCopies(i, j) ? 1e6 : 0),
    // The similarity is rounded to the grid.
    certaintySlack: (i, j) => (drift(cosine(i, j), embeddings.cols) + SIMILARITY_GRID) / theta(i, j),
    slack: (i, j) => drift(cosine(i, j), embeddings.cols),
    excess: (i, j) => cosine(i, j) - (theta(i, j) - SIMILARITY_GRID / 2),
    areCopies,
  };
}

/** All pairs i < j of a list. */
const pairsOf = (clips: readonly number[]) =>
  clips.flatMap((i) => clips.filter((j) => j > i).map((j) => [i, j] as const));

/** The clips that are joined, directly or through others, by pairs that are redundant or may become so. */
function components(clips: readonly number[], { areCopies, excess, slack }: PairFacts): number[][] {
  const of = new Map(clips.map((clip) => [clip, [clip]]));
  for (const [i, j] of pairsOf(clips)) {
    const [a, b] = [of.get(i)!, of.get(j)!];
    if (a === b || !(areCopies(i, j) || excess(i, j) >= -slack(i, j))) continue;
    a.push(...b);
    for (const clip of b) of.set(clip, a);
  }
  return [...new Set(of.values())].filter((component) => component.length > 1);
}

/** Whether noise may change which clips of a component are redundant, or which of them is visited first. */
function isGroupingOpen(component: readonly number[], { areCopies, cosine, excess, slack }: PairFacts): boolean {
  const pairs = pairsOf(component).filter(([i, j]) => !areCopies(i, j));
  if (pairs.some(([i, j]) => Math.abs(excess(i, j)) <= slack(i, j))) return true;
  const standsForItself = component.filter(
    (clip) => !component.some((other) => other < clip && areCopies(other, clip)),
  );
  const visits = standsForItself.map((clip) => {
    const neighbours = standsForItself.filter((other) => other !== clip && excess(clip, other) >= 0);
    const mean = neighbours.reduce((sum, other) => sum + cosine(clip, other), 0) / neighbours.length;
    // Each similarity is rounded to the grid, and so is their mean.
    return {
      mean,
      count: neighbours.length,
      slack: Math.max(...neighbours.map((other) => slack(clip, other))) + SIMILARITY_GRID,
    };
  });
  // A clip with one neighbour comes after that one, or ties with it for good: both have the mean of the one similarity.
  return pairsOf([...visits.keys()]).some(([i, j]) => {
    const [a, b] = [visits[i]!, visits[j]!];
    return a.count > 1 && a.count === b.count && Math.abs(a.mean - b.mean) <= a.slack + b.slack;
  });
}

/** Groups of one size in one cluster, by leader, and how many of their clips are kept. */
interface SizeClass {
  readonly groups: ReadonlyMap<number, readonly number[]>;
  readonly kept: number;
}

/** Whether noise may change who is least surely redundant in one of the steps that lead to the kept members of a class. */
function isChoiceOpen({ groups, kept }: SizeClass, { certainty, certaintySlack }: PairFacts): boolean {
  const all = [...groups.values()].flat();
  const beyond = kept - groups.size;
  if (beyond === 0 || kept === all.length) return false;
  const margin =
    2 * Math.max(...[...groups.values()].flatMap((clips) => pairsOf(clips).map(([i, j]) => certaintySlack(i, j))));
  const reached: number[] = [];
  const ties: number[] = [];
  for (const [leader, members] of groups) {
    const chosen = [leader];
    let most = -Infinity;
    while (chosen.length < members.length) {
      const [first, second] = members
        .filter((clip) => !chosen.includes(clip))
        .map((clip) => ({ clip, nearest: Math.max(...chosen.map((other) => certainty(clip, other))) }))
        .sort((a, b) => a.nearest - b.nearest);
      most = Math.max(most, first!.nearest);
      if (second !== undefined && second.nearest - first!.nearest <= margin) ties.push(most);
      reached.push(most);
      chosen.push(first!.clip);
    }
  }
  reached.sort((a, b) => a - b);
  const last = reached[beyond - 1]!;
  return reached[beyond]! - last <= margin || ties.some((tie) => tie <= last + margin);
}

/** The clips whose being kept may hang on less than the noise, by looking at every decision that was taken. */
async function onTheEdge(input: PruneInput, setting: Setting): Promise<Set<number>> {
  const { group, keep } = await prune(input, setting);
  const leaders = (await prune(input, { ...setting, t: 1 })).keep;
  const facts = pairFacts(input, setting);
  const named: number[] = [];
  for (const label of new Set(input.clustering.labels)) {
    const clips = Array.from(input.ids.keys()).filter((clip) => input.clustering.labels[clip] === label);
    const joined = components(clips, facts);
    const open = joined.filter((component) => isGroupingOpen(component, facts));
    // Another grouping of some clips may shift how many each group of the cluster keeps, unless it is all or one each.
    const isShared = setting.t > 0 && setting.t < 1 && open.length > 0;
    named.push(...(isShared ? joined : open).flat());
  }
  const classes = new Map<string, { groups: Map<number, number[]>; kept: number }>();
  for (const leader of leaders) {
    const members = Array.from(group.keys()).filter((clip) => group[clip] === group[leader]);
    const key = `${input.clustering.labels[leader]} ${members.length}`;
    const own = classes.get(key) ?? { groups: new Map(), kept: 0 };
    classes.set(key, own);
    own.groups.set(leader, members);
    own.kept += keep.filter((clip) => group[clip] === group[leader]).length;
  }
  for (const one of classes.values()) {
    if (isChoiceOpen(one, facts)) named.push(...[...one.groups.values()].filter(({ length }) => length > 1).flat());
  }
  return new Set(named);
}

/** The clips that are kept by one of two prunings only. */
function changedClips(a: Pruning, b: Pruning): number[] {
  const [keptByA, keptByB] = [new Set(a.keep), new Set(b.keep)];
  return [...new Set([...a.keep, ...b.keep])].filter((clip) => keptByA.has(clip) !== keptByB.has(clip));
}

/** θ, on the grid, at which rounding decides over the pair of clips of one cluster that is nearest to it. */
function thresholdOnAnEdge({ embeddings, clustering: { labels } }: PruneInput): number {
  let best = { distance: Infinity, threshold: 1 };
  for (const [i, j] of pairsOf([...labels.keys()])) {
    const s = dot(embeddings, i, embeddings, j);
    if (labels[i] !== labels[j] || s < 0.9 || s > 0.99) continue;
    const threshold = onGrid(s + SIMILARITY_GRID / 2);
    const distance = Math.abs(s - (threshold - SIMILARITY_GRID / 2));
    if (distance < best.distance) best = { distance, threshold };
  }
  return best.threshold;
}

const synthetic: fc.Arbitrary<SyntheticPruning> = fc.record({
  clusters: fc.integer({ min: 1, max: 3 }),
  tracks: fc.integer({ min: 2, max: 6 }),
  clips: fc.integer({ min: 2, max: 6 }),
  copies: fc.integer({ min: 0, max: 3 }),
  dim: fc.constantFrom(16, 32, 64),
  seed: fc.nat({ max: 1e6 }),
});
const strength = fc.constantFrom(0, 0.3, 0.5, 0.8, 1);

describe('under noise of 1e-6 on the embeddings', () => {
  it('other clips stay only where a decision hangs on less than the noise', async () => {
    let [runs, quiet, removed] = [0, 0, 0];
    const rule = fc.constantFrom<Partial<Setting>>({}, { threshold: 0.9 }, { threshold: 0.95 });
    await fc.assert(
      fc.asyncProperty(synthetic, strength, rule, fc.nat(), async (options, t, theta, seed) => {
        const [input, setting] = [syntheticPruneInput(options), { t, ...theta }];
        const named = await onTheEdge(input, setting);
        const before = await prune(input, setting);
        for (let draw = 0; draw < 10; draw++) {
          for (const clip of changedClips(before, await prune(noisy(input, seed + draw), setting))) {
            expect(named).toContain(clip);
          }
        }
        runs++;
        removed += before.removed.length;
        if (named.size === 0) quiet++;
      }),
      { numRuns: 150 },
    );
    // The statement is worth something: mostly no clip is named, though many are removed.
    expect(quiet).toBeGreaterThan(runs / 3);
    expect(removed).toBeGreaterThan(runs);
  });

  it('those that change at a threshold which a pair just reaches are among the named ones', async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(synthetic, strength, fc.nat(), async (options, t, seed) => {
        const input = syntheticPruneInput(options);
        const setting = { t, threshold: thresholdOnAnEdge(input) };
        const named = await onTheEdge(input, setting);
        const changed = changedClips(await prune(input, setting), await prune(noisy(input, seed), setting));
        for (const clip of changed) expect(named).toContain(clip);
        changes += changed.length;
      }),
      { numRuns: 150 },
    );
    expect(changes).toBeGreaterThan(0);
  });

  it('names both clips of a pair within 4e-7 of θ, of which one goes or stays', async () => {
    const turned = (angle: number): PruneInput => {
      const rows = [0, angle, 3, 3.2].map((radians) => [Math.cos(radians), Math.sin(radians)]);
      return {
        ids: rows.map((_, i) => `clip-${i}`),
        embeddings: { data: Float32Array.from(rows.flat()), rows: 4, cols: 2 },
        clustering: { labels: new Int32Array(4), clusterCount: 1, probabilities: new Float32Array(4).fill(1) },
        duplicateSet: new Int32Array(4).fill(-1),
        random: seededRandom(0),
      };
    };
    // cos 60° is θ; rounding turns at 0.4999995. A turn by 1e-6 moves the cosine by 0.87e-6, from one side of that to the other.
    const [angle, setting] = [Math.acos(0.4999999), { t: 1, threshold: 0.5 }];
    expect(Array.from((await prune(turned(angle), setting)).keep)).toEqual([0, 2]);
    expect(Array.from((await prune(turned(angle + 1e-6), setting)).keep)).toEqual([0, 1, 2]);
    expect(await onTheEdge(turned(angle), setting)).toEqual(new Set([0, 1]));
  });
});
