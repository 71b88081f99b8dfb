import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { isWithoutDataset, type Saved, type TrainSource } from '@refrain/pipeline';
import type { Session } from './session.ts';

/** Refuses what --save asks for and the command does not have. Throws a ConfigError that says what there is. */
export function refuseSave(
  { settings }: Session,
  offered: readonly Saved[],
  { folder = true, audio = true }: { readonly folder?: boolean; readonly audio?: boolean } = {},
): void {
  const refuse = (why: string) => new ConfigError('save', `--save ${settings.save.join(',')}: ${why}.`);
  if (settings.save.length === 0) return;
  if (settings.save.some((one) => !offered.includes(one)))
    throw refuse(`this command can save ${offered.join(' and ')} only`);
  if (!folder) throw refuse('--output DIR is missing, the folder to save into');
  if (settings.save.includes('segments') && !(audio && !isWithoutDataset(settings)))
    throw refuse('segments come from clips of a dataset, and this run reads none');
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
  // In Sweden dates are written year first.
  const time = new Date().toLocaleString('sv').replace(/[-:]/g, '').replace(' ', '_');
  return places.takeFree(join(settings.outputDir, `${what}_${source.name}_${time}`), 'outputDir');
}
