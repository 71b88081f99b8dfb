import type { Job, Json, Recipe } from '@refrain/core';
import type { SentError } from './sentError.ts';

/** What a thread or process works with: of the machine and its user, nothing that a recipe could say. */
export interface WorkPlace {
  /** Names of packages, or paths; and the folder they are found from. */
  readonly plugins: readonly string[];
  readonly pluginFolder: string;
  readonly cacheDir: string;
  /** Whether memory is scarce, so that garbage must not pile up. */
  readonly isMemoryLimited?: boolean;
  /** As `MappedPaths` takes them; absent where jobs are of this process itself. */
  readonly maps?: readonly string[];
}

/** What a thread or process is asked; it is asked one thing at a time, but for `close`. */
export type Question =
  | { readonly begin: WorkPlace }
  | { readonly open: Recipe }
  | { readonly process: Job }
  | { readonly close: true };

/** What it says. All but the first three are the answer to a question. */
export type Answer =
  | { readonly alive: string; readonly patienceSeconds?: number | undefined }
  | { readonly notice: string }
  /** Its last words, where it can say any. */
  | { readonly crash: string }
  | { readonly output: Json }
  | { readonly error: SentError };
