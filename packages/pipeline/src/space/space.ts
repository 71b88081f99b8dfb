import { type Matrix, type NumberRows, type Random, type SegmentEmbeddings, type Split, zeros } from '@refrain/core';
import type { Standardization } from '@refrain/pruned-dataset';
import type { WideSegments } from './checkSegments.ts';
import { poolClips } from './poolClips.ts';
import { reliabilities } from './reliabilities.ts';
import { fitStandardization, standardize } from './standardization.ts';

/** The clips of one split in the space where similarities are taken; index i means clip i everywhere but in `segments`. */
export interface ClipSpace extends SegmentEmbeddings {
  readonly ids: readonly string[];
  /** Unit rows; a row without any direction is zero. */
  readonly embeddings: Matrix;
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
  /** How features were standardised; undefined when they are taken as they are. */
  readonly standardization: Standardization | undefined;
}

/** The train clips, and what was learned from them. */
export interface TrainSpace extends ClipSpace, PrunableSpace {}

/** What of a clip its place in the space depends on. */
export interface SpaceClip {
  readonly clip: { readonly id: string };
  readonly segments: NumberRows;
  /** Whether every sample is zero, where that is known. */
  readonly silent?: boolean;
}

/** How segment embeddings become clip embeddings. */
export interface SpaceOptions {
  readonly pooling: 'mean' | 'first' | 'flatten';
  readonly standardize: boolean;
}

/**
 * The space of the train clips: features standardised over their segments, pooled, scaled to unit length, with each clip's
 * reliability (method: how alike a clip is to itself). With `given` the features are standardised as those of another set were. `clips` must be sorted by id, so that sums do not depend on the dataset's order.
 */
export function trainSpace(
  clips: readonly SpaceClip[],
  options: SpaceOptions,
  random: Random,
  given?: Standardization,
): TrainSpace {
  const raw = concatenate(clips);
  const standardization = options.standardize ? (given ?? fitStandardization(raw)) : undefined;
  const embedded = standardized(raw, standardization);
  const ids = clips.map(({ clip }) => clip.id);
  const { embeddings, silent } = poolClips(embedded, options.pooling);
  return {
    ids,
    embeddings,
    silent: clips.flatMap((clip, i) => (clip.silent || silent.includes(i) ? [i] : [])),
    ...embedded,
    standardization,
    reliability: reliabilities(embedded, random)?.r,
  };
}

/** Other clips in the space that the train clips define. */
export function projectInto(train: TrainSpace, clips: readonly SpaceClip[], options: SpaceOptions): ClipSpace {
  const raw = concatenate(clips, train.standardization?.dim ?? train.segments.cols);
  const embedded = standardized(raw, train.standardization);
  const { embeddings } = poolClips(embedded, options.pooling);
  return { ids: clips.map(({ clip }) => clip.id), embeddings, ...embedded };
}

/** The clips of all splits in the space that the train clips define, one split after another; row i is clip i. */
export function wholeSpace<C extends SpaceClip>(
  { train, valid, test }: Readonly<Record<Split, readonly C[]>>,
  options: SpaceOptions,
  random: Random,
): { readonly clips: readonly C[]; readonly embeddings: Matrix } {
  const space = trainSpace(train, options, random);
  const others = [valid, test].filter((clips) => clips.length > 0);
  const parts = [space, ...others.map((clips) => projectInto(space, clips, options))];
  const clips = [train, ...others].flat();
  const all = zeros(clips.length, space.embeddings.cols);
  let start = 0;
  for (const { embeddings } of parts) {
    all.data.set(embeddings.data, start);
    start += embeddings.data.length;
  }
  return { clips, embeddings: all };
}

/** The numbers as float32: as they are, where they are that already. */
export function asFloat32({ data, rows, cols }: NumberRows): Matrix {
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows, cols };
}

/** Segments standardised while they are as wide as they came, and only then cut to float32. */
function standardized(
  { segments, segmentStart }: WideSegments,
  standardization: Standardization | undefined,
): SegmentEmbeddings {
  const cut = standardization === undefined ? asFloat32(segments) : standardize(segments, standardization);
  return { segments: cut, segmentStart };
}

function concatenate(clips: readonly SpaceClip[], dim = clips[0]?.segments.cols ?? 0): WideSegments {
  const segmentStart = new Uint32Array(clips.length + 1);
  for (const [i, { segments }] of clips.entries()) segmentStart[i + 1] = segmentStart[i]! + segments.rows;
  const rows = segmentStart[clips.length]!;
  const isWide = clips.some(({ segments }) => segments.data instanceof Float64Array);
  const data = isWide ? new Float64Array(rows * dim) : new Float32Array(rows * dim);
  for (const [i, { segments }] of clips.entries()) data.set(segments.data, segmentStart[i]! * dim);
  return { segments: { data, rows, cols: dim }, segmentStart };
}
