import { counted, REMOVAL_LEVELS } from '@refrain/core';
import { worstPartner, worstScore } from '@refrain/core/pruning';
import { type PruneOutcome, sizes, type TrainSource } from '@refrain/pipeline';

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
    ...(source.settled === undefined
      ? []
      : [
          `${counted(source.settled.size)} kept by the base stay, ${earlier} that it removed stay removed, ` +
            `${counted(source.clips.length - source.settled.size)} judged now`,
        ]),
    ...spaceLines(source.space),
    `${original} train clips in ${clusters} clusters, ${(noise * 100).toFixed(0)} % in none`,
    kept === original
      ? `nothing was removed: all ${counted(kept)} stay`
      : `${kept} kept, ${original - kept} removed (${percent.toFixed(1)} %)${levels.length > 0 ? `: ${levels.join(', ')}` : ''}`,
    ...(worst < Infinity ? [`the least similar kept partner of a removed clip: ${worst.toFixed(3)}`] : []),
    ...scoreLines(outcome),
  ].join('\n');
}

/** How a whitened space was found. */
function spaceLines({ standardization: fitted }: TrainSource['space']): string[] {
  if (fitted?.whitening === undefined) return [];
  const { shrinkage, effectiveRank, clips, segments } = fitted.whitening;
  const { length: kept } = fitted.columns;
  const dropped = fitted.dim - kept;
  return [
    `whitened by ${segments} segments of ${counted(clips)}: α = ${shrinkage.toFixed(2)}, effective rank ${effectiveRank.toFixed(1)} of ${kept} dimensions` +
      (dropped > 0 ? `, ${dropped} constant ones dropped` : ''),
  ];
}

/** How far the removals are from what strangers have, where the rule says. */
function scoreLines({ rule, removed }: PruneOutcome): string[] {
  const worst = worstScore(rule, removed);
  if (rule.kind !== 's-norm' || worst === Infinity) return [];
  const tau = rule.tau < Infinity ? rule.tau.toFixed(2) : 'none';
  return [`the lowest z of a removed clip and its partner: ${worst.toFixed(2)} (τ ${tau})`];
}
