import { ConfigError, DataError } from '@refrain/core';

/** What keep-rules may ask of a clip; index i means clip i. A field is left out where nothing is known. */
export interface KeepFacts {
  readonly ids: readonly string[];
  readonly labels?: readonly (readonly unknown[])[];
  /** Back slashes count as slashes. */
  readonly paths?: readonly (string | undefined)[];
  /** Lengths, where they are known. */
  readonly seconds?: readonly (number | undefined)[];
  /** Sample rates in Hz, where they are known. */
  readonly sampleRate?: readonly (number | undefined)[];
  /** Shares of clipped samples, 0…1, where they are known. */
  readonly clipping?: readonly (number | undefined)[];
}

/** A number per clip, the higher the better. */
type Score = (facts: KeepFacts) => Float64Array;

const PATH = 'path:';

const SCORES: Readonly<Record<string, Score>> = {
  labels: ({ ids, labels }) =>
    scores(
      'labels',
      ids,
      labels?.map((own) => new Set(own).size),
    ),
  longer: ({ ids, seconds }) => scores('longer', ids, seconds),
  rate: ({ ids, sampleRate }) => scores('rate', ids, sampleRate),
  clipping: ({ ids, clipping }) => scores('clipping', ids, clipping).map((share) => -share),
};

/**
 * A number per clip, a whole one from 0, higher for a clip that is kept rather under keep-rules, the first of which decides, the next among its
 * equals, and so on: `labels` (more labels), `longer` (more seconds), `rate` (higher sample rate), `clipping` (fewer clipped samples), `path:REGEX`
 * (paths in which the JavaScript regular expression matches anywhere, case-sensitive, e.g. `path:^/master/` or `path:\.flac$`).
 *
 * Throws a ConfigError for `keepRules` where a rule is unknown, its expression is none, or its facts are missing for any clip; a DataError that
 * names the clip whose fact is no number.
 */
export function keepPriority(rules: readonly string[], facts: KeepFacts): Float64Array {
  const columns = rules.map((rule) => scoreOf(rule)(facts));
  const compare = (a: number, b: number): number => {
    for (const column of columns) if (column[a] !== column[b]) return column[a]! - column[b]!;
    return 0;
  };
  // From the worst up, so that the numbers start at 0.
  const order = Array.from(facts.ids.keys()).sort(compare);
  const priority = new Float64Array(order.length);
  for (const [place, clip] of order.entries()) {
    const worse = order[place - 1];
    if (worse !== undefined) priority[clip] = priority[worse]! + (compare(clip, worse) === 0 ? 0 : 1);
  }
  return priority;
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
  const score = (path: string | undefined) =>
    path === undefined ? undefined : Number(expression.test(path.replaceAll('\\', '/')));
  return ({ ids, paths }) => scores(rule, ids, paths?.map(score));
}

function scores(
  rule: string,
  ids: readonly string[],
  values: readonly (number | undefined)[] | undefined,
): Float64Array {
  if (values === undefined || values.includes(undefined))
    throw new ConfigError(
      'keepRules',
      `\`keepRules\` has "${rule}", but that is not known of these clips; leave it out.`,
    );
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(ids[bad]!, `The keep-rule "${rule}" needs a number for clip ${ids[bad]}, got ${values[bad]}.`);
  return Float64Array.from(values as readonly number[]);
}
