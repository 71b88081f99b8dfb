import { defined, type GroupKind, type Matrix, type z } from '@refrain/core';
import type { Choices } from './assembly/assemble.ts';
import type { OPTIONS, RunValues } from './options/options.ts';

/** What is asked of the kept clips, whichever strategy chooses them; in the words of the options. */
export interface AskedRules extends Pick<RunValues, 'minPerLabel' | 'keepRules' | 'overrides' | 'mergeLabels'> {
  readonly maxPerGroup: Readonly<Partial<Record<GroupKind, number>>>;
  readonly minPerGroup: Readonly<Partial<Record<GroupKind, number>>>;
}

/** Options whose values are settings as they are: of the run, not of a component, and complete without the machine. */
type Plain = {
  [Name in keyof RunValues]: unknown extends z.output<(typeof OPTIONS)[Name]['schema']> ? never : Name;
}[Exclude<keyof RunValues, 'plugin' | 'cacheDir' | 'workers'>];

/** Everything the steps of a run need to know, checked, with defaults filled in. Options of components are checked when they are assembled. */
export interface Settings extends Omit<Pick<RunValues, Plain>, OwnName> {
  /** Files, or, from a program, what would stand in them. */
  readonly embeddings: string | Matrix | undefined;
  readonly segments: string | Matrix | undefined;
  readonly segmentStarts: string | ArrayLike<number> | undefined;
  readonly ids: string | readonly string[] | undefined;
  readonly choices: Choices;
  /** What the user alone chose, without an earlier folder. */
  readonly ownChoices: Choices;
  /** Whether clips in no cluster are clustered once more. */
  readonly recluster: boolean;
  readonly rules: AskedRules;
  /** Package names and absolute paths. */
  readonly plugins: readonly string[];
  /** Where packages are resolved from. */
  readonly pluginFolder: string;
  readonly cacheDir: string;
  readonly workers: number;
}

/** Options that a program may give the content of, in place of a file. */
export type OwnName = 'embeddings' | 'segments' | 'segmentStarts' | 'ids';

/** What says where own embeddings are, and whose. */
export type OwnChoice = Pick<Settings, OwnName | 'embeddingsColumn' | 'idsColumn'>;

/** The embeddings that stand in place of an encoder, if any: of clips, or of their segments. */
export function ownEmbeddingsOf({ embeddings, segments }: Pick<Settings, 'embeddings' | 'segments'>) {
  return embeddings ?? segments;
}

/** Whether there are embeddings alone: without audio, labels and splits. */
export function isWithoutDataset(settings: Pick<Settings, 'embeddings' | 'segments' | 'choices'>): boolean {
  return ownEmbeddingsOf(settings) !== undefined && settings.choices.dataset === undefined;
}

/** The rules among the values of options. */
export function askedRules(values: Omit<RunValues, OwnName>): AskedRules {
  const { minPerLabel, keepRules, overrides, mergeLabels } = values;
  const { maxPerTrack, maxPerAlbum, maxPerArtist, minPerTrack, minPerAlbum, minPerArtist } = values;
  return {
    ...{ minPerLabel, keepRules, overrides, mergeLabels },
    maxPerGroup: defined({ track: maxPerTrack, album: maxPerAlbum, artist: maxPerArtist }),
    minPerGroup: defined({ track: minPerTrack, album: minPerAlbum, artist: minPerArtist }),
  };
}
