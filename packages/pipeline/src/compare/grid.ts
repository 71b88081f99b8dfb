import { ConfigError } from '@refrain/core';
import type { Assembly, Choice } from '../assembly/assemble.ts';

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
  grid: Grid,
  given: Readonly<Record<string, unknown>>,
  assembly: Pick<Assembly, 'optionNames'>,
): GridPoint[] {
  const known = new Map(grid.strategies.map((name) => [name, new Set(assembly.optionNames('pruner', name))]));
  refuseUnknown(grid, given, known);
  const leading = grid.strategies.find((name) => known.get(name)!.has('t'));
  // The leader comes first, so that its points are there when the others are told their sizes.
  const ordered = [...known.keys()].sort((a, b) => Number(b === leading) - Number(a === leading));
  let leaders: readonly GridPoint[] = [];
  return ordered.flatMap((name) => {
    const points = variantsOf(name, grid.noise, given, known.get(name)!).flatMap((variant) => [
      ...grid.t.map((t) => (known.get(name)!.has('t') ? pointAt(variant, t) : pointAsLarge(variant, t, leaders))),
      ...grid.keep.map((keep) => pointOf(variant, { keep }, { keep })),
    ]);
    if (name === leading) leaders = points;
    return points;
  });
}

/** The options that each strategy of a grid has. */
type Known = ReadonlyMap<string, ReadonlySet<string>>;

function refuseUnknown({ strategies, t, noise }: Grid, given: Readonly<Record<string, unknown>>, known: Known): void {
  const has = (option: string) => strategies.some((name) => known.get(name)!.has(option));
  const none = `none of ${strategies.join(', ')} has`;
  if (t.length > 0 && !has('t'))
    throw new ConfigError('t', `\`t\`: ${none} a t; say with \`keep\` how much is to stay.`);
  const unknown = Object.keys(given).find((option) => !has(option));
  if (unknown !== undefined) throw new ConfigError(`pruner.${unknown}`, `\`pruner.${unknown}\`: ${none} that option.`);
  if (noise.includes('keep') && !has('noise'))
    throw new ConfigError('noise', `\`noise\` keep: ${none} policies for noise; leave it out.`);
}

/** A strategy with one policy for noise. */
interface Variant {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly policy: string | undefined;
  readonly recluster: boolean;
  readonly said: GridPoint['asked'];
}

function variantsOf(
  use: string,
  noise: readonly string[],
  given: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Variant[] {
  const own = Object.fromEntries(Object.entries(given).filter(([option]) => known.has(option) && option !== 't'));
  const hasPolicies = known.has('noise');
  return (noise.length > 0 ? noise : [undefined]).flatMap((policy): Variant[] => {
    const recluster = policy === 'recluster';
    // To one that leaves noise alone its policies are all the same.
    if (policy !== undefined && !recluster && !hasPolicies && policy !== noise[0]) return [];
    const isSaid = policy !== undefined && (hasPolicies || recluster);
    return [
      {
        use,
        options: { ...own, ...(policy !== undefined && hasPolicies && { noise: recluster ? 'prune' : policy }) },
        policy,
        recluster,
        said: isSaid ? { noise: policy } : {},
      },
    ];
  });
}

function pointAt(variant: Variant, t: number): GridPoint {
  return pointOf({ ...variant, options: { ...variant.options, t } }, {}, { t });
}

/** As many clips as the leading strategy keeps at this t, with the same policy for noise where it has one. */
function pointAsLarge(variant: Variant, t: number, leaders: readonly GridPoint[]): GridPoint {
  const atT = leaders.filter(({ asked }) => asked.t === t);
  const leader =
    atT.find(({ asked }) => asked.noise === variant.policy) ?? atT.find(({ asked }) => asked.noise === undefined);
  return pointOf(variant, { asManyAs: leader! }, { 'size of t': t });
}

function pointOf(
  { use, options, recluster, said }: Variant,
  size: Pick<GridPoint, 'keep' | 'asManyAs'>,
  asked: GridPoint['asked'],
): GridPoint {
  return { choice: { use, options }, recluster, ...size, asked: { ...asked, ...said } };
}
