import {
  type ClipGroups,
  type ClusterPruning,
  ConfigError,
  defined,
  type InTurn,
  inTurn,
  type RemovalLevel,
} from '@refrain/core';
import { type BadClip, type FolderContent, writeFolder } from '@refrain/pruned-dataset';
import { Places } from '../cache/places.ts';
import type { ComparisonReport } from '../compare/report/report.ts';
import type { SetResult } from '../evaluate/evaluate.ts';
import { folderContent, originOf } from '../prune/folderContent.ts';
import { type PrunedSource, pruneClustered, prunedSource } from '../prune/prunedSource.ts';
import { type Run, Stopwatch } from '../run.ts';
import { type CompareOptions, compare } from './compare.ts';
import { evaluatePruned } from './evaluate.ts';
import { inRun } from './inRun.ts';
import type { PipelineOptions } from './options.ts';

/** A train clip, and where it fell. */
export interface PrunedClip {
  readonly id: string;
  readonly path?: string;
  /** Among the train clips of the dataset that can be used, in its order, from 0. */
  readonly position: number;
  /** Names of its classes. */
  readonly labels: readonly string[];
  readonly groups?: ClipGroups;
  /** Length of the audio. */
  readonly seconds?: number;
  /** −1 for a clip in no cluster. */
  readonly cluster: number;
  /** Clips of one group are redundant; −1 for a clip in none. */
  readonly group: number;
}

/** A clip that went, and the kept one that stands for it. */
export interface RemovedClip extends PrunedClip {
  readonly partner: PrunedClip;
  /** The cosine of the two, on the grid of decisions. */
  readonly similarity: number;
  readonly level: RemovalLevel;
  /** The similarity that was asked for; absent where the strategy has none. */
  readonly theta?: number;
  /** How far the similarity stands above what the two clips have with all others, in standard deviations; where the rule has such scores. */
  readonly z?: number;
}

/** What `reprune` may change: all that decides after the clustering. */
export type RepruneOptions = Pick<PipelineOptions, (typeof CHANGEABLE)[number]>;

const CHANGEABLE = [
  ...(['signal', 'onProgress', 'onNotice', 'workers'] as const),
  ...(['pruner', 't', 'threshold', 'noise', 'keep', 'duplicates', 'kernel', 'seed'] as const),
  ...(['minPerLabel', 'maxPerTrack', 'maxPerAlbum', 'maxPerArtist'] as const),
  ...(['minPerTrack', 'minPerAlbum', 'minPerArtist'] as const),
  ...(['keepRules', 'overrides', 'mergeLabels', 'draws', 'coverageDraws', 'evaluators'] as const),
] as const;

/** A train set, pruned. Nothing stays open for it; what it can still do opens what it needs, and closes it. */
export interface PruneResult {
  /** Ascending by id, as are the removed ones. */
  readonly kept: readonly PrunedClip[];
  readonly removed: readonly RemovedClip[];
  /** The share of the clips that went, 0…1. */
  readonly reduction: number;
  /** Of label −1: the clips in none. */
  readonly clusters: readonly ClusterPruning[];
  /** Clips that cannot be used, with the reason. */
  readonly bad: readonly BadClip[];
  /** Prunes the same clips in the same clusters otherwise: nothing is embedded or clustered again, but for `noise`. */
  reprune(changes: RepruneOptions): Promise<PruneResult>;
  /** Compares strategies on these clips, see `compare`. */
  compare(options?: CompareOptions): Promise<readonly ComparisonReport[]>;
  /** Evaluates the whole set, the kept clips, and as many random ones. Throws a ConfigError where the embeddings came without a dataset. */
  evaluate(): Promise<readonly SetResult[]>;
  /** Writes the pruned dataset folder, whole or not at all, and returns its absolute path. Throws a ConfigError where something is there already. */
  write(path: string): Promise<string>;
}

/** Prunes the train split of a dataset, or embeddings. Throws a ConfigError that names the option, or a DataError that names clip or file. */
export function prune(options: PipelineOptions): Promise<PruneResult> {
  return inRun(options, async (run) => {
    const watch = new Stopwatch();
    return resultOf(options, run, await prunedSource(run, ['train'], watch), watch);
  });
}

function resultOf(
  options: PipelineOptions,
  run: Run,
  pruned: PrunedSource,
  watch: Stopwatch,
  turn: InTurn = inTurn(),
): PruneResult {
  const content = folderContent(pruned, originOf(run, watch));
  // Where rows are moved for a while, nobody else may look at them.
  const alone: InTurn = pruned.source.space.inPlace ? turn : (work) => work();
  return {
    ...clipsOf(content),
    reduction: 1 - content.keep.length / content.clips.length,
    clusters: pruned.outcome.clusters,
    bad: pruned.source.bad,
    reprune: async (changes) => {
      const next = changed(options, changes);
      return alone(() =>
        inRun(next, async (again) =>
          resultOf(next, again, await pruneClustered(again, pruned.source, pruned.outcome, watch), watch, turn),
        ),
      );
    },
    compare: (asked = {}) => compare({ ...forAllSets(options), ...asked }),
    evaluate: () => alone(() => inRun(options, (again) => evaluatePruned(again, pruned))),
    write: (path) => alone(() => written(path, content)),
  };
}

function clipsOf({ clips, labels, keep, removed }: FolderContent): Pick<PruneResult, 'kept' | 'removed'> {
  const all = clips.map(
    ({ id, path, position, labels: names, groups, seconds, group }, index): PrunedClip =>
      defined({ id, path, position, labels: names, groups, seconds, cluster: labels[index]!, group }),
  );
  const byId = new Map(all.map((clip) => [clip.id, clip]));
  return {
    kept: Array.from(keep, (index) => all[index]!),
    removed: removed.map(({ id, partner_id: partner, similarity, level, theta, z }) =>
      defined({ ...byId.get(id)!, partner: byId.get(partner)!, similarity, level, theta, z }),
    ),
  };
}

/** The options with changes. Of `t` and `keep` the new one replaces the other. */
function changed(options: PipelineOptions, changes: RepruneOptions): PipelineOptions {
  const wrong = Object.keys(changes).find((name) => !(CHANGEABLE as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new ConfigError(
      wrong,
      `\`${wrong}\` cannot change when pruning again: embeddings and clusters stay. Call prune.`,
    );
  const { t: _t, keep: _keep, ...others } = options;
  const { threshold: _threshold, noise: _noise, ...unlikeThem } = others;
  // What was asked of one strategy is nothing to another.
  const before = changes.pruner !== undefined ? unlikeThem : 't' in changes || 'keep' in changes ? others : options;
  return { ...before, ...changes };
}

/** The options without what they say of a single set. */
function forAllSets({
  pruner: _,
  t: _t,
  threshold: _threshold,
  keep: _keep,
  noise: _noise,
  draws: _draws,
  ...others
}: PipelineOptions) {
  return others;
}

async function written(path: string, content: FolderContent): Promise<string> {
  const places = new Places();
  try {
    await places.takeNew(path, 'path');
    return await writeFolder(path, content);
  } finally {
    await places.release();
  }
}
