import { counted, GROUP_KINDS, type Pruning } from '@refrain/core';
import { type ConstraintReport, RULES, type Rule, type Unmet } from '@refrain/pruned-dataset';
import type { Constraints } from './constraints.ts';
import { barredBy, type Family, heldBy, type Selection } from './selection.ts';

/** How many names an entry lists. */
const LISTED = 10;

/** What became of the strategy's choice, and what removed clips are proved by now; without a selection nothing did. */
export function reportOn(
  { keep, removed }: Pick<Pruning, 'keep' | 'removed'>,
  selection?: Selection,
): ConstraintReport {
  const added: Partial<Record<Rule, number>> = {};
  const gone: Partial<Record<Rule, number>> = {};
  const before = new Set(keep);
  for (const [clip, kept] of selection?.isKept.entries() ?? []) {
    if (before.has(clip) === (kept === 1)) continue;
    const counts = kept ? added : gone;
    const cause = selection!.cause[clip]!;
    counts[cause] = (counts[cause] ?? 0) + 1;
  }
  return {
    before: keep.length,
    after: selection?.size() ?? keep.length,
    added,
    removed: gone,
    unsupported: removed.filter(({ level }) => level === 'unsupported').length,
    unmet: selection === undefined ? [] : unmetOf(selection),
  };
}

type Failure = Pick<Unmet, 'rule' | 'wonBy'> & { readonly name: string };

function unmetOf(selection: Selection): Unmet[] {
  const failures = [
    ...lostRecordings(selection),
    ...GROUP_KINDS.flatMap((kind) => overMaximum(selection, selection.groups[kind], kind)),
    ...belowMinimum(selection, selection.labels, 'minPerLabel', ''),
    ...GROUP_KINDS.flatMap((kind) => belowMinimum(selection, selection.groups[kind], 'minPerGroup', `${kind} `)),
    ...wrongSize(selection, selection.constraints),
  ];
  const entries: Unmet[] = [];
  for (const rule of RULES) {
    for (const wonBy of RULES) {
      const names = failures
        .filter((failure) => failure.rule === rule && failure.wonBy === wonBy)
        .map(({ name }) => name);
      if (names.length > 0) entries.push({ rule, wonBy, count: names.length, names: names.slice(0, LISTED) });
    }
  }
  return entries;
}

function lostRecordings({ recordings, input }: Selection): Failure[] {
  return recordings.members.flatMap((clips, recording): Failure[] =>
    recordings.kept[recording]! < recordings.need[recording]!
      ? [{ rule: 'copies', wonBy: 'exclude', name: input.ids[clips[0]!]! }]
      : [],
  );
}

function overMaximum({ constraints, isKept }: Selection, family: Family, kind: string): Failure[] {
  return family.names.flatMap((name, set): Failure[] => {
    if (family.kept[set]! <= family.max) return [];
    const personal = family.members[set]!.filter((clip) => isKept[clip] && constraints.protect?.has(clip)).length;
    return [{ rule: 'maxPerGroup', wonBy: personal > family.max ? 'protect' : 'copies', name: `${kind} ${name}` }];
  });
}

function belowMinimum(
  selection: Selection,
  family: Family,
  rule: 'minPerLabel' | 'minPerGroup',
  prefix: string,
): Failure[] {
  const { isKept } = selection;
  return family.names.flatMap((name, set): Failure[] => {
    if (family.kept[set]! >= family.need[set]!) return [];
    const bars = family.members[set]!.filter((clip) => !isKept[clip]).map((clip) => barredBy(selection, clip));
    const isBarred = bars.every((bar) => bar === 'exclude' || bar === 'copies');
    const wonBy = !isBarred ? 'maxPerGroup' : bars.includes('copies') ? 'copies' : 'exclude';
    return [{ rule, wonBy, name: `${prefix}${name}` }];
  });
}

/** The clips that stand in the way of the wanted size, each with the first rule that holds or bars it. */
function wrongSize(selection: Selection, { size }: Constraints): Failure[] {
  const excess = size === undefined ? 0 : selection.size() - size;
  if (excess === 0) return [];
  return selection.input.ids.flatMap((name, clip): Failure[] => {
    if ((selection.isKept[clip] === 1) !== excess > 0) return [];
    const wonBy = excess > 0 ? heldBy(selection, clip, 'size') : barredBy(selection, clip);
    return wonBy === undefined ? [] : [{ rule: 'size', wonBy, name }];
  });
}

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
      return `${keep.length} clips stay, not as many as \`keep\` asks for: ${OPTION_OF[wonBy]} goes before it for ${counted(count)} (${listed}).`;
    return `${OPTION_OF[rule]} could not be met ${count} time${count === 1 ? '' : 's'}, because ${OPTION_OF[wonBy]} goes before it: ${listed}.`;
  });
}

/** The option behind a rule. */
const OPTION_OF: Readonly<Record<Rule, string>> = {
  protect: 'what `overrides` or `base` keeps',
  exclude: '`overrides` (remove)',
  copies: 'the rule that one of several copies stays (`duplicates`)',
  maxPerGroup: '`maxPerGroup.track`, `maxPerGroup.album` or `maxPerGroup.artist`',
  minPerLabel: '`minPerLabel`',
  minPerGroup: '`minPerGroup.track`, `minPerGroup.album` or `minPerGroup.artist`',
  size: '`keep`',
};
