import { indicesBy, type Matrix, type PruneInput, type Removal, rowOf } from '@refrain/core';
import { bestProof, copyProof, type ProofFacts } from '@refrain/core/pruning';
import type { Duplicates } from './findDuplicates.ts';

/** What decides which copy of a set stays. */
export interface KeepOneRules {
  /** Clips that stay whatever else, and clips that go. */
  readonly protect?: ReadonlySet<number>;
  readonly exclude?: ReadonlySet<number>;
  /** The clip with the higher number stays rather. */
  readonly priority?: Float64Array;
}

/** A clip that went because another one stays that is a copy of it; `Removal.group` and `cluster` are not known here. */
export type GoneCopy = Pick<Removal, 'index' | 'level' | 'partner' | 'similarity' | 'theta'>;

/**
 * The clips that go so that one of every duplicate set stays, ascending, each with the one that stays for it. Of a set that one stays which proves
 * most of the others: by definition there is one that proves all, and mostly several do. Among those the more preferred one stays, then the one
 * most like the others (mean similarity on the grid), then the first. Protected clips all stay. Excluded ones never stand for others; where a
 * whole set is excluded, one is left for whoever takes it out.
 */
export function keepOneOfEach(
  { duplicateSet }: Pick<Duplicates, 'duplicateSet'>,
  facts: ProofFacts,
  rules: KeepOneRules = {},
): GoneCopy[] {
  const sets = indicesBy(Array.from(duplicateSet, (set) => (set < 0 ? undefined : set)));
  const gone = [...sets.values()].flatMap((members) => goneOf(members, facts, rules));
  return gone.sort((a, b) => a.index - b.index);
}

function goneOf(members: readonly number[], facts: ProofFacts, rules: KeepOneRules): GoneCopy[] {
  const { protect = new Set(), exclude = new Set() } = rules;
  const proofOf = (clip: number, kept: readonly number[]) => bestProof(facts, clip, kept, () => 1);
  const allowed = members.filter((clip) => !exclude.has(clip));
  const candidates = inOrder(allowed.length > 0 ? allowed : members, facts.embeddings, rules.priority);
  const kept = members.filter((clip) => protect.has(clip));
  for (;;) {
    const open = new Set(members.filter((clip) => !kept.includes(clip) && proofOf(clip, kept) === undefined));
    const next = standsForMost(
      candidates.filter((clip) => open.has(clip)),
      open,
      (clip, other) => copyProof(facts, clip, other) !== undefined,
    );
    if (next === undefined) break;
    kept.push(next);
  }
  const stays = new Set(kept);
  return members.flatMap((index) => {
    if (stays.has(index)) return [];
    const proof = proofOf(index, kept);
    // An excluded clip that nothing proves goes by its owner's word, later.
    return proof === undefined ? [] : [{ index, ...proof }];
  });
}

/** The first candidate that proves all open clips, or else the first of those that prove most. */
function standsForMost(
  candidates: readonly number[],
  open: ReadonlySet<number>,
  proves: (clip: number, by: number) => boolean,
): number | undefined {
  let best: { readonly clip: number; readonly count: number } | undefined;
  for (const clip of candidates) {
    let count = 0;
    for (const other of open) if (other === clip || proves(other, clip)) count++;
    if (best === undefined || count > best.count) best = { clip, count };
    if (count === open.size) break;
  }
  return best?.clip;
}

/** The more preferred first, then those most like all of them together, then by index. */
function inOrder(clips: readonly number[], embeddings: Matrix, priority: PruneInput['priority']): number[] {
  const sum = new Float64Array(embeddings.cols);
  for (const clip of clips) {
    const row = rowOf(embeddings, clip);
    for (let k = 0; k < row.length; k++) sum[k]! += row[k]!;
  }
  const likeness = new Map(
    clips.map((clip) => {
      const row = rowOf(embeddings, clip);
      let product = 0;
      for (let k = 0; k < row.length; k++) product += row[k]! * sum[k]!;
      return [clip, Math.round((product / clips.length) * 1e6)];
    }),
  );
  const preferred = (clip: number) => priority?.[clip] ?? 0;
  return clips.toSorted((a, b) => preferred(b) - preferred(a) || likeness.get(b)! - likeness.get(a)! || a - b);
}
