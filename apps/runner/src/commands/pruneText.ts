import { REMOVAL_LEVELS } from '@refrain/core';
import { type Rule, worstPartner } from '@refrain/pruners';
import type { PruneOutcome } from '../stages/prune.ts';
import type { TrainSource } from '../stages/source.ts';
import { sizes } from './folderContent.ts';

/** What happened, in a few lines. */
export function summary(source: TrainSource, outcome: PruneOutcome): string {
  const { original_size: original, pruned_size: kept, reduction_percentage: percent } = sizes(source, outcome);
  const count = (level: string) => outcome.removed.filter((removal) => removal.level === level).length;
  const levels = REMOVAL_LEVELS.filter((level) => count(level) > 0).map((level) => `${count(level)} ${level}`);
  const earlier = source.earlier?.clips.length ?? 0;
  if (earlier > 0) levels.push(`${earlier} by the base`);
  const worst = worstPartner(outcome.removed);
  const noise = outcome.labels.filter((label) => label < 0).length / outcome.labels.length;
  const clusters = new Set(outcome.labels.filter((label) => label >= 0)).size;
  return [
    ...(source.bad.length > 0 ? [`${counted(source.bad.length)} could not be read; bad.jsonl says why`] : []),
    ...(source.settled === undefined
      ? []
      : [
          `${counted(source.settled.size)} kept by the base stay, ${earlier} that it removed stay removed, ` +
            `${counted(source.clips.length - source.settled.size)} judged now`,
        ]),
    `${original} train clips in ${clusters} clusters, ${(noise * 100).toFixed(0)} % in none`,
    `${kept} kept, ${original - kept} removed (${percent.toFixed(1)} %)${levels.length > 0 ? `: ${levels.join(', ')}` : ''}`,
    ...(worst < Infinity ? [`the least similar kept partner of a removed clip: ${worst.toFixed(3)}`] : []),
  ].join('\n');
}

/** A number of clips in words. */
export function counted(clips: number): string {
  return clips === 1 ? '1 clip' : `${clips} clips`;
}

/** A sentence for each rule that could not be met everywhere. */
export function unmetLines({ report, keep }: PruneOutcome): string[] {
  return (report?.unmet ?? []).map(({ rule, wonBy, count, names }) => {
    const listed = `${names.join(', ')}${count > names.length ? ', …' : ''}`;
    if (rule === 'size')
      return `${keep.length} clips stay, not as many as --keep asks for: ${OPTION_OF[wonBy]} goes before it for ${counted(count)} (${listed}).`;
    return `${OPTION_OF[rule]} could not be met ${count} time${count === 1 ? '' : 's'}, because ${OPTION_OF[wonBy]} goes before it: ${listed}.`;
  });
}

/** How a rule is written on the command line. */
const OPTION_OF: Readonly<Record<Rule, string>> = {
  protect: 'what --overrides or --base keeps',
  exclude: '--overrides (remove)',
  copies: 'the rule that a recording keeps one of its copies',
  maxPerGroup: '--max-per-track, -album or -artist',
  minPerLabel: '--min-per-label',
  minPerGroup: '--min-per-track, -album or -artist',
  size: '--keep',
};
