import type { Clips } from '../clips.ts';
import { sizesForBudget, sizesForTarget, sizesOfGroups } from '../keptSizes.ts';
import { groupsLedBy, type RedundancyGroups } from '../redundancyGroups.ts';
import { type Component, isSettled } from './components.ts';
import type { Found } from './kappa.ts';

/** A group of at least two clips. */
interface Group {
  readonly leader: number;
  /** Ascending, the leader among them. */
  readonly members: Uint32Array;
}

/** The fewest and the most members of a group that stay, whatever the noise does. */
interface Seats {
  readonly fewest: number;
  readonly most: number;
}

/** One of the groups that noise leaves as they are. */
export type SettledGroup = Group & Seats;

/** How many clips are to stay: by the strength `t`, or a number over all pruned clusters. */
export type Aim = { readonly t: number } | { readonly wanted: number };

/** The unsettled components that seats hang on together: those of one cluster for `t`, all of them for a wanted number. */
interface Scope {
  readonly unsettled: Component[];
  /** In how many ways noise may group them; 0 where these are too many or not known. */
  runs: number;
}

/** More combinations of groupings of a scope than this are not tried one by one. */
const MOST_RUNS = 64;

/** The settled groups of more than one clip, with bounds of how many members of each stay. */
export function settledGroups(aim: Aim, { components, fewest }: Found, clips: Clips): SettledGroup[] {
  const scopeOf = (cluster: number) => ('t' in aim ? cluster : 0);
  const scopes = scopesOf(components, scopeOf);
  const settled = groupsOfSettled(components, clips);
  const seats = seatsInRuns(aim, settled, components, scopes, clips);
  // How many clips may stay beyond the first of each group.
  const spare = 'wanted' in aim ? aim.wanted - fewest : aim.t === 1 ? 0 : Infinity;
  const before = placesAmongLargest(settled, clips);
  return settled.map(({ leader, members }) => {
    const scope = scopes.get(scopeOf(clips.clusterOf[leader]!));
    if (scope?.runs !== 0) return { leader, members, ...seats.get(leader)! };
    // A group gets its second seat only after all larger groups of its cluster have theirs.
    const most = before.get(leader)! < spare ? Math.min(members.length, 1 + spare) : 1;
    return { leader, members, fewest: 1, most };
  });
}

/** Bounds of how many members of each settled group stay, by leader. Runs that form more groups than clips are wanted do not count. */
function seatsInRuns(
  aim: Aim,
  settled: readonly Group[],
  components: readonly Component[],
  scopes: ReadonlyMap<number, Scope>,
  clips: Clips,
): Map<number, Seats> {
  const seats = new Map<number, Seats>();
  const runs = [...scopes.values()].reduce((most, scope) => Math.max(most, scope.runs), 1);
  for (let run = 0; run < runs; run++) {
    const groups = groupsOfRun(run, components, scopes, clips);
    if ('wanted' in aim && groups.leaders.length > aim.wanted) continue;
    const sizes = 't' in aim ? sizesForTarget(aim.t, clips, groups) : sizesForBudget(aim.wanted, clips, groups).sizes;
    const kept = sizesOfGroups(groups, sizes);
    for (const { leader } of settled) {
      const count = kept[groups.groupOf[leader]!]!;
      const { fewest, most } = seats.get(leader) ?? { fewest: count, most: count };
      seats.set(leader, { fewest: Math.min(fewest, count), most: Math.max(most, count) });
    }
  }
  return seats;
}

function scopesOf(components: readonly Component[], scopeOf: (cluster: number) => number): Map<number, Scope> {
  const scopes = new Map<number, Scope>();
  for (const component of components) {
    if (isSettled(component)) continue;
    const at = scopeOf(component.cluster);
    const scope = scopes.get(at) ?? { unsettled: [], runs: 1 };
    scopes.set(at, scope);
    scope.unsettled.push(component);
    scope.runs *= component.groupings?.length ?? 0;
    if (scope.runs > MOST_RUNS) scope.runs = 0;
  }
  return scopes;
}

function groupsOfSettled(components: readonly Component[], clips: Clips): Group[] {
  return components.filter(isSettled).flatMap((component) => {
    const leaders = component.groupings![0]!;
    return [...new Set(leaders)]
      .map((leader) => ({ leader, members: component.clips.filter((_, at) => leaders[at] === leader) }))
      .filter(({ leader, members }) => members.length > 1 && clips.clusterOf[leader]! >= 0);
  });
}

/** For each leader, how many settled groups of its cluster surely get a second seat first: larger ones, and earlier ones as large. */
function placesAmongLargest(settled: readonly Group[], { clusterOf }: Clips): Map<number, number> {
  const inOrder = settled.toSorted((a, b) => b.members.length - a.members.length || a.leader - b.leader);
  const seen = new Map<number, number>();
  const before = new Map<number, number>();
  for (const { leader } of inOrder) {
    const cluster = clusterOf[leader]!;
    before.set(leader, seen.get(cluster) ?? 0);
    seen.set(cluster, before.get(leader)! + 1);
  }
  return before;
}

/** The groups when each component takes one of its groupings: over its runs, a scope goes through every combination. */
function groupsOfRun(
  run: number,
  components: readonly Component[],
  scopes: ReadonlyMap<number, Scope>,
  clips: Clips,
): RedundancyGroups {
  const leaderOf = clips.representative.slice();
  for (const { clips: members, groupings } of components) {
    for (const [at, clip] of members.entries()) leaderOf[clip] = groupings?.[0]?.[at] ?? clip;
  }
  for (const { unsettled, runs } of scopes.values()) {
    if (runs === 0) continue;
    let left = run % runs;
    for (const { clips: members, groupings } of unsettled) {
      const grouping = groupings![left % groupings!.length]!;
      left = Math.floor(left / groupings!.length);
      for (const [at, clip] of members.entries()) leaderOf[clip] = grouping[at]!;
    }
  }
  return groupsLedBy(leaderOf, clips);
}
