import { ConfigError, type Pruner, type Random, type SimilarityKernel, sampleIndices } from '@refrain/core';
import type { Choice } from '../assembly/assemble.ts';
import type { Clusters } from '../cluster/cluster.ts';
import type { Duplicates } from '../duplicates/findDuplicates.ts';
import { type PruneOptions, type PruneOutcome, pruneSpace } from '../prune/pruneSpace.ts';
import { unmetLines } from '../rules/report.ts';
import type { Ruling } from '../rules/rules.ts';
import type { TrainFacts } from '../source/trainFacts.ts';
import type { PrunableSpace } from '../space/space.ts';
import type { GridPoint } from './grid.ts';
import type { RefusedRow } from './report/report.ts';
import { refusedText } from './report/wording.ts';

/** A train set for each seed, and what it is. */
export interface ComparedSet {
  readonly strategy: string;
  readonly role: 'whole' | 'baseline' | 'strategy';
  readonly asked: Readonly<Record<string, number | string>>;
  readonly size: number;
  /** Indices of the space, ascending, by seed: the same list again where it does not depend on the seed. */
  readonly keep: readonly Uint32Array[];
  /** A sentence for each rule that could not be met everywhere, of the first seed; absent where there are none. */
  readonly unmet?: readonly string[];
}

/** What sets are chosen from, and by what. */
export interface Choosing extends Pick<PruneOptions, 'duplicates' | 'random' | 'signal'> {
  readonly space: PrunableSpace;
  readonly facts: TrainFacts;
  readonly copies: Duplicates;
  /** The clusters, without and with a second clustering of noise. */
  readonly clusters: (recluster: boolean) => Clusters;
  /** What strategies are held to where that share is wanted; random sets to compare with are not. Throws a ConfigError where it cannot be met. */
  readonly ruling: (keep: number | undefined) => Ruling;
  readonly kernel: SimilarityKernel;
  readonly pruner: (choice: Choice) => Promise<Pruner>;
  /** How many sets of each kind. */
  readonly seeds: number;
}

/** Random sets are made with this strategy where clips have labels. */
const STRATIFIED = 'random-stratified';

/**
 * The whole set, every point's sets, and for every size that occurs the random ones, which take all clips alike: drawn anew for every seed, as are
 * those of a strategy that chooses at random. A point that its strategy or the rules refuse, such as a share it cannot reach, is told with its reason; a
 * ConfigError where all are.
 */
export async function comparedSets(
  choosing: Choosing,
  points: readonly GridPoint[],
): Promise<{ readonly sets: readonly ComparedSet[]; readonly refused: readonly RefusedRow[] }> {
  const { space, facts } = choosing;
  const everything = Uint32Array.from(space.ids.keys());
  const found = new Map<GridPoint, ComparedSet>();
  const refused: RefusedRow[] = [];
  for (const point of points) {
    const { choice, asked } = point;
    try {
      found.set(point, await setOf(point, choosing, found));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refused.push({ strategy: choice.use, asked, why: error.message });
    }
  }
  const chosen = [...found.values()];
  const reasons = refused.map((one) => `\n  ${refusedText(one)}`).join('');
  if (chosen.length === 0 && refused.length > 0)
    throw new ConfigError(
      'compare',
      `No strategy can choose what is asked for, so there is nothing to compare.${reasons}`,
    );
  const sizes = [...new Set(chosen.map(({ size }) => size))].sort((a, b) => b - a);
  const keep = randoms(choosing).map(() => everything);
  const sets: ComparedSet[] = [{ strategy: 'whole set', role: 'whole', asked: {}, size: everything.length, keep }];
  const isLabelled = facts.labels.some((names) => names.length > 0);
  for (const size of sizes) {
    const ofSize = { role: 'baseline', asked: {}, size } as const;
    sets.push({ strategy: 'random', ...ofSize, keep: randomSets(size, choosing) });
    if (isLabelled) sets.push({ strategy: STRATIFIED, ...ofSize, keep: await stratifiedSets(size, choosing) });
    for (const set of chosen) if (set.size === size) sets.push(set);
  }
  return { sets, refused };
}

async function setOf(
  point: GridPoint,
  choosing: Choosing,
  found: ReadonlyMap<GridPoint, ComparedSet>,
): Promise<ComparedSet> {
  const { choice, asked, asManyAs } = point;
  const { space, duplicates, seeds, random } = choosing;
  const leader = asManyAs && found.get(asManyAs);
  if (asManyAs !== undefined && leader === undefined)
    throw new ConfigError('t', `It keeps as many clips as ${asManyAs.choice.use} does, which was refused.`);
  const keep = point.keep ?? (leader && leader.size / space.ids.length);
  const ruling = choosing.ruling(keep);
  const draw = (seed: number) =>
    choose(choosing, point, { duplicates, keep, ...ruling, random: random.fork(`prune ${seed}`) });
  const first = await draw(0);
  const lists = [first.keep];
  for (let seed = 1; seed < seeds; seed++) {
    // A strategy that chooses the same clips with another seed does not choose at random.
    const isFixed = seed > 1 && sameClips(lists[0]!, lists[1]!);
    lists.push(isFixed ? first.keep : (await draw(seed)).keep);
  }
  const size = first.keep.length;
  const other = lists.find((list) => list.length !== size);
  // Random sets of the same size could not be drawn for both.
  if (other !== undefined)
    throw new ConfigError(
      'compare',
      `It keeps ${size} clips with one seed and ${other.length} with another, so there are no random sets of its size.`,
    );
  const unmet = unmetLines(first);
  return { strategy: choice.use, role: 'strategy', asked, size, keep: lists, ...(unmet.length > 0 && { unmet }) };
}

async function choose(
  { space, facts, copies, clusters, kernel, pruner, signal }: Choosing,
  { choice, recluster }: Pick<GridPoint, 'choice' | 'recluster'>,
  options: Omit<PruneOptions, 'signal'>,
): Promise<PruneOutcome> {
  signal.throwIfAborted();
  const components = { kernel, pruner: await pruner(choice) };
  return pruneSpace(space, facts, copies, clusters(recluster), components, { ...options, signal });
}

function randomSets(size: number, choosing: Choosing): Uint32Array[] {
  const total = choosing.space.ids.length;
  return randoms(choosing).map((random) => sampleIndices(random.fork(`random ${size}`), total, size));
}

async function stratifiedSets(size: number, choosing: Choosing): Promise<Uint32Array[]> {
  const point = { choice: { use: STRATIFIED, options: {} }, recluster: false };
  const lists: Uint32Array[] = [];
  for (const own of randoms(choosing)) {
    const random = own.fork(`stratified ${size}`);
    const options = { duplicates: 'quota', keep: size / choosing.space.ids.length, random } as const;
    lists.push((await choose(choosing, point, options)).keep);
  }
  return lists;
}

/** What sets that are drawn come from, by seed. */
function randoms({ seeds, random }: Choosing): Random[] {
  return Array.from({ length: seeds }, (_, seed) => random.fork(`sets ${seed}`));
}

function sameClips(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((clip, i) => clip === b[i]);
}
