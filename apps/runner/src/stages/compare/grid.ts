import { ConfigError } from '@refrain/core';
import type { Assembly, Choice } from '../../container/assemble.ts';

/** What a comparison sweeps over; every list in the order of the command line. */
export interface Grid {
  readonly strategies: readonly string[];
  readonly t: readonly number[];
  /** Wanted shares of the train set. */
  readonly keep: readonly number[];
  /** Policies for clips in no cluster: prune, keep, recluster. Empty for the default alone. */
  readonly noise: readonly string[];
}

/** One strategy with one setting of each knob. */
export interface GridPoint {
  readonly choice: Choice;
  /** Whether clips in no cluster are clustered once more before. */
  readonly recluster: boolean;
  /** The wanted share; undefined where t says how much, or the size of another point does. */
  readonly keep?: number;
  /** It keeps as many clips as this point does. */
  readonly asManyAs?: GridPoint;
  /** What was asked, for tables. */
  readonly asked: Readonly<Record<string, number | string>>;
}

/**
 * All points of a grid. A strategy takes each t, if it has one, and each wanted share; one without t keeps as many clips as the first strategy with
 * it does at each t. Policies for noise vary where a strategy knows them. `given` are options of strategies, for those that have them. Throws a
 * ConfigError for an unknown strategy, and where no strategy of the grid has what is swept over or given.
 */
export function gridPoints(
  { strategies, t, keep, noise }: Grid,
  given: Readonly<Record<string, unknown>>,
  assembly: Pick<Assembly, 'optionNames'>,
): GridPoint[] {
  const points: GridPoint[] = [];
  const knowing = (name: string) => new Set(assembly.optionNames('pruner', name));
  const firstWithT = strategies.find((name) => knowing(name).has('t'));
  if (t.length > 0 && firstWithT === undefined)
    throw new ConfigError('t', `--t: none of ${strategies.join(', ')} has a t; say with --keep how much is to stay.`);
  const unknown = Object.keys(given).find((option) => !strategies.some((name) => knowing(name).has(option)));
  if (unknown !== undefined)
    throw new ConfigError(
      `pruner.${unknown}`,
      `--pruner.${unknown}: none of ${strategies.join(', ')} has that option.`,
    );
  const idle = noise.find((policy) => policy === 'keep' && !strategies.some((name) => knowing(name).has('noise')));
  if (idle !== undefined)
    throw new ConfigError(
      'noise',
      `--noise ${idle}: none of ${strategies.join(', ')} has policies for noise; leave it out.`,
    );
  // The leader comes first, so that its points are there when the others are told their sizes.
  const ordered = [...new Set(strategies)].sort((a, b) => Number(b === firstWithT) - Number(a === firstWithT));
  for (const name of ordered) {
    const known = knowing(name);
    const options = Object.fromEntries(Object.entries(given).filter(([option]) => known.has(option) && option !== 't'));
    for (const policy of noise.length > 0 ? noise : [undefined]) {
      const recluster = policy === 'recluster';
      if (policy !== undefined && !recluster && !known.has('noise') && policy !== noise[0]) continue;
      const own = {
        ...options,
        ...(policy !== undefined && known.has('noise') && { noise: recluster ? 'prune' : policy }),
      };
      const said = policy === undefined || !(known.has('noise') || recluster) ? {} : { noise: policy };
      for (const value of t) {
        if (known.has('t')) {
          points.push({
            choice: { use: name, options: { ...own, t: value } },
            recluster,
            asked: { t: value, ...said },
          });
          continue;
        }
        const leaders = points.filter(({ choice, asked }) => choice.use === firstWithT && asked.t === value);
        const leader =
          leaders.find(({ asked }) => asked.noise === policy) ??
          leaders.find(({ asked }) => asked.noise === undefined)!;
        points.push({
          choice: { use: name, options: own },
          recluster,
          asManyAs: leader,
          asked: { 'size of t': value, ...said },
        });
      }
      for (const share of keep)
        points.push({ choice: { use: name, options: own }, recluster, keep: share, asked: { keep: share, ...said } });
    }
  }
  return points;
}
