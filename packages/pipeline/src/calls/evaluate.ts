import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, type Random, seededRandom } from '@refrain/core';
import { FILES, type PrunedFolder } from '@refrain/pruned-dataset';
import { againstRandom } from '../compare/againstRandom.ts';
import { evaluateSets, type SetResult, taskOf } from '../evaluate/evaluate.ts';
import { writeEvaluation, writePredictions, writeSegments } from '../evaluate/evaluationFolder.ts';
import { keptIn, keptOfFolder, refuseOtherClips } from '../evaluate/keptClips.ts';
import type { PrunedSource } from '../prune/prunedSource.ts';
import type { Run } from '../run.ts';
import { type EmbeddedDataset, type EmbeddedRun, type EvaluableDataset, embedDataset } from '../source/source.ts';
import { trainSpace } from '../space/space.ts';
import { audioMeans, datasetOf } from './audioMeans.ts';
import { checkLoadedHead, headOrigin } from './loadedHead.ts';
import { withProbeEncoder } from './probeEncoder.ts';

/** A dataset, embedded for it, and what became of sets of its train clips. */
export interface EvaluatedDataset {
  readonly embedded: EmbeddedRun;
  readonly results: readonly SetResult[];
}

/**
 * Embeds a dataset and evaluates its whole train set, or the clips that `folder` keeps of it. Throws a DataError where these are not of the dataset, a
 * ConfigError where its embeddings were made otherwise, and what `checkLoadedHead` throws.
 */
export async function evaluateDataset(run: Run, folder?: PrunedFolder): Promise<EvaluatedDataset> {
  const { settings, assembly } = run;
  await checkLoadedHead(run);
  if (folder !== undefined) refuseOtherClips(folder, (await datasetOf(assembly, settings)).clips);
  const random = seededRandom(settings.seed);
  const embedded = await embedDataset(await audioMeans(run), ['train', 'valid', 'test']);
  if (folder !== undefined && folder.metadata.encoder_fingerprint !== embedded.fingerprint)
    throw new ConfigError(
      'encoder',
      `${folder.path} was made with another encoder or other options of it; give the same ones.`,
    );
  const space = await trainSpace(embedded.train, settings, random.fork('reliability'));
  const keep = folder === undefined ? Uint32Array.from(space.ids.keys()) : keptOfFolder(folder, space.ids);
  const name = folder === undefined ? 'whole' : 'pruned';
  return { embedded, results: await compareSets(run, { ...embedded, space }, keep, [name], random) };
}

/** Evaluates the whole train set, what was kept of it, and as many random clips; where all stay, only the whole. */
export async function evaluatePruned(run: Run, pruned: PrunedSource): Promise<readonly SetResult[]> {
  const { embedded } = pruned.source;
  if (embedded === undefined)
    throw new ConfigError('embeddings', '`embeddings` come without labels and splits: there is nothing to evaluate.');
  const { valid, test } =
    embedded.test.length > 0 ? embedded : await embedDataset(await audioMeans(run), ['valid', 'test'], false);
  const { ids } = embedded.space;
  const keep = keptIn(ids, pruned);
  const names = keep.length === ids.length ? (['whole'] as const) : (['whole', 'pruned', 'random'] as const);
  return compareSets(run, { ...embedded, valid, test }, keep, names, seededRandom(run.settings.seed));
}

/** Evaluates the sets in `names`, all in the space of the train clips. `keep` are indices of that space. */
async function compareSets(
  run: Run,
  embedded: EvaluableDataset,
  keep: Uint32Array,
  names: readonly SetResult['name'][],
  random: Random,
): Promise<SetResult[]> {
  const { assembly, settings, host } = run;
  const task = await withProbeEncoder(run, await taskOf(embedded, settings), random.fork('probe'));
  const draws = { trained: settings.draws, untrained: settings.coverageDraws, predictions: true };
  const evaluators = await assembly.evaluators();
  const results = await evaluateSets(task, keep, names, evaluators, draws, random.fork('evaluate'), host);
  const differences = againstRandom(task, results, settings.resampleBy, random.fork('resamples'), host);
  return results.map(({ predictions, ...result }) => ({
    ...result,
    ...(result.name === 'pruned' && differences && { differences }),
    ...(settings.save.includes('predictions') && predictions && { predictions }),
  }));
}

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
