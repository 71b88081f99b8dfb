import { ConfigError } from '@refrain/core';
import { isWithoutDataset, type Saved } from '@refrain/pipeline';
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
