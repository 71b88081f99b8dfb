import { resolve } from 'node:path';
import { commaSeparated } from '../compare/report/delimited.ts';
import type { ComparedClip } from './comparedClips.ts';
import { COPY_LEVELS, type CopyLevel, type CopyPair } from './copies.ts';

/** A pair of copies as it is listed. What is not known is absent. */
export interface CopyRecord {
  /** Number of the set that it belongs to, from 1. */
  readonly set: number;
  readonly level: CopyLevel;
  readonly similarity: number;
  /** Seconds from the start of the clip to that of its copy in what they share. */
  readonly shift_s?: number | undefined;
  /** Seconds that both share, to the precision of fingerprints. */
  readonly overlap_s?: number | undefined;
  readonly id: string;
  readonly path?: string | undefined;
  readonly split?: string | undefined;
  readonly copy_id: string;
  readonly copy_path?: string | undefined;
  readonly copy_split?: string | undefined;
}

const COLUMNS = [
  ...(['set', 'level', 'similarity', 'shift_s', 'overlap_s', 'id', 'path', 'split'] as const),
  ...(['copy_id', 'copy_path', 'copy_split'] as const),
] as const satisfies readonly (keyof CopyRecord)[];

/** The pairs, set by set, within one the surest first. */
export function copyRecords(
  clips: readonly ComparedClip[],
  pairs: readonly CopyPair[],
  sets: readonly (readonly number[])[],
): CopyRecord[] {
  const setOf = new Map(sets.flatMap((members, at) => members.map((clip) => [clip, at + 1] as const)));
  const rank = ({ i, level }: CopyPair) => [setOf.get(i)!, COPY_LEVELS.indexOf(level)] as const;
  return [...pairs]
    .sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1] || a.i - b.i || a.j - b.j)
    .map(({ i, j, level, similarity, shift, overlap }) => {
      const [clip, copy] = [clips[i]!, clips[j]!];
      return {
        ...{ set: setOf.get(i)!, level, similarity, shift_s: shift, overlap_s: overlap },
        ...{ id: clip.id, path: clip.path && resolve(clip.path), split: clip.split },
        ...{ copy_id: copy.id, copy_path: copy.path && resolve(copy.path), copy_split: copy.split },
      };
    });
}

/** A line of JSON for each record. */
export function copyLines(records: readonly CopyRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** The records as CSV (RFC 4180) that a spreadsheet may open, with a header. */
export function copyCsv(records: readonly CopyRecord[]): string {
  return commaSeparated([COLUMNS, ...records.map((record) => COLUMNS.map((column) => String(record[column] ?? '')))]);
}
