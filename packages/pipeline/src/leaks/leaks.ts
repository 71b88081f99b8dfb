import { type ClipGroups, ConfigError, type Dataset, indicesBy, type Split } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import type { ComparedClip, FoundCopies } from '../duplicates/comparedClips.ts';
import type { CopyPair } from '../duplicates/copies.ts';
import type { EmbeddedClip } from '../embed/embed.ts';

/** By what a split can give away another: equal files, equal samples, one acoustic fingerprint, embeddings that nearly coincide, or a common origin. */
const LEAK_KINDS = [
  ...(['identical-file', 'identical-audio', 'same-recording', 'near-identical'] as const),
  ...(['track', 'album', 'artist'] as const),
] as const;

/** A kind of thing that splits share. */
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
  /** Names of its classes. */
  readonly labels?: readonly string[];
}

/** One thing that two splits share: a file, an audio, a track …, or a pair of clips of one recording or with embeddings that nearly coincide. */
export interface Leak {
  readonly kind: LeakKind;
  /** What is shared: a hash, or the name of a track, album or artist. Absent for pairs. */
  readonly shared?: string;
  /** Cosine, for pairs. */
  readonly similarity?: number;
  /** Seconds from the start of the first clip to that of the second in what they share, for `same-recording`. */
  readonly shift?: number;
  /** Seconds that both share, for `same-recording`. */
  readonly overlap?: number;
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

/** What makes clips share something, by kind: equal keys, or a pair of clips. */
const KEYS: Readonly<Partial<Record<LeakKind, (clip: LeakClip) => string | undefined>>> = {
  'identical-file': (clip) => clip.contentHash,
  'identical-audio': (clip) => clip.audioHash,
  track: (clip) => clip.groups?.track,
  album: (clip) => clip.groups?.album,
  artist: (clip) => clip.groups?.artist,
};
const PAIRS: Readonly<Partial<Record<LeakKind, (pair: CopyPair) => boolean>>> = {
  'same-recording': ({ isSameRecording }) => isSameRecording,
  'near-identical': ({ isNearIdentical }) => isNearIdentical,
};

/** Which kinds can be told of the clips, and why the others can't. */
export interface KnownKinds {
  readonly kinds: readonly LeakKind[];
  /** In words, by kind. */
  readonly unknown: Readonly<Partial<Record<LeakKind, string>>>;
}

/**
 * The kinds for which something is known of at least one clip, and those of pairs that were looked for. Tracks, albums or artists that are nothing but the
 * labels are none of them: splits share their labels on purpose.
 */
export function knownKinds(
  clips: readonly LeakClip[],
  evidence: Pick<FoundCopies, 'pairs' | 'byFingerprint'> | undefined,
): KnownKinds {
  const unknown: Partial<Record<LeakKind, string>> = {};
  for (const kind of LEAK_KINDS) {
    if (KEYS[kind] !== undefined) {
      const known = clips.filter((clip) => KEYS[kind]!(clip) !== undefined);
      const isOfAudio = kind === 'identical-file' || kind === 'identical-audio';
      if (known.length === 0)
        unknown[kind] = isOfAudio && evidence === undefined ? 'no audio was read' : 'not known of any clip';
      else if (known.every((clip) => isLabel(clip, KEYS[kind]!(clip)!))) unknown[kind] = 'it is the label';
    } else if (evidence === undefined) unknown[kind] = 'no audio was read';
    else if (kind === 'same-recording' && !evidence.byFingerprint) unknown[kind] = '`fingerprints` off';
  }
  return { kinds: LEAK_KINDS.filter((kind) => unknown[kind] === undefined), unknown };
}

function isLabel({ labels = [] }: LeakClip, group: string): boolean {
  return labels.some((label) => label.toLowerCase() === group.toLowerCase());
}

/** Everything of the `kinds` that two splits share: by kind, then pair of splits, then the order of the clips. */
export function findLeaks(
  clips: readonly LeakClip[],
  kinds: readonly LeakKind[],
  pairs: readonly CopyPair[] = [],
): Leak[] {
  const between = acrossSplits(clips, pairs);
  return kinds.flatMap((kind) => {
    const [key, isOfKind] = [KEYS[kind], PAIRS[kind]];
    if (key !== undefined) return sharedKeys(clips, kind, key);
    return between.flatMap(({ pair, splits, first, second, shift }): Leak[] => {
      if (!isOfKind!(pair)) return [];
      const { similarity, overlap } = pair;
      return [
        {
          ...{ kind, similarity, splits, clips: [[first.id], [second.id]] },
          ...(kind === 'same-recording' && { ...(shift !== undefined && { shift }), ...(overlap && { overlap }) }),
        },
      ];
    });
  });
}

/** Two clips of different splits that are copies. */
export interface CrossingPair<C extends LeakClip = LeakClip> {
  readonly pair: CopyPair;
  readonly splits: readonly [Split, Split];
  /** The clips of the first and of the second split. */
  readonly first: C;
  readonly second: C;
  /** As in the pair, from `first` to `second`. */
  readonly shift?: number;
}

/** The pairs that lie in two splits, by pair of splits. */
export function acrossSplits<C extends LeakClip>(clips: readonly C[], pairs: readonly CopyPair[]): CrossingPair<C>[] {
  return SPLIT_PAIRS.flatMap((splits) =>
    pairs.flatMap((pair): CrossingPair<C>[] => {
      const [i, j] = [clips[pair.i]!, clips[pair.j]!];
      const isInOrder = i.split === splits[0] && j.split === splits[1];
      if (!isInOrder && (j.split !== splits[0] || i.split !== splits[1])) return [];
      const [first, second] = isInOrder ? [i, j] : [j, i];
      const shift = isInOrder || pair.shift === undefined ? pair.shift : 0 - pair.shift;
      return [{ pair, splits, first, second, ...(shift !== undefined && { shift }) }];
    }),
  );
}

/** The ids of the train clips that share something with another split, ascending: without them train gives nothing away. */
export function leakingFromTrain(leaks: readonly Leak[]): string[] {
  const ids = leaks.flatMap(({ splits, clips }) => (splits[0] === 'train' ? clips[0] : []));
  return [...new Set(ids)].sort();
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
  const sharing = [...indicesBy(clips.map(keyOf))];
  const idsIn = (split: Split, members: readonly number[]) =>
    members.flatMap((index) => (clips[index]!.split === split ? [clips[index]!.id] : []));
  return SPLIT_PAIRS.flatMap((splits) =>
    sharing.flatMap(([shared, members]) => {
      const both = [idsIn(splits[0], members), idsIn(splits[1], members)] as const;
      return both.every((side) => side.length > 0) ? [{ kind, shared, splits, clips: both }] : [];
    }),
  );
}

/** What the splits of a dataset share. */
export interface LeakSearch {
  /** Sorted by id. */
  readonly clips: readonly (ComparedClip & LeakClip)[];
  /** Copies, of one split too; by the indices of the clips. */
  readonly pairs: readonly CopyPair[];
  readonly leaks: readonly Leak[];
  /** What was looked for. */
  readonly kinds: readonly LeakKind[];
  /** What was not, each in words. */
  readonly notLookedFor: readonly string[];
  readonly bad: readonly BadClip[];
}

/** Puts together all that the splits share, be it a part of two clips; without `found` copies that is tracks, albums and artists alone. */
export function searchLeaks(
  { classes, clips: listed }: Pick<Dataset, 'classes' | 'clips'>,
  found: FoundCopies<ComparedClip & EmbeddedClip> | undefined,
): LeakSearch {
  const hashes = found?.clips ?? listed.map((clip) => ({ clip, contentHash: undefined, audioHash: undefined }));
  const clips = hashes.map(({ clip: { id, path, split, labels, groups }, contentHash, audioHash }) => ({
    ...{ id, path, split, contentHash, audioHash, groups },
    labels: labels.map((label) => classes[label]!),
  }));
  const { pairs = [], bad = [], notLookedFor = [] } = found ?? {};
  const { kinds, unknown } = knownKinds(clips, found);
  const reasons = Object.entries(unknown).map(([kind, why]) => `${kind} (${why})`);
  return {
    clips,
    pairs,
    leaks: findLeaks(clips, kinds, pairs),
    kinds,
    notLookedFor: [...reasons, ...notLookedFor],
    bad,
  };
}

/** The kinds that `allow` names. Throws a ConfigError for a name that is none. */
export function allowedKinds(text: string): ReadonlySet<LeakKind> {
  const names = text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  const wrong = names.find((name) => !(LEAK_KINDS as readonly string[]).includes(name));
  if (wrong === undefined) return new Set(names as LeakKind[]);
  throw new ConfigError(
    'allow',
    `\`allow\`: there is no leak of the kind "${wrong}"; there are ${LEAK_KINDS.join(', ')}.`,
  );
}
