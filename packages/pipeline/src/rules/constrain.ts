import { type ClusterPruning, GROUP_KINDS, indicesBy, type Pruning, type SimilarityKernel } from '@refrain/core';
import {
  clustersOf,
  compareKeys,
  type Divergences,
  divergencesOf,
  type SortKey,
  withWorstPartner,
} from '@refrain/core/pruning';
import type { ConstraintReport } from '@refrain/pruned-dataset';
import { asksNothing, type ConstraintInput, type Constraints, refuseImpossible } from './constraints.ts';
import { type NearestKept, nearestKept, removalsOf } from './proofs.ts';
import { reportOn } from './report.ts';
import { addClip, byPriority, type Family, type Selection, selectionOf } from './selection.ts';
import { forcePersonal, lowerToMaximum, meetSize, raiseToMinimum, restoreCopies } from './steps.ts';

/** A pruning in which the constraints hold as far as they can, and what that took. */
export interface Constrained extends Pruning {
  readonly report: ConstraintReport;
}

/**
 * Repairs what a strategy chose until the constraints hold. Where they contradict each other, the earlier of `RULES` wins and the report says
 * so. The steps are greedy and deterministic; none breaks what an earlier one reached.
 *
 * What is certain: protected clips stay and excluded ones go. A recording of which the strategy kept a copy loses all of them only if all are
 * excluded. A group exceeds its maximum only by protected clips and by last copies for which no other place was found. Without maxima every
 * label and group has its minimum, or all clips that are not excluded; with maxima, one below its minimum can't be helped by any single clip,
 * and the greedy exchange of one clip of each full group for it finds none either. (Cleverer exchanges are not tried: the problem contains
 * set packing and set cover.) Too many kept clips means that each is needed by a rule, too few that each removed one is barred. Where every
 * album lies within one artist, every track within one album, no label has a minimum and no recording has copies, all rules hold if any
 * choice meets them.
 *
 * Without any rule the pruning is returned as it is. Its alternatives are the strategy's own, without the constraints. Divergences of changed clusters are measured anew where the strategy names its `t`.
 * Throws what `refuseImpossible` throws; rejects with the signal's reason.
 */
export async function constrain(
  input: ConstraintInput,
  pruning: Pruning,
  constraints: Constraints,
  kernel: SimilarityKernel,
  signal?: AbortSignal,
): Promise<Constrained> {
  refuseImpossible(input, constraints);
  if (asksNothing(constraints) || input.ids.length === 0) return { ...pruning, report: reportOn(pruning) };
  const selection = selectionOf(input, constraints, pruning.keep);
  const nearest = nearestKept(input.embeddings, selection.isKept, kernel, signal);
  await choose(selection, nearest);
  const removed = await removalsOf(input, pruning, selection.isKept, nearest);
  return {
    ...pruning,
    keep: Uint32Array.from(selection.isKept.keys()).filter((clip) => selection.isKept[clip]),
    removed,
    clusters: clustersAfter(pruning, input, selection.isKept),
    decisions: withWorstPartner(pruning, removed),
    report: reportOn({ keep: pruning.keep, removed }, selection),
  };
}

async function choose(selection: Selection, nearest: NearestKept): Promise<void> {
  const { labels, groups, constraints } = selection;
  const families = GROUP_KINDS.map((kind) => groups[kind]);
  forcePersonal(selection);
  restoreCopies(selection);
  await lowerToMaximum(selection, nearest);
  // Each step may make room for an earlier one, and each further round leaves fewer labels and groups lacking.
  let before: SortKey;
  let after: SortKey = [Infinity, Infinity];
  do {
    before = after;
    await raiseToMinimum(selection, [labels], 'minPerLabel', nearest);
    await raiseToMinimum(selection, families, 'minPerGroup', nearest);
    if (constraints.size !== undefined) await meetSize(selection, constraints.size, nearest);
    after = [lackingIn([labels]), lackingIn(families)];
  } while (compareKeys(after, before) < 0 && compareKeys(after, [0, 0]) > 0);
  if (selection.size() === 0) keepOne(selection);
}

function lackingIn(families: readonly Family[]): number {
  const lacking = families.flatMap(({ kept, need }) =>
    Array.from(need, (count, set) => Math.max(0, count - kept[set]!)),
  );
  return lacking.reduce((sum, count) => sum + count, 0);
}

/** Where all that the strategy kept is excluded, something has to stand for the rest: the preferred clip, then the first. */
function keepOne(selection: Selection): void {
  const { isKept, constraints } = selection;
  const allowed = Array.from(isKept.keys()).filter((clip) => !constraints.exclude?.has(clip));
  addClip(selection, allowed.sort(byPriority(selection))[0]!, 'exclude');
}

function clustersAfter(
  { clusters, group, clusterOfGroup, decisions, keep }: Pruning,
  { clustering: { labels } }: ConstraintInput,
  isKept: Uint8Array,
): ClusterPruning[] {
  const wasKept = new Set(keep);
  const members = clustersOf(labels);
  const belonging = clusterOfGroup === undefined ? members : clustersOf(owners(group, clusterOfGroup));
  const isUnchanged = (clip: number) => wasKept.has(clip) === (isKept[clip] === 1);
  return clusters.map((cluster) => {
    const clips = members.get(cluster.label) ?? new Uint32Array();
    const own = belonging.get(cluster.label) ?? new Uint32Array();
    if (clips.every(isUnchanged) && own.every(isUnchanged)) return cluster;
    const kept = clips.reduce((sum, clip) => sum + isKept[clip]!, 0);
    const { t } = decisions;
    if (cluster.groups === 0 || typeof t !== 'number') return { ...cluster, kept };
    return { ...cluster, kept, ...divergencesAfter(own, group, isKept, t) };
  });
}

/** The cluster that each clip's group belongs to; −2 for clips of no group. */
function owners(group: Int32Array, clusterOfGroup: Int32Array): Int32Array {
  return group.map((own) => clusterOfGroup[own] ?? -2);
}

function divergencesAfter(clips: Uint32Array, group: Int32Array, isKept: Uint8Array, t: number): Divergences {
  const groups = [...indicesBy(Array.from(clips, (clip) => group[clip]!)).values()];
  return divergencesOf(
    t,
    groups.map(({ length }) => length),
    groups.map((places) => places.reduce((sum, place) => sum + isKept[clips[place]!]!, 0)),
  );
}
