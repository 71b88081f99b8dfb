import type { PruningPage, RuleRecord } from '@refrain/pruned-dataset';
import type { Overrides } from '../decisions/overrides.ts';

/** A removed clip in the list. */
export interface Row {
  /** Places in the columns of clips. */
  readonly clip: number;
  readonly partner: number;
  /** Place in the columns of removals. */
  readonly removal: number;
  /** How far above what the rule asks it is, as a quotient, 1 at the edge; infinite where nothing is asked. */
  readonly margin: number;
}

/** The removed clips, those together for which one clip stays, borderline first: by the smallest margin of each clip that stays, then by its own. */
export function borderlineFirst(page: PruningPage): readonly Row[] {
  const { removals } = page;
  const rows = removals.clip.map(
    (clip, i): Row => ({
      clip,
      partner: removals.partner[i]!,
      removal: i,
      // Of copies a cosine of 1 was asked, which would put the surest of all at the edge.
      margin:
        removals.level[i] === 'identical'
          ? Number.POSITIVE_INFINITY
          : marginOf(removals.similarity[i]!, removals.theta[i]!, removals.z[i]!, page.rule),
    }),
  );
  const least = new Map<number, number>();
  for (const { partner, margin } of rows) least.set(partner, Math.min(margin, least.get(partner) ?? margin));
  return rows.sort(
    (a, b) =>
      compare(least.get(a.partner)!, least.get(b.partner)!) ||
      a.partner - b.partner ||
      compare(a.margin, b.margin) ||
      a.clip - b.clip,
  );
}

// Infinite ones are equal, which a difference would not say.
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function marginOf(similarity: number, theta: number | null, z: number | null, rule: RuleRecord): number {
  const asked = askedScore(rule, z);
  const quotients = [
    theta !== null && theta > 0 ? similarity / theta : Number.POSITIVE_INFINITY,
    z !== null && asked !== undefined && asked > 0 ? z / asked : Number.POSITIVE_INFINITY,
  ];
  return Math.min(...quotients);
}

/** What the score `z` had to reach; undefined where no score is asked for. */
export function askedScore(rule: RuleRecord, z: number | null): number | undefined {
  return rule.kind === 's-norm' && z !== null ? rule.tau : undefined;
}

/** What the list is narrowed to; an empty text stands for all. */
export interface Filter {
  /** In names and labels, without regard to case. */
  readonly search: string;
  readonly level: string;
  readonly cluster: string;
  readonly label: string;
  /** `decided` or `undecided`. */
  readonly decision: string;
  /** Clips that were lassoed on the map. */
  readonly lasso?: ReadonlySet<number>;
}

export const NO_FILTER: Filter = { search: '', level: '', cluster: '', label: '', decision: '' };

/** The rows that fit. */
export function filtered(
  rows: readonly Row[],
  page: PruningPage,
  filter: Filter,
  overrides: Overrides,
): readonly Row[] {
  const { clips, removals } = page;
  const search = filter.search.trim().toLocaleLowerCase();
  const label = filter.label === '' ? undefined : clips.labelNames.indexOf(filter.label);
  const text = (place: number) =>
    [clips.id[place], clips.path[place], ...clips.labels[place]!.map((name) => clips.labelNames[name])]
      .join('\n')
      .toLocaleLowerCase();
  return rows.filter(
    ({ clip, partner, removal }) =>
      (filter.level === '' || removals.level[removal] === filter.level) &&
      (filter.cluster === '' || String(clips.cluster[clip]) === filter.cluster) &&
      (label === undefined || clips.labels[clip]!.includes(label)) &&
      (filter.decision === '' || overrides.has(clips.id[clip]!) === (filter.decision === 'decided')) &&
      (filter.lasso === undefined || filter.lasso.has(clip) || filter.lasso.has(partner)) &&
      (search === '' || text(clip).includes(search) || text(partner).includes(search)),
  );
}

/** Labels of both clips, and of one of them alone. */
export function labelDifference(
  page: PruningPage,
  { clip, partner }: Row,
): {
  readonly both: readonly string[];
  readonly onlyRemoved: readonly string[];
  readonly onlyKept: readonly string[];
} {
  const [removed, kept] = [clip, partner].map((place) => page.clips.labels[place]!) as [
    readonly number[],
    readonly number[],
  ];
  const named = (labels: readonly number[]) => labels.map((label) => page.clips.labelNames[label]!);
  return {
    both: named(removed.filter((label) => kept.includes(label))),
    onlyRemoved: named(removed.filter((label) => !kept.includes(label))),
    onlyKept: named(kept.filter((label) => !removed.includes(label))),
  };
}
