import { ConfigError, numberOption, seededRandom } from '@refrain/core';
import { DUPLICATE_THRESHOLD } from '@refrain/core/pruning';
import { SHARED_AUDIO } from '@refrain/pruned-dataset';
import { type CopySearch, copiesInDataset, copiesInEmbeddings, type FoundCopies } from '../duplicates/comparedClips.ts';
import { copySets } from '../duplicates/copies.ts';
import { type LeakSearch, leakingFromTrain, type Sharing, searchLeaks, summarize } from '../leaks/leaks.ts';
import type { Run } from '../run.ts';
import { isWithoutDataset, type Settings } from '../settings.ts';
import { ownEmbeddings } from '../source/source.ts';
import { audioMeans, datasetOf } from './audioMeans.ts';
import { inRun } from './inRun.ts';
import type { PipelineOptions } from './options.ts';

/** What a search needs to know of how clips are compared. */
export type SearchOptions = Pick<
  PipelineOptions,
  | ('dataset' | 'decoder' | 'encoder' | 'kernel' | 'threshold' | 'pooling' | 'space' | 'fingerprints')
  | ('shortest' | 'maxBad' | 'clipTimeLimit' | 'plugins' | 'pluginFolder' | 'cacheDir' | 'workers' | 'seed')
  | ('embeddings' | 'segments' | 'segmentStarts' | 'ids' | 'embeddingsColumn' | 'idsColumn')
  | ('signal' | 'onProgress' | 'onNotice')
>;

/** The duplicates among the clips of all splits. */
export interface FoundDuplicates extends FoundCopies {
  /** Sets of clips, by their indices. */
  readonly sets: ReturnType<typeof copySets>;
}

/** Finds the duplicates among the clips of all splits of a dataset, or among embeddings. Nothing is removed. */
export function duplicates(options: SearchOptions): Promise<FoundDuplicates> {
  return inRun(options, duplicatesIn);
}

/** The same with components that are there already. */
export async function duplicatesIn(run: Run): Promise<FoundDuplicates> {
  const { settings, host, assembly } = run;
  const search = copySearch(settings);
  const kernel = await assembly.get('kernel');
  const found = isWithoutDataset(settings)
    ? await copiesInEmbeddings(
        await ownEmbeddings(settings, seededRandom(settings.seed), host),
        kernel,
        search.threshold,
        host,
      )
    : await copiesInDataset(await audioMeans(run), kernel, search);
  return { ...found, sets: copySets(found.pairs) };
}

/** How the settings look for copies; `threshold` is an option of the strategy where clips are pruned. */
function copySearch(settings: Settings): CopySearch {
  const given = settings.choices.pruner?.options.threshold ?? DUPLICATE_THRESHOLD;
  const { success, data } = numberOption((n) => n.gt(0).max(1)).safeParse(given);
  if (success) return { ...settings, threshold: data };
  throw new ConfigError('threshold', `\`threshold\`: expected a similarity, above 0 and at most 1 (given: ${given}).`);
}

/** What the splits of a dataset share. */
export interface FoundLeaks extends LeakSearch {
  /** How much of each kind each two splits share. */
  readonly sharing: readonly Sharing[];
  /** Ids of the train clips to leave out for a clean split. */
  readonly dropFromTrain: readonly string[];
}

/** Finds what the splits of a dataset share; with `metadataOnly` tracks, albums and artists alone, which needs no audio. */
export function leaks(options: SearchOptions & Pick<PipelineOptions, 'metadataOnly'>): Promise<FoundLeaks> {
  return inRun(options, leaksIn);
}

/** The same with components that are there already. */
export async function leaksIn(run: Run): Promise<FoundLeaks> {
  const { assembly, settings } = run;
  const dataset = await datasetOf(assembly, settings);
  const find = async () =>
    copiesInDataset(await audioMeans(run), await assembly.get('kernel'), copySearch(settings), SHARED_AUDIO);
  const search = searchLeaks(dataset, settings.metadataOnly ? undefined : await find());
  const { leaks: found, kinds } = search;
  return { ...search, sharing: summarize(found, kinds), dropFromTrain: leakingFromTrain(found) };
}
