import { onGrid } from '@refrain/core';
import { starCover } from '@refrain/core/pruning';
import { similaritiesOfCopies } from '../redundancyGroups.ts';
import { pairThreshold } from '../similarPairs.ts';
import { type EdgeFacts, type EdgePairs, mayRepresent, type Range, type Verdict, verdict } from './pairs.ts';
import { possibleVisits, swapped } from './visits.ts';

/** Clips that are joined, directly or through others, as copies or by pairs that may be redundant: no noise groups one with a clip outside. */
export interface Component {
  /** Ascending, at least two. */
  readonly clips: Uint32Array;
  /** Position of their cluster. */
  readonly cluster: number;
  /** The most groups that they can form. */
  readonly most: number;
  /** Every way in which they may be grouped, as the leader of each of `clips`. Absent where the ways are too many or not known. */
  readonly groupings?: readonly Uint32Array[];
}

/** What groups follow from. */
interface Basis {
  readonly facts: EdgeFacts;
  /** All pairs that may be redundant. */
  readonly pairs: EdgePairs;
  /** Where θ of each clip lies. */
  readonly theta: Range;
}

/** The clips of one component, ascending, and its pairs. */
interface Joined {
  readonly clips: number[];
  /** Positions in the list of all pairs. */
  readonly pairs: number[];
}

/** With more undecided pairs and ties than this, groupings are not tried one by one: each doubles their number. */
const MOST_UNDECIDED = 6;

/** The components under `pairs`, where θ of each clip lies within `theta`. A clip that resembles no other is in none. */
export function findComponents(facts: EdgeFacts, pairs: EdgePairs, theta: Range): Component[] {
  return joinedClips(facts, pairs).map((joined) => {
    const representatives = joined.clips.filter((clip) => mayRepresent(facts, clip));
    const groupings = groupingsOf({ facts, pairs, theta }, joined, representatives);
    return {
      clips: Uint32Array.from(joined.clips),
      cluster: facts.clips.clusterOf[joined.clips[0]!]!,
      most: representatives.length,
      ...(groupings !== undefined && { groupings }),
    };
  });
}

/** Whether noise leaves the groups of a component, and their leaders, as they are. */
export function isSettled({ groupings }: Component): boolean {
  return groupings?.length === 1;
}

/** The clips of the pruned clusters that are joined to others, with the pairs between them. Open duplicate sets stay in one piece. */
function joinedClips({ clips, isSetOpen }: EdgeFacts, { i, j }: EdgePairs): Joined[] {
  const parent = clips.representative.slice();
  const root = (clip: number): number => {
    while (parent[clip] !== clip) clip = parent[clip] = parent[parent[clip]!]!;
    return clip;
  };
  const firstOfSet = new Map<number, number>();
  for (const [clip, set] of clips.input.duplicateSet?.entries() ?? []) {
    if (!isSetOpen[clip]) continue;
    if (!firstOfSet.has(set)) firstOfSet.set(set, clip);
    parent[root(clip)] = root(firstOfSet.get(set)!);
  }
  for (let pair = 0; pair < i.length; pair++) parent[root(i[pair]!)] = root(j[pair]!);
  const sizes = new Uint32Array(clips.count);
  for (let clip = 0; clip < clips.count; clip++) sizes[root(clip)]!++;
  const joined = new Map<number, Joined>();
  for (let clip = 0; clip < clips.count; clip++) {
    const at = root(clip);
    if (sizes[at]! < 2 || clips.clusterOf[clip]! < 0) continue;
    const known = joined.get(at);
    if (known === undefined) joined.set(at, { clips: [clip], pairs: [] });
    else known.clips.push(clip);
  }
  for (let pair = 0; pair < i.length; pair++) joined.get(root(i[pair]!))!.pairs.push(pair);
  return [...joined.values()];
}

/** Every outcome of the star cover, or undefined where they can't be told by trying each undecided pair and tie. */
function groupingsOf(
  basis: Basis,
  { clips, pairs }: Joined,
  representatives: readonly number[],
): Uint32Array[] | undefined {
  const { isSetOpen, clips: all } = basis.facts;
  if (clips.some((clip) => isSetOpen[clip]) || pairs.some((pair) => isJoiningOpen(basis, pair))) return undefined;
  const undecided = pairs.filter((pair) => isOpen(basis, pair));
  if (undecided.length > MOST_UNDECIDED) return undefined;
  const found = new Map<string, Uint32Array>();
  for (let choice = 0; choice < 2 ** undecided.length; choice++) {
    const below = new Set(undecided.filter((_, at) => (choice >> at) % 2 === 1));
    const redundant = pairs.filter((pair) => !below.has(pair));
    const visits = possibleVisits(representatives.length, pairsAmong(representatives, redundant, basis.pairs));
    if (visits === undefined || undecided.length + visits.ties.length > MOST_UNDECIDED) return undefined;
    for (let swaps = 0; swaps < 2 ** visits.ties.length; swaps++) {
      const order = swapped(visits, swaps).map((at) => representatives[at]!);
      const leaderOf = coverInOrder(basis, redundant, order);
      const leaders = Uint32Array.from(clips, (clip) => leaderOf.get(all.representative[clip]!)!);
      found.set(leaders.join(), leaders);
    }
  }
  return [...found.values()];
}

/** Whether noise may decide if a pair is redundant. */
function isOpen({ pairs: { i, j, cosine, slack }, theta }: Basis, pair: number): boolean {
  const low = pairThreshold(theta.low, i[pair]!, j[pair]!);
  return verdict(cosine[pair]!, slack[pair]!, low, pairThreshold(theta.high, i[pair]!, j[pair]!)) === 'open';
}

/** Some of the pairs, by the places of their clips in a list, with similarities on the grid. */
function pairsAmong(list: readonly number[], some: readonly number[], { i, j, cosine, slack }: EdgePairs): EdgePairs {
  const place = new Map(list.map((clip, at) => [clip, at]));
  return {
    i: Uint32Array.from(some, (pair) => place.get(i[pair]!)!),
    j: Uint32Array.from(some, (pair) => place.get(j[pair]!)!),
    cosine: Float64Array.from(some, (pair) => onGrid(cosine[pair]!)),
    slack: Float64Array.from(some, (pair) => slack[pair]!),
  };
}

/** The leader of each clip when the star cover of some pairs visits clips in the given order, which goes by falling number of neighbours. */
function coverInOrder(basis: Basis, some: readonly number[], order: readonly number[]): Map<number, number> {
  const { i, j } = pairsAmong(order, some, basis.pairs);
  // With equal similarities the cover goes by number.
  const pairs = { i, j, similarity: new Float64Array(some.length) };
  const leader = starCover(order.length, pairs, (a, b) => copiesMayJoin(basis, order[a]!, order[b]!));
  return new Map(order.map((clip, at) => [clip, order[leader[at]!]!]));
}

/** Whether noise may decide if the copies of one clip of a pair can follow it to the other. */
function isJoiningOpen(basis: Basis, pair: number): boolean {
  const [a, b] = [basis.pairs.i[pair]!, basis.pairs.j[pair]!];
  return [...copyVerdicts(basis, a, b), ...copyVerdicts(basis, b, a)].includes('open');
}

/** Whether all copies that a clip stands for can follow it to a leader, where that is not open. */
function copiesMayJoin(basis: Basis, leader: number, clip: number): boolean {
  return copyVerdicts(basis, leader, clip).every((one) => one === 'always');
}

/** Whether each copy that a clip stands for reaches θ with a leader. */
function copyVerdicts({ facts: { clips, drift }, theta }: Basis, leader: number, clip: number): Verdict[] {
  return similaritiesOfCopies(clips, leader, clip).map(({ clip: copy, cosine }) => {
    const slack = drift.of(leader, copy, cosine);
    return verdict(cosine, slack, pairThreshold(theta.low, leader, copy), pairThreshold(theta.high, leader, copy));
  });
}
