import { ConfigError, type Dataset } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import type { ComparedClip, FoundCopies } from '../duplicates/comparedClips.ts';
import type { CopyPair } from '../duplicates/copies.ts';
import type { EmbeddedClip } from '../embed/embed.ts';
import { findLeaks, knownKinds, LEAK_KINDS, type Leak, type LeakClip, type LeakKind } from './leaks.ts';

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
