import { copiesInDataset, copiesInEmbeddings, type FoundCopies } from '../duplicates/comparedClips.ts';
import { copySets } from '../duplicates/copies.ts';
import { type LeakSearch, searchLeaks } from '../leaks/leakSearch.ts';
import { leakingFromTrain, type Sharing, summarize } from '../leaks/leaks.ts';
import { inRun } from './inRun.ts';
import type { PipelineOptions } from './options.ts';

/** What a search needs to know of how clips are compared. */
export type SearchOptions = Pick<
  PipelineOptions,
  | ('dataset' | 'decoder' | 'encoder' | 'kernel' | 'threshold' | 'pooling' | 'standardize' | 'fingerprints')
  | ('shortest' | 'maxBad' | 'clipTimeLimit' | 'plugins' | 'pluginFolder' | 'cacheDir' | 'workers' | 'seed')
  | ('signal' | 'onProgress' | 'onNotice')
>;

/** The duplicates among the clips of all splits. */
export interface FoundDuplicates extends FoundCopies {
  /** Sets of clips, by their indices. */
  readonly sets: ReturnType<typeof copySets>;
}

/** Finds the duplicates among the clips of all splits of a dataset, or among embeddings. Nothing is removed. */
export function duplicates(
  options: SearchOptions & Pick<PipelineOptions, 'embeddings' | 'ids' | 'embeddingsColumn' | 'idsColumn'>,
): Promise<FoundDuplicates> {
  const find = options.embeddings === undefined ? copiesInDataset : copiesInEmbeddings;
  return inRun(options, async ({ assembly, settings, host }) => {
    const found = await find(assembly, settings, host);
    return { ...found, sets: copySets(found.pairs) };
  });
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
  return inRun(options, async (run) => {
    const search = await searchLeaks(run);
    const { leaks: found, kinds } = search;
    return { ...search, sharing: summarize(found, kinds), dropFromTrain: leakingFromTrain(found) };
  });
}
