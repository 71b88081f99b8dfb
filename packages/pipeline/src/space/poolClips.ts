import { DataError, type Matrix, type NumberRows, zeros } from '@refrain/core';

/**
 * How the segments of a clip become one embedding: their `mean`; `flatten`, all of them in one row, number c of segment t of T at
 * c·T + t; or the `first`.
 */
export type Pooling = 'mean' | 'flatten' | 'first';

/** One embedding for each clip. */
export interface ClipEmbeddings {
  /** One row of unit length per clip; a zero row for a silent one. */
  readonly embeddings: Matrix;
  /** Indices of the clips whose pooled embedding is zero, which has no direction; ascending. */
  readonly silent: readonly number[];
}

/** One unit row per clip, made of the segments of one clip after another. */
export class PooledClips {
  readonly #clips: number;
  readonly #pooling: Pooling;
  readonly #matrix: typeof zeros;
  readonly #silent: number[] = [];
  #pooled: Matrix | undefined;
  /** Of the clip that is taken: of many clips one for each would keep the garbage collector busy. */
  #vector = new Float64Array(0);
  #segments = 0;
  #next = 0;

  /** For so many clips; `matrix` makes the one that they come into. */
  constructor(clips: number, pooling: Pooling, matrix = zeros) {
    this.#clips = clips;
    this.#pooling = pooling;
    this.#matrix = matrix;
  }

  /** Takes the segments of the next clip. Throws a DataError for `flatten` where they are more or fewer than those of the first. */
  add(segments: NumberRows): void {
    const clip = this.#next++;
    const { rows, cols } = segments;
    if (clip === 0) this.#segments = rows;
    else if (this.#pooling === 'flatten' && rows !== this.#segments) {
      throw new DataError(
        `clip ${clip}`,
        `Pooling "flatten" needs clips of equal length, but clip 0 has ${this.#segments} segments and clip ${clip} has ${rows}: use "mean" or "first".`,
      );
    }
    const width = this.#pooling === 'flatten' ? cols * rows : cols;
    if (this.#vector.length !== width) this.#vector = new Float64Array(width);
    const vector = this.#vector;
    if (this.#pooling === 'mean') meanOfRows(segments, vector);
    else flattenRows(segments, this.#pooling === 'first' ? 1 : rows, vector);
    let squares = 0;
    for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
    if (!Number.isFinite(squares)) {
      throw new DataError(
        `clip ${clip}`,
        `The embedding of clip ${clip} is too large in this space: expected lengths below 1e154.`,
      );
    }
    this.#pooled ??= this.#matrix(this.#clips, width);
    if (squares === 0) this.#silent.push(clip);
    else scaleInto(this.#pooled.data, clip * width, vector, Math.sqrt(squares));
  }

  /** The rows, when all clips were taken. */
  finish(): ClipEmbeddings {
    return { embeddings: this.#pooled ?? zeros(0, 0), silent: this.#silent };
  }
}

/** Not by `map`, which would make an object of every number. */
function scaleInto(into: Float32Array, at: number, vector: Float64Array, length: number): void {
  for (let i = 0; i < vector.length; i++) into[at + i] = vector[i]! / length;
}

function meanOfRows({ data, rows, cols }: NumberRows, mean: Float64Array): void {
  mean.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) mean[c]! += data[row * cols + c]!;
  }
  for (let c = 0; c < cols; c++) mean[c]! /= rows;
}

function flattenRows({ data, cols }: NumberRows, count: number, flat: Float64Array): void {
  for (let t = 0; t < count; t++) {
    for (let c = 0; c < cols; c++) flat[c * count + t] = data[t * cols + c]!;
  }
}
