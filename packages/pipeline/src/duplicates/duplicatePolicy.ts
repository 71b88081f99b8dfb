import {
  type ClusterPruning,
  indicesBy,
  type PruneInput,
  type Pruning,
  type PruningRule,
  type Removal,
  roundHalfUp,
  rowsFirst,
  sharedZeros,
  takeRows,
  withRowsFirst,
} from '@refrain/core';
import { bestProof, clustersOf, neededBy, reachBy, similarityOf, withWorstPartner } from '@refrain/core/pruning';
import type { DuplicatePolicy } from '../options/pruning.ts';
import { type GoneCopy, type KeepOneRules, keepOneOfEach } from './keepOne.ts';

/** The clips that a strategy chooses from, and what is settled before. */
export interface Division {
  /** Where rows are not copied, its embeddings, and those of copies beside it, are the whole's as they lie: `withPart` brings them together. */
  readonly part: PruneInput;
  /** Index of each clip of the part in the whole, ascending. */
  readonly indices: Uint32Array;
  /** Copies that go. */
  readonly gone: readonly GoneCopy[];
  /** Clips that stay without the strategy, ascending. */
  readonly kept: readonly number[];
}

/** A pruning of the whole, with the copies that went first. */
export interface Reunited extends Pruning {
  /** For each copy that went, the clip that stayed for it when the strategy began: it may have gone since. */
  readonly copyOf: ReadonlyMap<number, number>;
}

/** Divides the clips by the policy. A wanted share stays one of the whole, as far as the rest can meet it. Rows are copied unless they are `inPlace`. */
export function divide(whole: PruneInput, policy: DuplicatePolicy, rules: KeepOneRules, inPlace = false): Division {
  const { duplicateSet, keepFraction, ids } = whole;
  const gone = policy === 'one' && duplicateSet !== undefined ? keepOneOfEach({ duplicateSet }, whole, rules) : [];
  const kept = policy === 'keep' ? [...ids.keys()].filter((clip) => (duplicateSet?.[clip] ?? -1) >= 0) : [];
  const outside = new Set([...gone.map(({ index }) => index), ...kept]);
  const indices = Uint32Array.from(ids.keys()).filter((clip) => !outside.has(clip));
  if (outside.size === 0) return { part: whole, indices, gone, kept };
  const placeOf = new Map(Array.from(indices, (index, place) => [index, place]));
  const rowsOf = (some: ArrayLike<number>) =>
    inPlace ? whole.embeddings : takeRows(whole.embeddings, some, sharedZeros);
  const part = { ...takeClips(whole, indices, placeOf), embeddings: rowsOf(indices) };
  const copies = {
    of: Uint32Array.from(gone, ({ partner }) => placeOf.get(partner)!),
    embeddings: rowsOf(gone.map(({ index }) => index)),
  };
  const share = keepFraction === undefined ? undefined : shareOfPart(keepFraction, ids.length, kept.length, indices);
  return {
    part: {
      ...part,
      beside: { kept: kept.length, gone: gone.length, copies },
      ...(share !== undefined && { keepFraction: share }),
    },
    indices,
    gone,
    kept,
  };
}

function shareOfPart(share: number, count: number, kept: number, { length }: Uint32Array): number {
  const wanted = roundHalfUp(share * count) - kept;
  return length === 0 ? 1 : Math.max(0, Math.min(1, wanted / length));
}

/**
 * What `work` gives for a part whose rows are not copied: they are brought together at the front of the whole's meanwhile. Nobody else may look at the
 * whole's until then.
 */
export function withPart<T>(
  { embeddings }: Pick<PruneInput, 'embeddings'>,
  division: Division,
  work: (part: PruneInput) => Promise<T>,
): Promise<T> {
  const { part, indices, gone } = division;
  // Nothing stands beside a part that is the whole.
  if (part.beside === undefined) return work(part);
  const { beside } = part;
  return withRowsFirst(embeddings, rowOrder(division), () => {
    const { cols } = embeddings;
    const between = (start: number, rows: number) => ({
      data: embeddings.data.subarray(start * cols, (start + rows) * cols),
      rows,
      cols,
    });
    return work({
      ...part,
      embeddings: between(0, indices.length),
      beside: { ...beside, copies: { ...beside.copies, embeddings: between(indices.length, gone.length) } },
    });
  });
}

/** What a strategy chooses of a part whose rows are not copied. They are brought together again each time it is asked for another choice. */
export async function chooseInPlace(
  whole: Pick<PruneInput, 'embeddings'>,
  division: Division,
  choose: (part: PruneInput) => Promise<Pruning>,
): Promise<Pruning> {
  const pruning = await withPart(whole, division, choose);
  const { sweep } = pruning;
  if (sweep === undefined || division.part.beside === undefined) return pruning;
  return { ...pruning, sweep: (values) => sweptInPlace(sweep(values), whole.embeddings, rowOrder(division)) };
}

/** The clips of the part, the copies beside it, and those that stay. */
function rowOrder({ indices, gone, kept }: Division): number[] {
  return [...indices, ...gone.map(({ index }) => index), ...kept];
}

function* sweptInPlace<T>(
  swept: Iterable<T>,
  embeddings: PruneInput['embeddings'],
  order: readonly number[],
): Generator<T> {
  const iterator = swept[Symbol.iterator]();
  for (;;) {
    const { putBack } = rowsFirst(embeddings, order);
    const { done, value } = nextOf(iterator, putBack);
    if (done === true) return;
    yield value;
  }
}

function nextOf<T>(iterator: Iterator<T>, after: () => void): IteratorResult<T> {
  try {
    return iterator.next();
  } finally {
    after();
  }
}

/** The clips at `indices` as an input of their own, but for their rows. */
function takeClips(whole: PruneInput, indices: Uint32Array, placeOf: ReadonlyMap<number, number>): PruneInput {
  const { ids, clustering, reliability, duplicateSet, audioIdentity, sameRecording, excluded } = whole;
  const { priority, groups, labels } = whole;
  const list = <T>(values: readonly T[]) => Array.from(indices, (index) => values[index]!);
  const same = [...(sameRecording ?? [])].flatMap(([clip, others]) => {
    const place = placeOf.get(clip);
    return place === undefined ? [] : [[place, others.flatMap((other) => placeOf.get(other) ?? [])] as const];
  });
  return {
    ...whole,
    ids: list(ids),
    clustering: {
      ...clustering,
      labels: Int32Array.from(indices, (index) => clustering.labels[index]!),
      probabilities: Float32Array.from(indices, (index) => clustering.probabilities[index]!),
    },
    ...(reliability && { reliability: Float64Array.from(indices, (index) => reliability[index]!) }),
    ...(duplicateSet && { duplicateSet: Int32Array.from(indices, (index) => duplicateSet[index]!) }),
    ...(audioIdentity && { audioIdentity: Int32Array.from(indices, (index) => audioIdentity[index]!) }),
    ...(sameRecording && { sameRecording: new Map(same) }),
    ...(excluded && { excluded: Uint8Array.from(indices, (index) => excluded[index]!) }),
    ...(priority && { priority: Float64Array.from(indices, (index) => priority[index]!) }),
    ...(groups && { groups: list(groups) }),
    ...(labels && { labels: list(labels) }),
  };
}

/** The strategy's choice as one of the whole. A copy whose clip went too is proved by what that clip's group kept, at that clip's θ. */
export function reunite(whole: PruneInput, { indices, gone, kept, part }: Division, pruning: Pruning): Reunited {
  if (part === whole) return { ...pruning, copyOf: new Map() };
  const group = new Int32Array(whole.ids.length).fill(-1);
  for (const [place, index] of indices.entries()) group[index] = pruning.group[place]!;
  for (const { index, partner } of gone) group[index] = group[partner]!;
  const keep = withKept(pruning.keep, indices, kept);
  const { sweep, ...others } = pruning;
  const found = { ...others, keep, group, rule: ruleOfWhole(whole, { indices, gone }, pruning.rule) };
  const allRemoved = (some: readonly Removal[], keep: Uint32Array) => {
    const own = some.map((removal) => {
      return { ...removal, index: indices[removal.index]!, partner: indices[removal.partner]! };
    });
    const copies = removalsOfCopies(whole, gone, { ...found, keep }, own);
    return [...own, ...copies].sort((a, b) => a.index - b.index);
  };
  const removed = allRemoved(pruning.removed, keep);
  const alternatives = pruning.alternatives?.map((one) => ({ ...one, keep: withKept(one.keep, indices, kept) }));
  return {
    ...found,
    removed,
    clusters: clustersOfWhole(whole, pruning.clusters, keep),
    decisions: withWorstPartner(found, removed),
    ...(alternatives && { alternatives }),
    ...(sweep && {
      *sweep(values: readonly number[]) {
        for (const at of sweep(values)) {
          const keep = withKept(at.keep, indices, kept);
          yield { ...at, keep, removed: allRemoved(at.removed, keep) };
        }
      },
    }),
    copyOf: new Map(gone.map(({ index, partner }) => [index, partner])),
  };
}

/** The rule for all clips: a copy that went has the θ of the clip that stayed for it, one that stays in any case lets nothing go. */
function ruleOfWhole(
  { ids }: PruneInput,
  { indices, gone }: Pick<Division, 'indices' | 'gone'>,
  rule: PruningRule,
): PruningRule {
  if (rule.kind === 'none' || rule.kind === 'constant') return rule;
  const perClip = (values: Float64Array, otherwise: number) => {
    const all = new Float64Array(ids.length).fill(otherwise);
    for (const [place, index] of indices.entries()) all[index] = values[place]!;
    for (const { index, partner } of gone) all[index] = all[partner]!;
    return all;
  };
  if (rule.kind !== 's-norm') return { kind: rule.kind, thetas: perClip(rule.thetas, Infinity) };
  return {
    ...rule,
    ...(rule.reliability && { reliability: perClip(rule.reliability, 1) }),
    means: perClip(rule.means, Infinity),
    deviations: perClip(rule.deviations, 1),
  };
}

function withKept(keep: Uint32Array, indices: Uint32Array, kept: readonly number[]): Uint32Array {
  return Uint32Array.from([...Array.from(keep, (place) => indices[place]!), ...kept]).sort();
}

function removalsOfCopies(
  whole: PruneInput,
  gone: readonly GoneCopy[],
  { keep, group, rule }: Pick<Pruning, 'keep' | 'group' | 'rule'>,
  own: readonly Removal[],
): Removal[] {
  const isKept = new Set(keep);
  const removalOf = new Map(own.map((removal) => [removal.index, removal]));
  const keptOfGroup = indicesBy(Array.from(group, (own, clip) => (own >= 0 && isKept.has(clip) ? own : undefined)));
  return gone.map(({ index, ...proof }): Removal => {
    const where = { index, cluster: whole.clustering.labels[index]!, group: group[index]! };
    if (isKept.has(proof.partner)) return { ...where, ...proof };
    // The clip that stayed for it went as well.
    const { partner, level } = removalOf.get(proof.partner)!;
    // What does not stand for that clip does not stand for its copy either, unless as another copy.
    const needed = (other: number) => (level === 'unsupported' ? Infinity : neededBy(rule, index, other));
    const candidates = [partner, ...(keptOfGroup.get(group[index]!) ?? [])].sort((a, b) => a - b);
    const reach = (other: number, similarity: number) => reachBy(rule, index, other, similarity);
    const found = bestProof(whole, index, candidates, needed, reach);
    if (found !== undefined) return { ...where, ...found };
    const similarity = similarityOf(whole.embeddings, index, partner);
    return { ...where, level: 'unsupported', partner, similarity };
  });
}

/** The clusters with all their clips; those of which the strategy saw none are as it leaves noise alone. */
function clustersOfWhole(
  { clustering: { labels } }: PruneInput,
  clusters: readonly ClusterPruning[],
  keep: Uint32Array,
): ClusterPruning[] {
  const isKept = new Set(keep);
  const known = new Map(clusters.map((cluster) => [cluster.label, cluster]));
  const alone = { groups: 0, divergenceBefore: 0, divergenceAfter: 0 };
  return [...clustersOf(labels)]
    .sort(([a], [b]) => a - b)
    .map(([label, members]) => {
      const kept = members.filter((clip) => isKept.has(clip)).length;
      return { ...alone, ...known.get(label), label, size: members.length, kept };
    });
}
