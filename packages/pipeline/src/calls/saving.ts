import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES } from '@refrain/pruned-dataset';
import type { SetResult } from '../evaluate/evaluate.ts';
import { writeEvaluation, writePredictions, writeSegments } from '../evaluate/evaluationFolder.ts';
import type { Run } from '../run.ts';
import type { EmbeddedDataset } from '../source/source.ts';
import { headOrigin } from './loadedHead.ts';

/** Writes an evaluation, with the predictions for the test clips where `save` asks for them. Those of an earlier one go. */
export async function writeResults(
  run: Run,
  folder: string,
  results: readonly SetResult[],
  { dataset, test }: Pick<EmbeddedDataset, 'dataset' | 'test'>,
): Promise<void> {
  await writeEvaluation(folder, results, dataset.classes, await headOrigin(run));
  const target = join(folder, FILES.predictions);
  await rm(target, { recursive: true, force: true });
  const sets = results.flatMap(({ name, predictions }) => (predictions === undefined ? [] : [[name, predictions]]));
  if (sets.length === 0) return;
  const clips = test.map(({ clip }) => clip);
  await writePredictions(target, dataset.classes, clips, Object.fromEntries(sets));
}

/** Writes the segment embeddings of all clips into a folder where `save` asks for them. */
export async function saveSegments(
  { settings }: Run,
  folder: string,
  embedded: Pick<EmbeddedDataset, 'train' | 'valid' | 'test'> | undefined,
): Promise<void> {
  if (!settings.save.includes('segments') || embedded === undefined) return;
  const { train, valid, test } = embedded;
  await writeSegments(join(folder, FILES.segments), [...train, ...valid, ...test]);
}
