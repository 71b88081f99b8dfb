import { type Matrix, type NumberRows, type Random, type SegmentEmbeddings, type Split, zeros } from '@refrain/core';
import type { Standardization } from '@refrain/pruned-dataset';
import type { EmbeddedClip } from '../embed/embed.ts';
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
  clips: readonly EmbeddedClip[],
  options: SpaceOptions,
  random: Random,
  given?: Standardization,
): TrainSpace {
  const raw = concatenate(clips);
  const standardization = options.standardize ? (given ?? fitStandardization(raw)) : undefined;
  const segments = standardization === undefined ? raw.segments : standardize(raw.segments, standardization);
  const embedded = { segments, segmentStart: raw.segmentStart };
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
export function projectInto(train: TrainSpace, clips: readonly EmbeddedClip[], options: SpaceOptions): ClipSpace {
  const raw = concatenate(clips, train.standardization?.dim ?? train.segments.cols);
  const segments =
    train.standardization === undefined ? raw.segments : standardize(raw.segments, train.standardization);
  const embedded = { segments, segmentStart: raw.segmentStart };
  const { embeddings } = poolClips(embedded, options.pooling);
  return { ids: clips.map(({ clip }) => clip.id), embeddings, ...embedded };
}

/** The clips of all splits in the space that the train clips define, one split after another; row i is clip i. */
export function wholeSpace(
  { train, valid, test }: Readonly<Record<Split, readonly EmbeddedClip[]>>,
  options: SpaceOptions,
  random: Random,
): { readonly clips: readonly EmbeddedClip[]; readonly embeddings: Matrix } {
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

/** The space of embeddings that came without audio: one "segment" per clip. */
export function spaceOfRows(
  rows: NumberRows,
  ids: readonly string[],
  standardized: boolean,
  given?: Standardization,
): TrainSpace {
  const raw = { segments: rows, segmentStart: Uint32Array.from({ length: rows.rows + 1 }, (_, i) => i) };
  const standardization = standardized ? (given ?? fitStandardization(raw)) : undefined;
  const segments = standardization === undefined ? narrowed(rows) : standardize(rows, standardization);
  const { embeddings, silent } = poolClips({ segments, segmentStart: raw.segmentStart }, 'mean');
  return { ids, embeddings, silent, segments, segmentStart: raw.segmentStart, standardization, reliability: undefined };
}

function narrowed({ data, rows, cols }: NumberRows): Matrix {
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows, cols };
}

function concatenate(clips: readonly EmbeddedClip[], dim = clips[0]?.segments.cols ?? 0): SegmentEmbeddings {
  const segmentStart = new Uint32Array(clips.length + 1);
  for (const [i, { segments }] of clips.entries()) segmentStart[i + 1] = segmentStart[i]! + segments.rows;
  const all = zeros(segmentStart[clips.length]!, dim);
  for (const [i, { segments }] of clips.entries()) all.data.set(segments.data, segmentStart[i]! * dim);
  return { segments: all, segmentStart };
}
