import { ConfigError, DataError } from '@refrain/core';

/** What keep-rules may ask of a clip; index i means clip i. A field is left out where nothing is known. */
export interface KeepFacts {
  readonly ids: readonly string[];
  readonly labels?: readonly (readonly unknown[])[];
  /** Length in seconds. */
  readonly seconds?: ArrayLike<number>;
  /** Sample rate in Hz. */
  readonly sampleRate?: ArrayLike<number>;
  /** Share of clipped samples, 0…1. */
  readonly clipping?: ArrayLike<number>;
  /** Path of each clip; back slashes count as slashes. */
  readonly paths?: readonly string[];
}

/** Which clips are kept rather. */
export interface KeepOrder {
  /** Higher for a clip that is kept rather; equal for clips that all rules find equal. Whole numbers from 0. */
  readonly priority: Float64Array;
  /** Negative where clip `a` is kept rather than clip `b`. Total: clips that all rules find equal are ordered by id. */
  readonly compare: (a: number, b: number) => number;
}

/** A number per clip, the higher the better. */
type Score = (facts: KeepFacts) => Float64Array;

const PATH = 'path:';

const SCORES: Readonly<Record<string, Score>> = {
  labels: ({ ids, labels }) => scores('labels', ids, labels && Array.from(labels, (own) => new Set(own).size)),
  longer: ({ ids, seconds }) => scores('longer', ids, seconds),
  rate: ({ ids, sampleRate }) => scores('rate', ids, sampleRate),
  clipping: ({ ids, clipping }) => scores('clipping', ids, clipping).map((share) => -share),
};

/**
 * The order of clips under keep-rules, the first of which decides, the next among its equals, and so on: `labels` (more labels), `longer`
 * (more seconds), `rate` (higher sample rate), `clipping` (fewer clipped samples), `path:REGEX` (paths in which the JavaScript regular
 * expression matches anywhere, case-sensitive, e.g. `path:^/master/` or `path:\.flac$`).
 *
 * Throws a ConfigError for `keepRules` where a rule is unknown, its expression is none, or its facts are missing; a DataError that
 * names the clip whose fact is no number.
 */
export function keepOrder(rules: readonly string[], facts: KeepFacts): KeepOrder {
  const columns = rules.map((rule) => scoreOf(rule)(facts));
  const byRules = (a: number, b: number): number => {
    for (const column of columns) if (column[a] !== column[b]) return column[b]! - column[a]!;
    return 0;
  };
  const { ids } = facts;
  const compare = (a: number, b: number) => byRules(a, b) || (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : a - b);
  const order = Array.from(ids.keys()).sort(compare);
  const priority = new Float64Array(ids.length);
  // From the worst up, so that the numbers start at 0.
  for (let place = order.length - 2; place >= 0; place--) {
    const [clip, worse] = [order[place]!, order[place + 1]!];
    priority[clip] = priority[worse]! + (byRules(clip, worse) === 0 ? 0 : 1);
  }
  return { priority, compare };
}

function scoreOf(rule: string): Score {
  if (rule.startsWith(PATH)) return pathScore(rule, rule.slice(PATH.length));
  const score = Object.hasOwn(SCORES, rule) ? SCORES[rule] : undefined;
  if (score !== undefined) return score;
  const known = [...Object.keys(SCORES), `${PATH}REGEX`].join(', ');
  throw new ConfigError('keepRules', `\`keepRules\` has "${rule}"; expected one of ${known}.`);
}

function pathScore(rule: string, source: string): Score {
  let expression: RegExp;
  try {
    expression = new RegExp(source, 'u');
  } catch (cause) {
    throw new ConfigError('keepRules', `\`keepRules\` has "${rule}": ${source} is no regular expression.`, { cause });
  }
  return ({ ids, paths }) =>
    scores(rule, ids, paths && Array.from(paths, (path) => (expression.test(path.replaceAll('\\', '/')) ? 1 : 0)));
}

function scores(rule: string, ids: readonly string[], values: ArrayLike<number> | undefined): Float64Array {
  if (values === undefined) {
    throw new ConfigError(
      'keepRules',
      `\`keepRules\` has "${rule}", but that is not known of these clips; leave it out.`,
    );
  }
  if (values.length !== ids.length) {
    throw new DataError(
      rule,
      `There are ${ids.length} clips, but ${values.length} values for the keep-rule "${rule}".`,
    );
  }
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(ids[bad]!, `The keep-rule "${rule}" needs a number for clip ${ids[bad]}, got ${values[bad]}.`);
  }
  return Float64Array.from(values);
}
