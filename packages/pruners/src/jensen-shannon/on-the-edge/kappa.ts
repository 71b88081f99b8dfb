import type { Clips } from '../clips.ts';
import { KAPPA_STEPS } from '../grouping.ts';
import { fallingKappas, thresholdsAt } from '../similarPairs.ts';
import { type Component, findComponents } from './components.ts';
import { type EdgeFacts, type EdgePairs, findEdgePairs, mayRepresent, pairsThatMayReach, type Range } from './pairs.ts';
import type { RuleRange } from './rule.ts';

/** The components at the θ at which clips are grouped. */
export interface Found {
  /** Where θ of each clip lies, whatever the noise does. */
  readonly theta: Range;
  readonly components: readonly Component[];
  /** Fewest and most groups of all pruned clusters. */
  readonly fewest: number;
  readonly most: number;
}

/** Where θ of each clip lies by the rule as it stands. */
export function thetaOfRule({ kappa, base }: RuleRange): Range {
  return { low: thresholdsAt(kappa.low, base.low), high: thresholdsAt(kappa.high, base.high) };
}

/** The components when θ of each clip lies within `theta`. */
export async function findAt(theta: Range, facts: EdgeFacts): Promise<Found> {
  return findAmong(await findEdgePairs(facts, theta.low), theta, facts);
}

/**
 * The components at the κ that `groupAtMost` seeks, wherever noise lets that search end; undefined where nothing bounds it.
 *
 * The search is a way down a binary tree: to lower κ where one surely leaves more than `wanted` groups, to higher κ where it surely does not.
 * Where noise may decide, both ways are open: the lowest κ that it can end at is found by going to lower κ each time, the highest by going to
 * higher κ.
 */
export async function findAtMost(wanted: number, rule: RuleRange, facts: EdgeFacts): Promise<Found | undefined> {
  const theta = thetaOfRule(rule);
  const asked = await findAt(theta, facts);
  if (asked.most <= wanted) return asked;
  const base = baseOfSearch(rule, facts.clips);
  if (wanted < facts.clips.clusters.length || base === undefined) return undefined;
  const thetaAt = (step: number): Range => {
    const kappa = step / KAPPA_STEPS;
    return { low: thresholdsAt(kappa, base.low), high: thresholdsAt(kappa, base.high) };
  };
  let highest: number | undefined;
  let high = Math.ceil(rule.kappa.low * KAPPA_STEPS);
  for (const kappa of fallingKappas(rule.kappa.low)) {
    facts.signal.throwIfAborted();
    const low = Math.floor(kappa * KAPPA_STEPS);
    const pairs = await findEdgePairs(facts, thetaAt(low).low);
    const within = (range: Range) => findAmong(pairsThatMayReach(pairs, range.low), range, facts);
    const here = within(thetaAt(low));
    if (here.fewest <= wanted) highest ??= lastStep(low, high, (step) => within(thetaAt(step)).fewest <= wanted);
    if (here.most <= wanted) {
      const lowest = lastStep(low, high, (step) => within(thetaAt(step)).most <= wanted);
      const top = asked.fewest <= wanted ? theta.high : thetaAt(highest!).high;
      return attainable(wanted, within({ low: thetaAt(lowest).low, high: top }));
    }
    high = low;
  }
  return undefined;
}

/** What the search multiplies κ by, as `groupAtMost` does; undefined where noise may decide what that is, or where the search starts. */
function baseOfSearch({ kappa, base: { low, high } }: RuleRange, { lone }: Clips): Range | undefined {
  const isOpen = low.some((value, clip) => (value === Infinity) !== (high[clip] === Infinity));
  if (isOpen || kappa.low !== kappa.high) return undefined;
  const lowered = (base: Float64Array) => base.map((value, clip) => (value === Infinity && !lone[clip] ? 1 : value));
  return { low: lowered(low), high: lowered(high) };
}

/** The last step up from `low` that bisection below `high` finds to reach the wanted size, which `low` does and `high` does not. */
function lastStep(low: number, high: number, reaches: (step: number) => boolean): number {
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (reaches(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Without the groupings that leave more than `wanted` groups however the other components are grouped: the search does not end there. */
function attainable(wanted: number, { components, ...rest }: Found): Found {
  const left = components.map((component): Component => {
    const { groupings, ...one } = component;
    if (groupings === undefined) return component;
    const others = rest.fewest - Math.min(...groupings.map(countLeaders));
    return { ...one, groupings: groupings.filter((leaders) => others + countLeaders(leaders) <= wanted) };
  });
  return { ...rest, components: left };
}

function countLeaders(leaders: Uint32Array): number {
  return new Set(leaders).size;
}

/** The components under `pairs`, which are all that may reach θ. */
function findAmong(pairs: EdgePairs, theta: Range, facts: EdgeFacts): Found {
  const components = findComponents(facts, pairs, theta);
  const { clusterOf } = facts.clips;
  let alone = 0;
  for (let clip = 0; clip < clusterOf.length; clip++) if (clusterOf[clip]! >= 0 && mayRepresent(facts, clip)) alone++;
  let [fewest, most] = [0, 0];
  for (const component of components) {
    alone -= component.most;
    const groups = component.groupings?.map(countLeaders) ?? [1, component.most];
    fewest += Math.min(...groups);
    most += Math.max(...groups);
  }
  return { theta, components, fewest: alone + fewest, most: alone + most };
}
