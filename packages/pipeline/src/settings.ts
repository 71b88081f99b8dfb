import type { GroupKind } from '@refrain/core';
import type { Choices } from './assembly/assemble.ts';
import type { DuplicatePolicy } from './duplicates/duplicatePolicy.ts';

/** How a list is written. */
export const LIST_FORMATS = ['table', 'jsonl', 'csv'] as const;

export type ListFormat = (typeof LIST_FORMATS)[number];

/** What a run can save besides its results, for others to compute them again. */
export const SAVED = ['predictions', 'segments'] as const;
export type Saved = (typeof SAVED)[number];

/** What is asked of the kept clips, whichever strategy chooses them; in the words of the command line. */
export interface AskedRules {
  readonly minPerLabel: number | undefined;
  readonly maxPerGroup: Readonly<Partial<Record<GroupKind, number>>>;
  readonly minPerGroup: Readonly<Partial<Record<GroupKind, number>>>;
  /** As `keepOrder` reads them, the first decides. */
  readonly keepRules: readonly string[];
  /** File of a person's decisions. */
  readonly overrides: string | undefined;
  readonly mergeLabels: boolean;
}

/** Everything a command needs to know, checked, with defaults filled in. Options of components are checked when they are assembled. */
export interface Settings {
  readonly choices: Choices;
  /** What the command line and the run file alone choose. */
  readonly ownChoices: Choices;
  /** Whether audio may lie outside the dataset's folder: the user names the dataset, not an earlier folder, or says so. */
  readonly outsideAudio: boolean;
  /** Seconds that decoding and encoding one clip may take together. */
  readonly clipTimeLimit: number;
  readonly maxBad: number;
  readonly pooling: 'mean' | 'first' | 'flatten';
  readonly standardize: boolean;
  readonly embeddings: string | undefined;
  readonly ids: string | undefined;
  /** Columns of embeddings in a parquet file. */
  readonly embeddingsColumn: string | undefined;
  readonly idsColumn: string | undefined;
  readonly duplicates: DuplicatePolicy;
  /** Clips of fewer seconds are compared by their audio alone. */
  readonly shortest: number;
  /** Whether acoustic fingerprints are taken; undefined where nothing was said: then `leaks` and `duplicates` take them, and pruning does not. */
  readonly fingerprints: boolean | undefined;
  /** Folder of an earlier run whose decisions stay. */
  readonly base: string | undefined;
  readonly keep: number | undefined;
  /** Whether clips in no cluster are clustered once more. */
  readonly recluster: boolean;
  readonly rules: AskedRules;
  readonly draws: number;
  readonly coverageDraws: number;
  readonly outputDir: string;
  readonly output: string | undefined;
  /** Duplicates: how they are listed. */
  readonly format: ListFormat | undefined;
  /** Leaks: whether only tracks, albums and artists are compared. */
  readonly metadataOnly: boolean;
  /** Leaks: kinds that do not count, separated by commas. */
  readonly allow: string;
  /** Export: whether clips that share something with another split are left out. */
  readonly withoutLeaks: boolean;
  /** Package names and absolute paths. */
  readonly plugins: readonly string[];
  /** Where packages are resolved from, see `pluginFolderOf`. */
  readonly pluginFolder: string;
  readonly cacheDir: string;
  readonly workers: number;
  readonly seed: number;
  readonly json: boolean;
  readonly save: readonly Saved[];
  readonly quiet: boolean;
}
