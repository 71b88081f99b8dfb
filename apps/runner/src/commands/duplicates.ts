import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { ConfigError, counted, writeFileAtomic } from '@refrain/core';
import {
  COPY_LEVELS,
  type ComparedClip,
  type CopyRecord,
  clipNames,
  copyCsv,
  copyLines,
  copyRecords,
  duplicatesIn,
  FIGURES,
  figures,
  isWithoutDataset,
} from '@refrain/pipeline';
import { asTyped } from '../settings/flags.ts';
import { isGiven, type RawValues } from '../settings/given.ts';
import { LIST_FORMATS, type ListFormat } from '../settings/options.ts';
import { readRunFile } from '../settings/runFile.ts';
import type { CommandSettings } from '../settings/settings.ts';
import { table } from '../terminal/table.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/**
 * `refrain duplicates [DIR]`: the copies among the clips of all splits, as sets and pairs; nothing is removed. Status 1 where there are any. DIR is a folder of
 * audio, or that of the dataset that --dataset names.
 */
export async function duplicates(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(await withFolder(given), signal, async (session) => {
    const { settings } = session;
    const format = formatOf(settings);
    const file = await takeFile(session);
    const { clips, pairs, sets, notLookedFor, bad } = await duplicatesIn(session);
    const records = copyRecords(clips, pairs, sets);
    const levels = Object.fromEntries(
      COPY_LEVELS.map((one) => [one, pairs.filter(({ level }) => level === one).length]),
    );
    const inSets = sets.reduce((sum, { length }) => sum + length, 0);
    const found = Object.entries(levels).flatMap(([level, count]) => (count === 0 ? [] : [`${count} ${level}`]));
    const summary = [
      sets.length === 0
        ? `no copies among ${counted(clips.length)}`
        : `${inSets} of ${counted(clips.length)} in ${sets.length === 1 ? '1 set' : `${sets.length} sets`} of copies; pairs: ${found.join(', ')}`,
      `not looked for: ${asTyped(notLookedFor.join('; '))}`,
    ];
    const list = WRITERS[format](records, clips);
    if (file !== undefined) await writeFileAtomic(file, list);
    // A list for a program stands alone on stdout.
    const shown = format === 'table' ? [list.trimEnd(), ...summary] : [list.trimEnd()];
    return {
      text: (file === undefined ? shown.filter((part) => part !== '') : [...summary, file]).join('\n\n'),
      ...(format !== 'table' && file === undefined && { isList: true }),
      bad,
      json: {
        ...{
          clips: clips.length,
          sets: sets.map((members) => members.map((i) => clips[i]!.id)),
          pairs: records,
          levels,
        },
        ...{ not_looked_for: notLookedFor.map(asTyped), ...(file !== undefined && { file }) },
      },
      status: pairs.length > 0 ? 1 : 0,
    };
  });
}

/** The options with the folder that stands after the command: of the dataset, which is `audio` unless flags or run file name one. */
async function withFolder({ dir, ...options }: RawValues): Promise<RawValues> {
  if (dir === undefined) return options;
  if (isGiven(options, 'dataset-dir'))
    throw new ConfigError(
      'dataset-dir',
      `${String(dir)} and --dataset-dir exclude each other: either says where the clips are.`,
    );
  const file = typeof options.config === 'string' ? await readRunFile(options.config) : {};
  const isNamed = isGiven(options, 'dataset') || isGiven(file, 'dataset');
  return { ...options, ...(!isNamed && { dataset: 'audio' }), 'dataset-dir': dir };
}

function formatOf({ format, output = '' }: CommandSettings): ListFormat {
  const ending = extname(output).slice(1).toLowerCase();
  return format ?? LIST_FORMATS.find((name) => name === ending) ?? 'table';
}

/** Takes the places that are written to: the file that --output names, which must not exist, and the cache. */
async function takeFile({ places, settings }: Session): Promise<string | undefined> {
  if (!isWithoutDataset(settings)) await places.make(settings.cacheDir, 'cacheDir');
  if (settings.output === undefined) return undefined;
  const file = resolve(settings.output);
  await places.take(file, 'output');
  if ((await stat(file).catch(() => undefined)) === undefined) return file;
  throw new ConfigError('output', `--output ${file} exists already. Nothing is overwritten: name another file.`);
}

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
