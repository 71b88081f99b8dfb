import type { Clips } from '../clips.ts';
import { groupsLedBy, type RedundancyGroups } from '../redundancyGroups.ts';
import { quotasForBudget, quotasForTarget, sizeClasses } from '../sizeClasses.ts';
import { boundsOfMembers, type MemberBounds, type SettledGroup } from './bounds.ts';
import { type Component, isSettled } from './components.ts';
import type { Found } from './kappa.ts';
import type { EdgeFacts } from './pairs.ts';
import { countFrom } from './tracks.ts';

/** How many clips are to stay: by the strength `t`, or a number over all pruned clusters. */
export type Aim = { readonly t: number } | { readonly wanted: number };

/** The unsettled components that quotas hang on together: those of one cluster for `t`, all of them for a wanted number. */
interface Scope {
  readonly unsettled: Component[];
  /** In how many ways noise may group them; 0 where these are too many or not known. */
  runs: number;
}

/** The settled groups of one size in one cluster. */
interface SettledClass {
  readonly groups: SettledGroup[];
  /** In the order of the groups; undefined where noise may choose the first that stays. */
  readonly bounds: (MemberBounds | undefined)[];
  readonly fates: Fates;
}

/** How many clips of a class stay beyond the first of each group, and how many groups of it are not among the settled ones. */
interface ClassQuota {
  readonly fewest: number;
  readonly most: number;
  readonly otherMembers: number;
}

/** The clips that stay under some noise, and those that go. */
interface Fates {
  readonly stays: Set<number>;
  readonly goes: Set<number>;
}

/** More combinations of groupings of a scope than this are not tried one by one. */
const MOST_RUNS = 64;

/** The members of settled groups of which noise may decide whether they stay. */
export function uncertainMembers(aim: Aim, { components, fewest, theta }: Found, facts: EdgeFacts): number[] {
  const { clips } = facts;
  const scopeOf = (cluster: number) => ('t' in aim ? cluster : 0);
  const scopes = scopesOf(components, scopeOf);
  const classes = classesOf(groupsOfSettled(components, clips), clips);
  for (const { groups, bounds } of classes.values())
    for (const group of groups) bounds.push(boundsOfMembers(group, theta, facts));
  const runs = [...scopes.values()].reduce((most, scope) => Math.max(most, scope.runs), 1);
  for (let run = 0; run < runs; run++) {
    const quotas = quotasOfRun(aim, groupsOfRun(run, components, scopes, clips), classes, clips);
    for (const [key, quota] of quotas ?? []) decide(classes.get(key)!, quota);
  }
  // How many clips may stay beyond the first of each group.
  const spare = 'wanted' in aim ? aim.wanted - fewest : aim.t === 1 ? 0 : Infinity;
  for (const one of classes.values()) {
    const scope = scopes.get(scopeOf(clips.clusterOf[one.groups[0]!.leader]!));
    if (scope?.runs === 0) decide(one, { fewest: 0, most: spare, otherMembers: spare > 0 ? Infinity : 0 });
  }
  return [...classes.values()].flatMap(({ groups, bounds, fates: { stays, goes } }) => [
    ...groups.flatMap(({ members }, group) => (bounds[group] === undefined ? [...members] : [])),
    ...[...stays].filter((clip) => goes.has(clip)),
  ]);
}

/** Notes what may become of each member of a class. */
function decide({ groups, bounds, fates }: SettledClass, { fewest, most, otherMembers }: ClassQuota): void {
  const known = bounds.filter((one) => one !== undefined);
  const members = known.flatMap((one) => one.members);
  const negativeLows = Float64Array.from(members, ({ low }) => -low).sort();
  const places = Float64Array.from(known.flatMap((one) => one.places)).sort();
  const others = otherMembers + (groups.length - known.length) * (groups[0]!.members.length - 1);
  for (const { clip, low, high } of members) {
    const surelyBefore = places.length - countFrom(places, low);
    // The clip itself is among them.
    const mayBeUpToIt = countFrom(negativeLows, -high) + others;
    if (surelyBefore < most) fates.stays.add(clip);
    if (mayBeUpToIt > fewest) fates.goes.add(clip);
  }
}

function classKey(cluster: number, size: number): string {
  return `${cluster} ${size}`;
}

function classesOf(settled: readonly SettledGroup[], { clusterOf }: Clips): Map<string, SettledClass> {
  const classes = new Map<string, SettledClass>();
  for (const group of settled) {
    const key = classKey(clusterOf[group.leader]!, group.members.length);
    const known = classes.get(key);
    if (known !== undefined) known.groups.push(group);
    else classes.set(key, { groups: [group], bounds: [], fates: { stays: new Set(), goes: new Set() } });
  }
  return classes;
}

/** The quotas of the classes with settled groups in one run; undefined for a run that forms more groups than clips are wanted. */
function quotasOfRun(
  aim: Aim,
  groups: RedundancyGroups,
  settled: ReadonlyMap<string, SettledClass>,
  clips: Clips,
): [string, ClassQuota][] | undefined {
  if ('wanted' in aim && groups.leaders.length > aim.wanted) return undefined;
  const classes = sizeClasses(clips, groups);
  const { kept, tied } = 't' in aim ? quotasForTarget(aim.t, classes) : quotasForBudget(aim.wanted, classes);
  return classes.flatMap(({ cluster, size, groups: list }, position): [string, ClassQuota][] => {
    const key = classKey(cluster, size);
    const own = settled.get(key)?.groups.length;
    if (own === undefined) return [];
    const most = kept[position]! - list.length;
    const fewest = tied?.classes.includes(position) ? most - 1 : most;
    return [[key, { fewest, most, otherMembers: (list.length - own) * (size - 1) }]];
  });
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

function groupsOfSettled(components: readonly Component[], clips: Clips): SettledGroup[] {
  return components.filter(isSettled).flatMap((component) => {
    const leaders = component.groupings![0]!;
    return [...new Set(leaders)]
      .map((leader) => ({ leader, members: component.clips.filter((_, at) => leaders[at] === leader) }))
      .filter(({ leader, members }) => members.length > 1 && clips.clusterOf[leader]! >= 0);
  });
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
