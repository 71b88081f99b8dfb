import { counted } from '@refrain/core';
import type { ConstraintReport, Rule } from '@refrain/pruned-dataset';

/** A sentence for each rule that could not be met everywhere, with what won. */
export function unmetLines({
  keep,
  report,
}: {
  readonly keep: Uint32Array;
  readonly report?: ConstraintReport;
}): string[] {
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
  copies: 'the rule that one of several copies stays (--duplicates)',
  maxPerGroup: '--max-per-track, -album or -artist',
  minPerLabel: '--min-per-label',
  minPerGroup: '--min-per-track, -album or -artist',
  size: '--keep',
};
