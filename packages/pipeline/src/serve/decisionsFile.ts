import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, writeFileAtomic } from '@refrain/core';
import { FILES } from '@refrain/pruned-dataset';
import { parseOverrides } from '../rules/rules.ts';

/** What a person decided about the clips of a folder, as the text of an overrides.jsonl. */
export interface DecisionsFile {
  /** The text; empty where nothing was decided. */
  read(): Promise<string>;
  /** Replaces it. Throws a DataError where it is none for the clips of the folder. */
  write(text: Uint8Array): Promise<void>;
}

/** Some two hundred thousand decisions have room in it. */
export const MOST_DECISION_BYTES = 2 ** 24;

/**
 * The decisions in a pruned dataset folder whose clips have `ids`. They stand in a file of their own, decisions.jsonl: overrides.jsonl, which says
 * what was decided before the run, belongs to its certificate. It is where they begin.
 */
export function decisionsIn(folder: string, ids: readonly string[]): DecisionsFile {
  const path = join(folder, FILES.decisions);
  return {
    read: async () => (await textOf(path)) ?? (await textOf(join(folder, FILES.overrides))) ?? '',
    write: async (bytes) => {
      if (!isUtf8(bytes)) throw new DataError(FILES.decisions, 'The decisions are no UTF-8 text.');
      const text = Buffer.from(bytes).toString('utf8');
      parseOverrides(text, ids, FILES.decisions);
      await writeFileAtomic(path, text);
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
