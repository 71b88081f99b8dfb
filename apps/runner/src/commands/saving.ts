import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { writeEvaluation } from '../folder/evaluation.ts';
import { FILES } from '../folder/records.ts';
import { writePredictions, writeSegments } from '../folder/saved.ts';
import type { Saved } from '../settings/settings.ts';
import type { SetResult } from '../stages/evaluate.ts';
import type { EmbeddedDataset } from '../stages/source.ts';
import { headOrigin } from './loadedHead.ts';
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
  if (settings.save.includes('segments') && !(audio && settings.embeddings === undefined))
    throw refuse('segments come from audio, and this run reads none');
}

/** Writes an evaluation, with the predictions for the test clips where --save asks for them. Those of an earlier one go. */
export async function writeResults(
  session: Session,
  folder: string,
  results: readonly SetResult[],
  { dataset, test }: Pick<EmbeddedDataset, 'dataset' | 'test'>,
): Promise<void> {
  await writeEvaluation(folder, results, dataset.classes, await headOrigin(session));
  const target = join(folder, FILES.predictions);
  await rm(target, { recursive: true, force: true });
  const sets = results.flatMap(({ name, predictions }) => (predictions === undefined ? [] : [[name, predictions]]));
  if (sets.length === 0) return;
  const clips = test.map(({ clip }) => clip);
  await writePredictions(target, dataset.classes, clips, Object.fromEntries(sets));
}

/** Writes the segment embeddings of all clips into a folder where --save asks for them. */
export async function saveSegments(
  { settings }: Session,
  folder: string,
  embedded: Pick<EmbeddedDataset, 'train' | 'valid' | 'test'> | undefined,
): Promise<void> {
  if (!settings.save.includes('segments') || embedded === undefined) return;
  const { train, valid, test } = embedded;
  await writeSegments(join(folder, FILES.segments), [...train, ...valid, ...test]);
}
