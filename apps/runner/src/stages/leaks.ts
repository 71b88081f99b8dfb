import type { ClipGroups, Split } from '@refrain/core';

/** By what a split can give away another: equal files, equal samples, embeddings that nearly coincide, or a common origin. */
export const LEAK_KINDS = ['identical-file', 'identical-audio', 'near-identical', 'track', 'album', 'artist'] as const;

export type LeakKind = (typeof LEAK_KINDS)[number];

/** The pairs of splits that must not share anything. */
const SPLIT_PAIRS = [
  ['train', 'valid'],
  ['train', 'test'],
  ['valid', 'test'],
] as const satisfies readonly (readonly [Split, Split])[];

/** What is known of a clip. */
export interface LeakClip {
  readonly id: string;
  readonly split: Split;
  readonly contentHash?: string | undefined;
  readonly audioHash?: string | undefined;
  readonly groups?: ClipGroups | undefined;
}

/** Two clips whose embeddings nearly coincide, by their indices. */
export interface ClipPair {
  readonly i: number;
  readonly j: number;
  readonly similarity: number;
}

/** One thing that two splits share: a file, an audio, a track …, or a pair of clips that nearly coincide. */
export interface Leak {
  readonly kind: LeakKind;
  /** What is shared: a hash, or the name of a track, album or artist. Absent for `near-identical`. */
  readonly shared?: string;
  /** Cosine, for `near-identical`. */
  readonly similarity?: number;
  readonly splits: readonly [Split, Split];
  /** Ids of the clips of the first and of the second split. */
  readonly clips: readonly [readonly string[], readonly string[]];
}

/** What two splits share of one kind, summed up. */
export interface Sharing {
  readonly kind: LeakKind;
  readonly splits: readonly [Split, Split];
  /** Different things that are shared, or pairs. */
  readonly shared: number;
  /** Clips of the first and of the second split that have a share in it. */
  readonly clips: readonly [number, number];
}

/** A clip's key for a kind: equal keys are the same thing. */
const KEYS: Readonly<Record<Exclude<LeakKind, 'near-identical'>, (clip: LeakClip) => string | undefined>> = {
  'identical-file': (clip) => clip.contentHash,
  'identical-audio': (clip) => clip.audioHash,
  track: (clip) => clip.groups?.track,
  album: (clip) => clip.groups?.album,
  artist: (clip) => clip.groups?.artist,
};

/** The kinds for which something is known of at least one clip; `near-identical` where there are pairs to look at, even none. */
export function knownKinds(clips: readonly LeakClip[], pairs: readonly ClipPair[] | undefined): LeakKind[] {
  return LEAK_KINDS.filter((kind) =>
    kind === 'near-identical' ? pairs !== undefined : clips.some((clip) => KEYS[kind](clip) !== undefined),
  );
}

/** Everything that two splits share: by kind, then pair of splits, then the order of the clips. */
export function findLeaks(clips: readonly LeakClip[], pairs: readonly ClipPair[] = []): Leak[] {
  return LEAK_KINDS.flatMap((kind) =>
    kind === 'near-identical' ? leakingPairs(clips, pairs) : sharedKeys(clips, kind, KEYS[kind]),
  );
}

/** The sums of `leaks` for each kind in `kinds` and each pair of splits, those that share nothing included. */
export function summarize(leaks: readonly Leak[], kinds: readonly LeakKind[]): Sharing[] {
  return kinds.flatMap((kind) =>
    SPLIT_PAIRS.map((splits) => {
      const own = leaks.filter((leak) => leak.kind === kind && leak.splits === splits);
      const distinct = (side: 0 | 1) => new Set(own.flatMap((leak) => leak.clips[side])).size;
      return { kind, splits, shared: own.length, clips: [distinct(0), distinct(1)] as const };
    }),
  );
}

function sharedKeys(clips: readonly LeakClip[], kind: LeakKind, keyOf: (clip: LeakClip) => string | undefined): Leak[] {
  const bySplit = new Map<string, Record<Split, string[]>>();
  for (const clip of clips) {
    const key = keyOf(clip);
    if (key === undefined) continue;
    if (!bySplit.has(key)) bySplit.set(key, { train: [], valid: [], test: [] });
    bySplit.get(key)![clip.split].push(clip.id);
  }
  return SPLIT_PAIRS.flatMap((splits) =>
    [...bySplit].flatMap(([shared, ids]) => {
      const both = [ids[splits[0]], ids[splits[1]]] as const;
      return both.every((side) => side.length > 0) ? [{ kind, shared, splits, clips: both }] : [];
    }),
  );
}

function leakingPairs(clips: readonly LeakClip[], pairs: readonly ClipPair[]): Leak[] {
  return SPLIT_PAIRS.flatMap((splits) =>
    pairs.flatMap(({ i, j, similarity }): Leak[] => {
      const [first, second] = [clips[i]!, clips[j]!];
      const inOrder = first.split === splits[0] ? [first, second] : [second, first];
      if (inOrder[0]!.split !== splits[0] || inOrder[1]!.split !== splits[1]) return [];
      return [{ kind: 'near-identical', similarity, splits, clips: [[inOrder[0]!.id], [inOrder[1]!.id]] }];
    }),
  );
}
