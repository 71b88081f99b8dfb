import { type PrunedFolder, readEmbeddings, withoutEarlier } from '@refrain/pruned-dataset';
import { type Clusters, withNoisePolicy } from '../cluster/cluster.ts';
import { readDecisions } from '../rules/rules.ts';
import type { Run, Stopwatch } from '../run.ts';
import { type FolderSource, folderSource, readProbabilities } from '../source/folderSource.ts';
import type { TrainSource } from '../source/source.ts';
import { type PrunedSource, pruneLoaded } from './prunedSource.ts';

/** Prunes the train set that a folder holds as the run's options want it. */
export async function reprune(run: Run, folder: PrunedFolder, watch: Stopwatch): Promise<PrunedSource> {
  const { source, clusters } = await watch.time('read', () => readFolderSource(folder, run.host.signal));
  return pruneClustered(run, source, clusters, watch);
}

/** Prunes clips that are clustered already; with another policy for noise those in no cluster are clustered once more. */
export async function pruneClustered(
  run: Run,
  source: TrainSource,
  clusters: Clusters,
  watch: Stopwatch,
): Promise<PrunedSource> {
  const { assembly, settings } = run;
  const clusterer = await assembly.get('clusterer');
  const decisions = await readDecisions(settings.rules, source.space.ids);
  return pruneLoaded(run, source, decisions, watch, (facts, copies) =>
    withNoisePolicy(source.space, facts, clusters, copies, clusterer, settings.recluster),
  );
}

/** All of a folder that pruning looks at. */
export async function readFolderSource(whole: PrunedFolder, signal: AbortSignal): Promise<FolderSource> {
  const rows = await readEmbeddings(whole);
  const sure = await readProbabilities(whole, signal);
  const { folder, embeddings, probabilities, earlier } = withoutEarlier(whole, rows, sure);
  return folderSource(folder, { embeddings, probabilities, earlier });
}
