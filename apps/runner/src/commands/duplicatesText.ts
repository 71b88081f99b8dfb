import { type ComparedClip, type CopyRecord, copyCsv, copyLines } from '@refrain/pipeline';
import type { ListFormat } from '../settings/options.ts';
import { table } from '../terminal/table.ts';
import { clipNames, FIGURES, figures } from './copyTable.ts';

/** The text of a list in each form: empty where there is nothing, but for the header of CSV. */
export const WRITERS: Readonly<
  Record<ListFormat, (records: readonly CopyRecord[], clips: readonly ComparedClip[]) => string>
> = { table: tableText, jsonl: copyLines, csv: copyCsv };

function tableText(records: readonly CopyRecord[], clips: readonly ComparedClip[]): string {
  if (records.length === 0) return '';
  const { nameOf, place } = clipNames(clips);
  const rows = records.map(({ set, level, similarity, shift_s: shift, overlap_s: overlap, ...pair }) => [
    ...[String(set), level],
    ...figures({ similarity, ...(shift !== undefined && { shift }), ...(overlap !== undefined && { overlap }) }),
    nameOf({ id: pair.id, ...(pair.path !== undefined && { path: pair.path }) }),
    nameOf({ id: pair.copy_id, ...(pair.copy_path !== undefined && { path: pair.copy_path }) }),
  ]);
  const lines = table(['set', 'level', ...FIGURES, 'clip', 'its copy'], rows, [1, 5, 6]);
  return [...(place === undefined ? [] : [place]), lines, ''].join('\n');
}
