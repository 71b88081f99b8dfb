import type { Interval, PruningPage } from '@refrain/pruned-dataset';
import { counted, figure, percent, signed, whole } from '../format.ts';

/** What each level of removal means, for whoever has not read a word of ours. */
export const LEVEL_WORDS: Readonly<Record<string, string>> = {
  identical: 'identical',
  'same-recording': 'the same recording',
  'near-identical': 'nearly identical',
  redundant: 'redundant',
  unsupported: 'asked for by a rule',
};

/** Metrics of which less is better; of all others more is. */
const LESS_IS_BETTER = /redundancy left|loss|error|divergence/i;

/** What a difference says, no more than its interval carries. */
export type Verdict = 'better' | 'worse' | 'unclear';

/** What the interval of a metric's difference says of the pruned set. */
export function verdict(metric: string, { low, high }: Interval): Verdict {
  if (!(low > 0 || high < 0)) return 'unclear';
  return low > 0 !== LESS_IS_BETTER.test(metric) ? 'better' : 'worse';
}

/** How many stay and go. */
export function headline({ sizes }: PruningPage): string {
  const gone = sizes.original - sizes.kept;
  if (gone === 0) return `All ${counted(sizes.original, 'clip')} stay`;
  return `${whole(sizes.kept)} of ${counted(sizes.original, 'clip')} stay, ${whole(gone)} ${gone === 1 ? 'goes' : 'go'}`;
}

/** Removed clips by level, the levels that occur, in the order of the first. */
export function levelCounts({ removals }: PruningPage): readonly (readonly [level: string, count: number])[] {
  const counts = new Map<string, number>(Object.keys(LEVEL_WORDS).map((level) => [level, 0]));
  for (const level of removals.level) counts.set(level, (counts.get(level) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 0);
}

/** Why clips go, in a sentence. */
export function reasons(page: PruningPage): string {
  const { original, kept, silent, short, bad } = page.sizes;
  const levels = levelCounts(page);
  const without = original - kept - page.removals.clip.length;
  const parts = levels.map(([level, count]) => `${whole(count)} ${LEVEL_WORDS[level] ?? level}`);
  if (without > 0) parts.push(`${whole(without)} for other reasons`);
  const why =
    parts.length === 0
      ? 'Nothing was found to be redundant.'
      : `What goes (${percent((original - kept) / original)}): ${parts.join(', ')}.`;
  const set = [
    [silent, 'silent'],
    [short, 'too short'],
    [bad, 'unreadable'],
  ].flatMap(([count, what]) => ((count as number) > 0 ? [`${whole(count as number)} ${what}`] : []));
  return set.length === 0 ? why : `${why} Set aside before: ${set.join(', ')}.`;
}

/** A difference with the ends of its 95 % interval. */
export function withInterval({ difference, low, high }: Interval): string {
  return `${signed(difference)} [${figure(low)}, ${figure(high)}]`;
}

/** What the words of a verdict are. */
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  worse: 'worse than random',
  better: 'better than random',
  unclear: 'no difference from random shown',
};

/** Against random sets of the same size, the worst first: a sentence per verdict, each metric with its difference and interval. */
export function claims({ evaluation }: PruningPage): readonly (readonly [said: Verdict, sentence: string])[] {
  const differences = Object.entries(evaluation?.differences ?? {});
  return (['worse', 'better', 'unclear'] as const).flatMap((wanted) => {
    const metrics = differences.filter(([metric, interval]) => verdict(metric, interval) === wanted);
    if (metrics.length === 0) return [];
    const named = metrics.map(([metric, interval]) => `${metric} ${withInterval(interval)}`).join('; ');
    return [[wanted, `${VERDICT_WORDS[wanted]}: ${named}.`] as const];
  });
}

/** What a probe reached with each set, for metrics that vary with the probe's seed; what was not measured is said. */
export function reached({ evaluation }: PruningPage): string {
  if (evaluation === undefined) return 'What pruning costs was not measured in this run.';
  const [first] = evaluation.sets;
  const metrics = Object.keys(first?.metrics ?? {}).filter((metric) => first?.metrics[metric]?.sd != null);
  const sentences = metrics.map((metric) => {
    const values = evaluation.sets.flatMap(({ set, metrics }) =>
      metrics[metric]?.mean == null ? [] : [`${figure(metrics[metric].mean)} with ${SET_WORDS[set] ?? set}`],
    );
    return `${metric}: ${values.join(', ')}.`;
  });
  if (Object.keys(evaluation.differences).length === 0)
    sentences.push('No random sets of the same size were evaluated, so nothing can be said against chance.');
  return sentences.join(' ');
}

/** What each evaluated set is. */
export const SET_WORDS: Readonly<Record<string, string>> = {
  whole: 'all clips',
  pruned: 'what stays',
  random: 'random sets of that size',
};
