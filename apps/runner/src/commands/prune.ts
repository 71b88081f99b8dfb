import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { readFolder } from '../folder/read.ts';
import { refuseExisting, writeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/given.ts';
import type { TrainSource } from '../stages/source.ts';
import { folderContent, originOf, sizes } from './folderContent.ts';
import { baseSettings, folderNamed, settingsOf } from './folderSettings.ts';
import { prunedSource } from './prunedSource.ts';
import { summary } from './pruneText.ts';
import { reprune } from './reprune.ts';
import { type CommandResult, type Session, Stopwatch, withSession } from './session.ts';

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
  const folder = reuse === undefined ? undefined : await readFolder(reuse);
  const work = async (session: Session) => {
    const watch = new Stopwatch();
    await refuseOutput(session);
    const pruned =
      folder === undefined ? await prunedSource(session, ['train'], watch) : await reprune(session, folder, watch);
    const { source, outcome } = pruned;
    const written = await writeFolder(outputPath(session, source), folderContent(pruned, originOf(session, watch)));
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

/** Fails before the work begins when the folder that --output names is taken. */
export async function refuseOutput({ settings }: Session): Promise<void> {
  if (settings.output !== undefined) await refuseExisting(settings.output);
}

/** Where the folder goes: --output, or a new name with the local time, as the seed's scripts made it. */
export function outputPath({ settings }: Session, source: Pick<TrainSource, 'name'>, what = 'pruned'): string {
  if (settings.output !== undefined) return settings.output;
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return join(
    settings.outputDir,
    `${what}_${source.name}_${date}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  );
}
