import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import {
  folderContent,
  isWithoutDataset,
  originOf,
  prunedSource,
  reprune,
  Stopwatch,
  saveSegments,
  sizes,
  type TrainSource,
} from '@refrain/pipeline';
import { readPrunedDataset, writeFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { baseSettings, folderNamed, settingsOf } from './folderSettings.ts';
import { summary } from './pruneText.ts';
import { refuseOtherSource } from './refuseOtherSource.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/**
 * `refrain prune`: embed, find duplicates, cluster, prune, and write the pruned dataset folder. With `--reuse DIR` the embeddings and clusters
 * are those of an earlier folder.
 */
export async function prune(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { reuse: _, ...options } = given;
  const reuse = await folderNamed('reuse', given);
  if (reuse !== undefined && (await folderNamed('base', given)) !== undefined)
    throw new ConfigError(
      'base',
      '--base and --reuse exclude each other: an earlier folder is either gone on from, or pruned again.',
    );
  const folder = reuse === undefined ? undefined : await readPrunedDataset(reuse);
  const work = async (session: Session) => {
    if (folder !== undefined) refuseOtherSource(session, folder);
    const watch = new Stopwatch();
    refuseSave(session, ['segments'], { audio: folder === undefined });
    await takeOutput(session, { reads: folder === undefined });
    const pruned =
      folder === undefined ? await prunedSource(session, ['train'], watch) : await reprune(session, folder, watch);
    const { source, outcome } = pruned;
    const written = await writeFolder(
      await outputPath(session, source),
      folderContent(pruned, originOf(session, watch)),
      { thresholds: session.settings.thresholds, extend: (draft) => saveSegments(session, draft, source.embedded) },
    );
    return {
      text: `${summary(source, outcome)}\n${written}`,
      folder: written,
      bad: source.bad,
      json: { ...sizes(source, outcome), encoded: source.encoded },
    };
  };
  return withSession(
    options,
    signal,
    work,
    folder === undefined ? await baseSettings(given) : settingsOf(folder, 'reuse'),
  );
}

/**
 * Takes the places of a command that makes a new folder before its work begins: that folder, and, where it `reads` audio, the cache. Throws a
 * ConfigError where something cannot be written, or another run is writing it.
 */
export async function takeOutput(
  { settings, places }: Session,
  { reads = true, isNew = true }: { readonly reads?: boolean; readonly isNew?: boolean } = {},
): Promise<void> {
  if (settings.output !== undefined) await places.takeNew(settings.output);
  else if (isNew) await places.try(settings.outputDir, 'outputDir');
  if (reads && !isWithoutDataset(settings)) await places.make(settings.cacheDir, 'cacheDir');
}

/** Where the folder goes: --output, or a new name with the local time, as the seed's scripts made it, which is taken. */
export async function outputPath(
  { settings, places }: Session,
  source: Pick<TrainSource, 'name'>,
  what = 'pruned',
): Promise<string> {
  if (settings.output !== undefined) return settings.output;
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const name = `${what}_${source.name}_${date}_${time}`;
  return places.takeFree(join(settings.outputDir, name), 'outputDir');
}
