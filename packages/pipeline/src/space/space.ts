import { type Matrix, type Random, type SegmentEmbeddings, type Split, sharedZeros, zeros } from '@refrain/core';
import type { FittedSpace } from '@refrain/pruned-dataset';
import type { SpaceKind } from '../options/clips.ts';
import { fitSpace } from './fitSpace.ts';
import { asFloat32, placeSegments, standardize } from './placeSegments.ts';
import { PooledClips, type Pooling } from './poolClips.ts';
import { SelfSimilarity } from './reliabilities.ts';
import type { SegmentSource, StoredSegments } from './segments.ts';

/** The clips of one split in the space where similarities are taken; index i means clip i. */
export interface ClipSpace {
  readonly ids: readonly string[];
  /** Unit rows; a row without any direction is zero. */
  readonly embeddings: Matrix;
  /**
   * Their segments as evaluators learn from them: standardised, or as they came in the raw space, but never whitened. Made when asked for: all are in
   * memory then.
   */
  features(): Promise<SegmentEmbeddings>;
}

/** The clips that are pruned; index i means clip i everywhere. */
export interface PrunableSpace {
  /** Ascending. */
  readonly ids: readonly string[];
  /** Unit rows; a row without any direction is zero. */
  readonly embeddings: Matrix;
  /** How alike each clip is to itself, 0…1; undefined where clips have no segments. */
  readonly reliability: Float64Array | undefined;
  /** Indices of clips that hold digital silence, or whose embedding is zero: they belong to no cluster. */
  readonly silent: readonly number[];
  /** How segments came into the space; undefined when they are taken as they are. */
  readonly fitted: FittedSpace | undefined;
  /** Whether rows of `embeddings`, which lie where threads share them, are brought together in place, not copied, also after the first clustering: see `rowsFirst`. */
  readonly inPlace?: boolean;
}

/** The train clips, and what was learned from them. */
export interface TrainSpace extends ClipSpace, PrunableSpace {
  /** Numbers per segment as they came. */
  readonly dim: number;
}

/** What of a clip its place in the space depends on. */
export interface SpaceClip {
  readonly clip: { readonly id: string };
  readonly segments: StoredSegments;
  /** Whether every sample is zero, where that is known. */
  readonly silent?: boolean;
}

/** How segment embeddings become clip embeddings. */
export interface SpaceOptions {
  readonly pooling: Pooling;
  readonly space: SpaceKind;
  /** Bytes, where memory is limited: then embeddings are in memory once. */
  readonly maxMemory?: number | undefined;
}

/**
 * The space of the train clips: fitted on their segments, which are brought into it, pooled, and scaled to unit length, with each clip's
 * reliability (method: how alike a clip is to itself). With `given` the space is that of another set. `clips` must be sorted by id, so that sums
 * do not depend on the dataset's order.
 */
export async function trainSpace(
  clips: readonly SpaceClip[],
  options: SpaceOptions,
  random: Random,
  given?: FittedSpace,
): Promise<TrainSpace> {
  const source = sourceOf(clips);
  const fitted = options.space === 'raw' ? undefined : (given ?? (await fitSpace(source, options.space)));
  const inPlace = options.maxMemory !== undefined;
  const pooled = new PooledClips(clips.length, options.pooling, sharedZeros);
  const selves = new SelfSimilarity(random);
  await placeSegments(source, fitted, (segments) => {
    pooled.add(segments);
    selves.add(segments);
  });
  const { embeddings, silent } = pooled.finish();
  const { dim } = source;
  return {
    ids: clips.map(({ clip }) => clip.id),
    dim,
    embeddings,
    features: () => featuresOf(clips, dim, fitted),
    silent: clips.flatMap((clip, i) => (clip.silent || silent.includes(i) ? [i] : [])),
    fitted,
    reliability: selves.finish()?.r,
    ...(inPlace && { inPlace }),
  };
}

/** Other clips in the space that the train clips define. */
export async function projectInto(
  { fitted, dim, embeddings: { cols } }: TrainSpace,
  clips: readonly SpaceClip[],
  { pooling }: SpaceOptions,
): Promise<ClipSpace> {
  const pooled = new PooledClips(clips.length, pooling);
  await placeSegments(sourceOf(clips), fitted, (segments) => pooled.add(segments));
  const embeddings = clips.length === 0 ? zeros(0, cols) : pooled.finish().embeddings;
  return { ids: clips.map(({ clip }) => clip.id), embeddings, features: () => featuresOf(clips, dim, fitted) };
}

/** The clips of all splits in the space that the train clips define, one split after another: the rows of the matrices, in their order, are theirs. */
export async function wholeSpace<C extends SpaceClip>(
  { train, valid, test }: Readonly<Record<Split, readonly C[]>>,
  options: SpaceOptions,
  random: Random,
): Promise<{ readonly clips: readonly C[]; readonly embeddings: readonly Matrix[] }> {
  const space = await trainSpace(train, options, random);
  const others = [valid, test].filter((clips) => clips.length > 0);
  const parts = [space, ...(await Promise.all(others.map((clips) => projectInto(space, clips, options))))];
  return { clips: [train, ...others].flat(), embeddings: parts.map(({ embeddings }) => embeddings) };
}

function sourceOf(clips: readonly SpaceClip[]): SegmentSource {
  return { clips: clips.length, dim: clips[0]?.segments.cols ?? 0, read: (clip) => clips[clip]!.segments.read() };
}

/** The segments of all clips, standardised where the space is not the raw one. */
async function featuresOf(
  clips: readonly SpaceClip[],
  dim: number,
  fitted: FittedSpace | undefined,
): Promise<SegmentEmbeddings> {
  const segmentStart = new Uint32Array(clips.length + 1);
  for (const [i, { segments }] of clips.entries()) segmentStart[i + 1] = segmentStart[i]! + segments.rows;
  const cols = fitted?.columns.length ?? dim;
  const features = zeros(segmentStart[clips.length]!, cols);
  for (const [i, { segments }] of clips.entries()) {
    const own = await segments.read();
    const { data } = fitted === undefined ? asFloat32(own) : standardize(own, fitted);
    features.data.set(data, segmentStart[i]! * cols);
  }
  return { segments: features, segmentStart };
}
