import { ConfigError, type Pruner, type Random, type SimilarityKernel, sampleIndices } from '@refrain/core';
import type { Choice } from '../assembly/assemble.ts';
import type { Clusters } from '../cluster/cluster.ts';
import type { DuplicatePolicy } from '../duplicates/duplicatePolicy.ts';
import type { Duplicates } from '../duplicates/findDuplicates.ts';
import { type PruneOutcome, pruneSpace } from '../prune/pruneSpace.ts';
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

/** What strategies choose from. */
export interface Choosable {
  readonly space: PrunableSpace;
  readonly facts: TrainFacts;
  readonly copies: Duplicates;
  /** What strategies do with them; random sets to compare with take all clips alike. */
  readonly duplicates: DuplicatePolicy;
  /** The clusters, without and with a second clustering of noise. */
  readonly clusters: (recluster: boolean) => Promise<Clusters>;
  /** What strategies are held to where that share is wanted; random sets to compare with are not. Throws a ConfigError where it cannot be met. */
  readonly ruling: (keep: number | undefined) => Ruling;
}

/** What chooses: the kernel, and strategies as they are asked for. */
export interface Choosers {
  readonly kernel: SimilarityKernel;
  readonly pruner: (choice: Choice) => Promise<Pruner>;
}

/** How sets are drawn. */
export interface Drawing {
  readonly seeds: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Random sets are made with this strategy where clips have labels. */
const STRATIFIED = 'random-stratified';

/**
 * The whole set, every point's sets, and for every size that occurs the random ones: drawn anew for every seed, as are those of a strategy that
 * chooses at random. A point that its strategy or the rules refuse, such as a share it cannot reach, is told with its reason; a ConfigError where all are.
 */
export async function comparedSets(
  clips: Choosable,
  points: readonly GridPoint[],
  components: Choosers,
  drawing: Drawing,
): Promise<{ readonly sets: readonly ComparedSet[]; readonly refused: readonly RefusedRow[] }> {
  const everything = Uint32Array.from(clips.space.ids.keys());
  const found = new Map<GridPoint, ComparedSet>();
  const refused: RefusedRow[] = [];
  for (const point of points) {
    const { choice, asked } = point;
    try {
      found.set(point, await setOf(point, clips, found, components, drawing));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refused.push({ strategy: choice.use, asked, why: error.message });
    }
  }
  const chosen = [...found.values()];
  if (chosen.length === 0 && refused.length > 0) throw nothingLeft(refused);
  const sizes = [...new Set(chosen.map(({ size }) => size))].sort((a, b) => b - a);
  const whole: ComparedSet = {
    strategy: 'whole set',
    role: 'whole',
    asked: {},
    size: everything.length,
    keep: perSeed(drawing, () => everything),
  };
  const sets: ComparedSet[] = [whole];
  const isLabelled = clips.facts.labels.some((names) => names.length > 0);
  for (const size of sizes) {
    sets.push(randomSets(everything.length, size, drawing));
    if (isLabelled) sets.push(await stratifiedSets(size, clips, components, drawing));
    for (const set of chosen) if (set.size === size) sets.push(set);
  }
  return { sets, refused };
}

async function setOf(
  point: GridPoint,
  clips: Choosable,
  found: ReadonlyMap<GridPoint, ComparedSet>,
  components: Choosers,
  drawing: Drawing,
): Promise<ComparedSet> {
  const { choice, asked, asManyAs, recluster } = point;
  const leader = asManyAs && found.get(asManyAs);
  if (asManyAs !== undefined && leader === undefined)
    throw new ConfigError('t', `It keeps as many clips as ${asManyAs.choice.use} does, which was refused.`);
  const keep = point.keep ?? (leader && leader.size / clips.space.ids.length);
  const ruling = clips.ruling(keep);
  const { seeds, random } = drawing;
  const choose = (seed: number) => {
    const how = { choice, duplicates: clips.duplicates, keep, ruling, recluster, random: random.fork(`prune ${seed}`) };
    return choiceOf(how, clips, components, drawing);
  };
  const first = await choose(0);
  const lists = [first.keep];
  for (let seed = 1; seed < seeds; seed++) {
    // A strategy that chooses the same clips with another seed does not choose at random.
    const isFixed = seed > 1 && sameClips(lists[0]!, lists[1]!);
    lists.push(isFixed ? first.keep : (await choose(seed)).keep);
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

/** One choice of clips. */
interface How {
  readonly choice: GridPoint['choice'];
  readonly duplicates: DuplicatePolicy;
  readonly keep: number | undefined;
  readonly ruling: Ruling;
  readonly recluster: boolean;
  readonly random: Random;
}

async function choiceOf(
  { choice, duplicates, keep, ruling, recluster, random }: How,
  { space, facts, copies, clusters }: Choosable,
  components: Choosers,
  { signal }: Drawing,
): Promise<PruneOutcome> {
  signal.throwIfAborted();
  const pruner = await components.pruner(choice);
  const options = { duplicates, keep, ...ruling, random, signal };
  return pruneSpace(space, facts, copies, await clusters(recluster), { kernel: components.kernel, pruner }, options);
}

function nothingLeft(refused: readonly RefusedRow[]): ConfigError {
  const reasons = refused.map((one) => `\n  ${refusedText(one)}`).join('');
  return new ConfigError(
    'compare',
    `No strategy can choose what is asked for, so there is nothing to compare.${reasons}`,
  );
}

function randomSets(total: number, size: number, drawing: Drawing): ComparedSet {
  const keep = perSeed(drawing, (random) => sampleIndices(random.fork(`random ${size}`), total, size));
  return { strategy: 'random', role: 'baseline', asked: {}, size, keep };
}

async function stratifiedSets(
  size: number,
  clips: Choosable,
  components: Choosers,
  drawing: Drawing,
): Promise<ComparedSet> {
  const share = size / clips.space.ids.length;
  const choice = { use: STRATIFIED, options: {} };
  const keep: Uint32Array[] = [];
  for (const random of perSeed(drawing, (own) => own.fork(`stratified ${size}`))) {
    const how = { choice, duplicates: 'quota' as const, keep: share, ruling: {}, recluster: false, random };
    keep.push((await choiceOf(how, clips, components, drawing)).keep);
  }
  return { strategy: STRATIFIED, role: 'baseline', asked: {}, size, keep };
}

function perSeed<T>({ seeds, random }: Drawing, draw: (random: Random) => T): T[] {
  return Array.from({ length: seeds }, (_, seed) => draw(random.fork(`sets ${seed}`)));
}

function sameClips(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((clip, i) => clip === b[i]);
}
