/** Flags that belong together: every command takes some of these groups. */
export type FlagGroup =
  | 'source'
  | 'embed'
  | 'own-embeddings'
  | 'prune'
  | 'rules'
  | 'one-set'
  | 'reuse'
  | 'earlier'
  | 'evaluate'
  | 'coverage'
  | 'compare'
  | 'leaks'
  | 'duplicates'
  | 'export'
  | 'verify'
  | 'save'
  | 'output'
  | 'new-folder'
  | 'always';

/** One option of the command line and the run file. */
export interface Flag {
  /** In kebab-case; the run file takes it so, in camelCase, or with underscores as the seed's scripts did. */
  readonly name: string;
  /** What stands after it, for the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly group: FlagGroup | readonly FlagGroup[];
  /** The component option it sets, e.g. `pruner.t`, or the kind whose component it chooses, e.g. `pruner`. Absent for a setting of the run itself. */
  readonly sets?: string;
  readonly repeatable?: boolean;
  /** A file or folder. Its name is made absolute, so that what a pruned dataset folder records means the same from every working directory. */
  readonly isPath?: boolean;
  /** Taken from the command line and the user's own run file only, never from what an earlier folder says of its options. */
  readonly ownWordOnly?: boolean;
}
