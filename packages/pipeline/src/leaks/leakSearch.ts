import { ConfigError } from '@refrain/core';
import { type BadClip, SHARED_AUDIO } from '@refrain/pruned-dataset';
import { type ComparedClip, copiesInDataset } from '../duplicates/comparedClips.ts';
import type { CopyPair } from '../duplicates/copies.ts';
import type { Run } from '../run.ts';
import { datasetOf } from '../source/source.ts';
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

/** Looks for all that the splits share, be it a part of two clips; with `metadataOnly` for tracks, albums and artists alone, which needs no audio. */
export async function searchLeaks({ assembly, settings, host }: Run): Promise<LeakSearch> {
  const { classes, clips: listed } = await datasetOf(assembly, settings);
  const found = settings.metadataOnly ? undefined : await copiesInDataset(assembly, settings, host, SHARED_AUDIO);
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
