import { dot, type Matrix } from '@refrain/core';

/** How far noise on the embeddings can move the similarities between them. */
export interface Drift {
  /** How far the similarity of clips i and j, which is `similarity` without noise, can move. */
  readonly of: (i: number, j: number, similarity: number) => number;
  /** No similarity moves by more. */
  readonly most: number;
  /** Whether a row is digital silence, which stays silence. */
  readonly isSilent: (clip: number) => boolean;
}

/** Rounding a row to float32 moves it by at most this share of its length. */
const ROUNDING = 2 ** -24;

/**
 * What noise of at most `noise` on every component can do, when rows are scaled to length 1 again and stored as float32.
 *
 * Such noise has a length of at most noise·√dim, so it turns a row by at most α with sin α = noise·√dim/|row| (and rounding by 2⁻²⁴ more).
 * The angle φ between two rows changes by at most 2α, and |cos(φ ± 2α) − cos φ| ≤ sin φ·sin 2α + |cos φ|·(1 − cos 2α).
 */
export function driftUnder(noise: number, embeddings: Matrix): Drift {
  const { rows, cols } = embeddings;
  const length = Float64Array.from({ length: rows }, (_, clip) => Math.sqrt(dot(embeddings, clip, embeddings, clip)));
  const shortest = length.reduce((least, value) => (value > 0 ? Math.min(least, value) : least), 1);
  const alpha = Math.asin(Math.min(1, (noise * Math.sqrt(cols)) / shortest + ROUNDING));
  const turn = (cosine: number) => 2 * alpha * Math.sqrt(1 - cosine * cosine) + 2 * alpha * alpha + 4 * ROUNDING;
  const of = (i: number, j: number, similarity: number) => {
    const lengths = length[i]! * length[j]!;
    if (lengths === 0) return 0;
    const cosine = Math.max(-1, Math.min(1, similarity / lengths));
    return Math.abs(similarity - cosine) + turn(cosine);
  };
  const farthest = length.reduce((most, value) => (value > 0 ? Math.max(most, Math.abs(value * value - 1)) : most), 0);
  return { of, most: turn(0) + farthest, isSilent: (clip) => length[clip] === 0 };
}
