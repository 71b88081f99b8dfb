import {
  type ClipGroups,
  DataError,
  defineComponent,
  type Evaluation,
  type EvaluationInput,
  type EvaluationSplit,
  type Evaluator,
  inTurn,
  type LoadedPoints,
  type Matrix,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { checkEmbeddings, checkFinite, keptMask } from '../checks.ts';

/**
 * What a kept subset still covers, by ground truth that needs no labels: clips of one track are redundant.
 *
 * Metrics, each a share: `track coverage` (train tracks that still have a kept clip), `safe-removal rate` (removed clips whose track still
 * has a kept clip; NaN when none is removed) and `redundancy left` (kept clips that are a further clip of a track already there); left
 * out where no clip has a known track. And similarities: `nearest kept similarity, mean` and `…, worst` over the removed clips, of each
 * the greatest similarity to a kept clip; NaN when none is removed or none kept.
 *
 * The train embeddings stay on the kernel's device for the next evaluation of the same matrix, until `close`.
 */
export class Coverage implements Evaluator {
  readonly name = 'coverage';
  readonly trains = false;
  readonly #kernel: SimilarityKernel;
  readonly #signal: AbortSignal | undefined;
  #loaded: { readonly embeddings: Matrix; readonly points: LoadedPoints } | undefined;
  /** Points must not be closed while another evaluation asks them. */
  readonly #inTurn = inTurn();

  constructor(kernel: SimilarityKernel, signal?: AbortSignal) {
    this.#kernel = kernel;
    this.#signal = signal;
  }

  unsuitable({ train }: EvaluationInput): string | undefined {
    return train.ids.length === 0 ? 'The dataset has no train clips, so there is nothing to cover.' : undefined;
  }

  /** Throws a DataError when the input does not fit together. */
  async evaluate(input: EvaluationInput): Promise<Evaluation> {
    const reason = this.unsuitable(input);
    if (reason !== undefined) throw new DataError('evaluation', reason);
    const { train, keep } = input;
    const kept = keptMask(input, keep);
    checkEmbeddings(train, 'train');
    const removed = Uint32Array.from(train.ids.keys()).filter((clip) => kept[clip] === 0);
    const counts = trackCounts(train.groups, kept);
    const similarity = await this.#inTurn(() => this.#nearestKept(train, removed, kept));
    return {
      metrics: {
        ...(counts && {
          'track coverage': counts.trackCoverage,
          'safe-removal rate': counts.safeRemovalRate,
          'redundancy left': counts.redundancyLeft,
        }),
        'nearest kept similarity, mean': similarity.mean,
        'nearest kept similarity, worst': similarity.worst,
      },
      details: {
        trainClips: train.ids.length,
        kept: keep.length,
        removed: removed.length,
        tracks: counts?.tracks ?? 0,
      },
    };
  }

  /** Takes the embeddings off the kernel's device. */
  async close(): Promise<void> {
    await this.#inTurn(() => this.#release());
  }

  async #nearestKept(
    train: EvaluationSplit,
    removed: Uint32Array,
    kept: Uint8Array,
  ): Promise<{ mean: number; worst: number }> {
    if (removed.length === 0 || removed.length === kept.length) return { mean: Number.NaN, worst: Number.NaN };
    const points = await this.#load(train);
    // The removed clips are one component, so the nearest clip outside it is a kept one.
    const component = Int32Array.from(kept);
    const signal = this.#signal && { signal: this.#signal };
    const { similarities } = await points.nearest({ k: 1, rows: removed, component, ...signal });
    const sum = similarities.reduce((total, similarity) => total + similarity, 0);
    return { mean: sum / similarities.length, worst: similarities.reduce((a, b) => Math.min(a, b)) };
  }

  async #load(train: EvaluationSplit): Promise<LoadedPoints> {
    if (this.#loaded?.embeddings === train.embeddings) return this.#loaded.points;
    await this.#release();
    checkFinite(train.embeddings, (row) => train.ids[row]!);
    const points = await this.#kernel.load(train.embeddings);
    this.#loaded = { embeddings: train.embeddings, points };
    return points;
  }

  async #release(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await loaded?.points.close();
  }
}

/** The component `coverage`. */
export const coverage = defineComponent({
  name: 'coverage',
  description:
    'measures what a kept set still covers: tracks, safe removals and the nearest kept clip of each removed one',
  options: z.object({}),
  inject: ['kernel', 'host'],
  create: (_, kernel, host) => new Coverage(kernel, host.signal),
});

/** How a kept subset treats tracks; NaN where there is nothing to take a share of. */
export interface TrackCounts {
  readonly tracks: number;
  /** The share of tracks that still have a kept clip. */
  readonly trackCoverage: number;
  /** Of the removed clips with a known track, the share whose track still has a kept clip; NaN when none is removed. */
  readonly safeRemovalRate: number;
  /** Of the kept clips with a known track, the share that is a further clip of a track already there; NaN when none is kept. */
  readonly redundancyLeft: number;
}

/** What is left of the tracks when the clips with a 1 in `kept` stay; undefined when no clip has a known track. */
export function trackCounts(groups: readonly (ClipGroups | undefined)[], kept: Uint8Array): TrackCounts | undefined {
  const tracks = new Set<string>();
  const keptTracks = new Set<string>();
  let known = 0;
  let knownKept = 0;
  for (const [clip, group] of groups.entries()) {
    if (group?.track === undefined) continue;
    known++;
    tracks.add(group.track);
    if (kept[clip] === 0) continue;
    knownKept++;
    keptTracks.add(group.track);
  }
  if (known === 0) return undefined;
  const isSafe = (group: ClipGroups | undefined, clip: number) =>
    kept[clip] === 0 && group?.track !== undefined && keptTracks.has(group.track);
  return {
    tracks: tracks.size,
    trackCoverage: keptTracks.size / tracks.size,
    safeRemovalRate: groups.filter(isSafe).length / (known - knownKept),
    redundancyLeft: 1 - keptTracks.size / knownKept,
  };
}
