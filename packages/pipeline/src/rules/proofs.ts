import {
  indicesBy,
  type Matrix,
  type NearestQuery,
  type Pruning,
  type Removal,
  type SimilarityKernel,
  takeRows,
} from '@refrain/core';
import { bestProof, copyProof, keptCopies, neededBy, type Proof, reachBy, similarityOf } from '@refrain/core/pruning';
import type { ConstraintInput } from './constraints.ts';

/**
 * Why each clip that is not kept could go, ascending by index. What was said before stands wherever nothing changed in the clip's redundancy group
 * and duplicate set. Otherwise the kept clip of these that proves it most surely is named. Where none does, the nearest of all kept clips is named, as
 * `unsupported` unless it is a copy.
 */
export async function removalsOf(
  input: ConstraintInput,
  pruning: Pruning,
  isKept: Uint8Array,
  nearest: NearestKept,
): Promise<Removal[]> {
  const { group, rule } = pruning;
  const was = new Map(pruning.removed.map((removal) => [removal.index, removal]));
  const added = pruning.removed.filter(({ index }) => isKept[index]);
  const changed = new Set(pruning.keep.filter((clip) => !isKept[clip]).map((clip) => group[clip]!));
  for (const { index } of added) changed.add(group[index]!);
  const keptOf = indicesBy(
    Array.from(group, (own, clip) => (own >= 0 && isKept[clip] && changed.has(own) ? own : undefined)),
  );
  const keptInSetOf = keptCopies(input, isKept);
  const removed: Removal[] = [];
  for (const [index, kept] of isKept.entries()) {
    if (kept) continue;
    const old = was.get(index);
    const isUntouched =
      group[index]! < 0 || old?.level === 'unsupported' ? added.length === 0 : !changed.has(group[index]!);
    if (old !== undefined && isUntouched && isKept[old.partner]) {
      removed.push(old);
      continue;
    }
    const candidates = [...(keptOf.get(group[index]!) ?? []), ...keptInSetOf(index)].sort((a, b) => a - b);
    const proof =
      bestProof(
        input,
        index,
        candidates,
        (partner) => neededBy(rule, index, partner),
        (partner, similarity) => reachBy(rule, index, partner, similarity),
      ) ?? (await proofByNearest(input, index, nearest));
    removed.push({ index, cluster: input.clustering.labels[index]!, group: group[index]!, ...proof });
  }
  return removed;
}

async function proofByNearest(input: ConstraintInput, index: number, nearest: NearestKept): Promise<Proof> {
  const found = await nearest.of(index);
  return copyProof(input, index, found.partner) ?? { level: 'unsupported', ...found };
}

/** How many kept clips are looked up at a time: the next one stands in when the nearest goes. */
const DEPTH = 8;

/** Where a list that grows by new clips is cut. */
const LONGEST = 4 * DEPTH;

/** The most similar kept clip of another. */
interface Nearest {
  /** Its index; −1 where no other clip is kept. */
  readonly partner: number;
  /** In float64 on the grid; −Infinity without a partner. */
  readonly similarity: number;
}

const NOTHING: Nearest = { partner: -1, similarity: -Infinity };

/** Kept clips by falling similarity, then by rising index. Kept clips that are not in it come after `last`; without it there are none. */
interface List {
  readonly near: Nearest[];
  last: Nearest | undefined;
  /** How many of the additions are in it. */
  seen: number;
}

/** Answers which kept clip is nearest, while clips come and go. */
export interface NearestKept {
  /** The most similar kept clip other than `clip` itself, whether that is kept or not; ties by lower index. */
  of(clip: number): Promise<Nearest>;
  /** Must be told of every clip that is kept anew. Clips that go are seen in `isKept`. */
  added(clip: number): void;
}

/**
 * The nearest kept clips of `embeddings` under the mask `isKept`, which the caller goes on changing. A kernel proposes a few candidates
 * for all clips of a kind at once, float64 decides between them. A kernel call is made again only for clips whose candidates have all
 * gone.
 */
export function nearestKept(
  embeddings: Matrix,
  isKept: Uint8Array,
  kernel: SimilarityKernel,
  signal?: AbortSignal,
): NearestKept {
  const lists = new Map<number, List>();
  const additions: number[] = [];
  const current = (clip: number): Nearest | undefined => {
    const list = lists.get(clip);
    const nearest = list?.near.find(({ partner }) => isKept[partner]);
    if (nearest !== undefined) return nearest;
    return list !== undefined && list.last === undefined ? NOTHING : undefined;
  };
  return {
    async of(clip) {
      signal?.throwIfAborted();
      // Only now: most lists are never asked again.
      const list = lists.get(clip);
      for (; list !== undefined && list.seen < additions.length; list.seen++) {
        const other = additions[list.seen]!;
        if (other !== clip) insert(list, other, similarityOf(embeddings, clip, other));
      }
      const known = current(clip);
      if (known !== undefined) return known;
      const alike = Uint32Array.from(isKept.keys()).filter((i) => isKept[i] === isKept[clip] && !current(i));
      const found = await nearestOf(embeddings, isKept, alike, kernel, signal);
      for (const [at, i] of alike.entries()) lists.set(i, listOf(embeddings, i, found[at]!, additions.length));
      return current(clip)!;
    },
    added(clip) {
      additions.push(clip);
    },
  };
}

function listOf(embeddings: Matrix, clip: number, partners: readonly number[], seen: number): List {
  const near = partners.map((partner) => ({ partner, similarity: similarityOf(embeddings, clip, partner) }));
  near.sort(byNearness);
  return { near, last: near.length < DEPTH ? undefined : near.at(-1), seen };
}

function insert(list: List, partner: number, similarity: number): void {
  const { near, last } = list;
  const entry = { partner, similarity };
  // After the last one there may be nearer clips that are not in the list; a clip that comes back is in it already.
  if ((last !== undefined && byNearness(last, entry) < 0) || near.some((other) => other.partner === partner)) return;
  const place = near.findIndex((other) => byNearness(entry, other) < 0);
  near.splice(place < 0 ? near.length : place, 0, entry);
  if (near.length <= LONGEST) return;
  near.length = LONGEST;
  list.last = near.at(-1);
}

function byNearness(a: Nearest, b: Nearest): number {
  return b.similarity - a.similarity || a.partner - b.partner;
}

/** The kept clips nearest to each of `rows`, all of which are kept, or none. */
async function nearestOf(
  embeddings: Matrix,
  isKept: Uint8Array,
  rows: Uint32Array,
  kernel: SimilarityKernel,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const query = { k: DEPTH, ...(signal && { signal }) };
  // Two components, kept and removed: the neighbours of a removed clip are then kept ones.
  if (!isKept[rows[0]!]) return neighbours(embeddings, { ...query, rows, component: Int32Array.from(isKept) }, kernel);
  const kept = Uint32Array.from(isKept.keys()).filter((i) => isKept[i]);
  const placeOf = new Map(Array.from(kept, (clip, place) => [clip, place]));
  const places = { ...query, rows: rows.map((clip) => placeOf.get(clip)!) };
  const found = await neighbours(takeRows(embeddings, kept), places, kernel);
  return found.map((own) => own.map((place) => kept[place]!));
}

async function neighbours(points: Matrix, query: NearestQuery, kernel: SimilarityKernel): Promise<number[][]> {
  const loaded = await kernel.load(points);
  try {
    const { indices } = await loaded.nearest(query);
    return Array.from({ length: indices.length / DEPTH }, (_, row) =>
      Array.from(indices.subarray(row * DEPTH, (row + 1) * DEPTH)).filter((index) => index >= 0),
    );
  } finally {
    await loaded.close();
  }
}
