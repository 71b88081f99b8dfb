import { resolve } from 'node:path';
import { commonFolder } from '../folder/exports.ts';
import type { ComparedClip } from '../stages/comparedClips.ts';

/** How clips are named in a table: by their files, seen from the folder that holds all of them; by their ids where they have no files. */
export interface ClipNames {
  nameOf(clip: ComparedClip): string;
  /** Where the files are, as a sentence; absent where clips are named by ids. */
  readonly place?: string;
}

/** The names of `clips`. */
export function clipNames(clips: readonly ComparedClip[]): ClipNames {
  const paths = clips.flatMap(({ path }) => (path === undefined ? [] : [resolve(path)]));
  if (paths.length === 0 || paths.length < clips.length) return { nameOf: ({ id }) => id };
  const folder = commonFolder(paths);
  const start = folder.endsWith('/') ? folder.length : folder.length + 1;
  return { nameOf: ({ path }) => resolve(path!).slice(start), place: `files in ${folder}` };
}

/** A similarity and a shift as a table shows them. */
export function figures(similarity: number, shift: number | undefined): [similarity: string, shift: string] {
  return [similarity.toFixed(6), shift === undefined ? '' : `${shift.toFixed(2)} s`];
}
