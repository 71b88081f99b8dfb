import type { ClipGroups, EvaluationSplit, Random } from '@refrain/core';
import { drawGroupResamples, type GroupResamples } from '@refrain/evaluators';

/** What test clips are drawn together by. */
export type Grouping = 'track' | 'artist' | 'clip';

/** A part of the test split, and how it is resampled. */
export interface ResampledPart {
  readonly name: string;
  /** Indices of test clips, ascending. */
  readonly clips: Uint32Array;
  readonly resamples: GroupResamples;
}

/** The coarsest thing that no test clip may share with the train set, of those that the dataset names. */
const STRANGERS = [
  { kind: 'artist', name: 'test without artists of the train set' },
  { kind: 'track', name: 'test without tracks of the train set' },
] as const satisfies readonly { readonly kind: keyof ClipGroups; readonly name: string }[];

/**
 * The whole test split, and its part without artists (where those are not known: tracks) of the train set, if that is smaller and holds
 * enough groups to be resampled. Resamples are drawn once for each part, so that all probes are compared on the same ones.
 */
export function testParts(
  train: Pick<EvaluationSplit, 'groups'>,
  test: Pick<EvaluationSplit, 'groups'>,
  groupedBy: Grouping,
  resamples: number,
  random: Random,
): ResampledPart[] {
  const part = (name: string, clips: Uint32Array): ResampledPart => {
    const groups = Array.from(clips, (clip) => groupOf(test.groups[clip], groupedBy));
    return { name, clips, resamples: drawGroupResamples(groups, resamples, random.fork(name)) };
  };
  const all = Uint32Array.from(test.groups.keys());
  const parts = [part('test', all)];
  const found = STRANGERS.find(({ kind }) => test.groups.some((groups) => groups?.[kind] !== undefined));
  if (found === undefined) return parts;
  const { kind, name } = found;
  const known = new Set(train.groups.map((groups) => groups?.[kind]));
  // Of whom nothing is known may be of the train set.
  const strangers = all.filter((clip) => {
    const own = test.groups[clip]?.[kind];
    return own !== undefined && !known.has(own);
  });
  const different = new Set(Array.from(strangers, (clip) => groupOf(test.groups[clip], groupedBy) ?? clip));
  if (strangers.length < all.length && different.size > 1) parts.push(part(name, strangers));
  return parts;
}

/** What test clips can be drawn together by: tracks, where all but a few clips have one, else single clips. */
export function usualGrouping(test: Pick<EvaluationSplit, 'groups'>): Grouping {
  return test.groups.some((groups) => groups?.track !== undefined) ? 'track' : 'clip';
}

function groupOf(groups: ClipGroups | undefined, groupedBy: Grouping): string | undefined {
  return groupedBy === 'clip' ? undefined : groups?.[groupedBy];
}
