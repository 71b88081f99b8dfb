import { resolve, sep } from 'node:path';
import { commonFolder } from '@refrain/pruned-dataset';
import type { ComparedClip } from './comparedClips.ts';
import type { CopyPair } from './copies.ts';

/** How clips are named in a table: by their files, seen from the folder that holds all of them; by their ids where they have no files. */
interface ClipNames {
  nameOf(clip: ComparedClip): string;
  /** Where the files are, as a sentence; absent where clips are named by ids. */
  readonly place?: string;
}

/** The names of `clips`. */
export function clipNames(clips: readonly ComparedClip[]): ClipNames {
  const paths = clips.flatMap(({ path }) => (path === undefined ? [] : [resolve(path)]));
  if (paths.length === 0 || paths.length < clips.length) return { nameOf: ({ id }) => id };
  const folder = commonFolder(paths);
  const start = folder.endsWith(sep) ? folder.length : folder.length + 1;
  return { nameOf: ({ path }) => resolve(path!).slice(start), place: `files in ${folder}` };
}

/** The columns that `figures` fills. */
export const FIGURES = ['similarity', 'shift', 'overlap'] as const;

/** The figures of a pair of copies as a table shows them. */
export function figures({ similarity, shift, overlap }: Pick<CopyPair, (typeof FIGURES)[number]>): string[] {
  const seconds = (value: number | undefined, digits: number) =>
    value === undefined ? '' : `${value.toFixed(digits)} s`;
  return [similarity.toFixed(6), seconds(shift, 2), seconds(overlap, 1)];
}
