import type { NumberRows } from '@refrain/core';
import { BLOCK_ROWS, openGram } from '@refrain/onnx';
import type { FittedSpace, Whitening } from '@refrain/pruned-dataset';
import { inverseRoot } from './inverseRoot.ts';
import type { SegmentSource } from './segments.ts';

/** The share of the identity in the covariance where there are segments enough. Of .01 … .5 none is better at 20 tracks and at 118. */
const LEAST_SHRINKAGE = 0.05;

/** Total whitening is never worse than none from so many clips on, on nine sets of embeddings of 64 to 440 dimensions; of fewer it often is. */
export const FEWEST_FOR_TOTAL = 100;

/** The matrix and its inverse root are d × d: of so many dimensions they take a minute and 0.6 GB, of 2048 five seconds. */
export const MOST_FOR_TOTAL = 4096;

/** A mean square per dimension of what differs by rounding only: standardised numbers are around 1. */
const ROUNDING = 1e-20;

type Covariance = Whitening['covariance'];

/**
 * Within-clip whitening where a clip has two segments that differ: see `whiteningBy`. Where none has, as with own embeddings of whole clips, the
 * total covariance of the clips takes its place, if there are clips enough. Undefined where neither can be had.
 */
export async function fitWhitening(train: SegmentSource, standardization: FittedSpace): Promise<Whitening | undefined> {
  const within = await whiteningBy('within-clip', train, standardization);
  if (within !== undefined) return within;
  if (train.clips < FEWEST_FOR_TOTAL || standardization.columns.length > MOST_FOR_TOTAL) return undefined;
  return whiteningBy('total', train, standardization);
}

/**
 * Within-clip whitening (within-class covariance normalisation, Hatch, Kajarekar & Stolcke 2006, with the clip as the class): W is the covariance of
 * standardised segments around the mean of their clip, pooled over the clips of two segments or more, and shrunk towards a multiple of the
 * identity, (1 − α)·W + α·(tr W / d)·I. α is what Ledoit & Wolf (2004) estimate from the same deviations, and at least 0.05: with few segments
 * the space comes near the standardised one, which α = 1 is. Undefined where segments differ in no clip.
 *
 * Total: W is the covariance of the clips, so that loud directions do not drown the rest. As it holds what tells clips apart too, few clips in many
 * dimensions would all become strangers: α is at least 2d / (n − 1 + 2d), as if 2d rows of the identity were among n clips.
 */
async function whiteningBy(
  covariance: Covariance,
  train: SegmentSource,
  standardization: FittedSpace,
): Promise<Whitening | undefined> {
  const d = standardization.columns.length;
  const { products, fourthPowers, clips, segments } = await deviations(covariance, train, standardization);
  const freedom = segments - (covariance === 'total' ? 1 : clips);
  const matrix = products.map((sum) => sum / freedom);
  let trace = 0;
  for (let i = 0; i < d; i++) trace += matrix[i * (d + 1)]!;
  if (freedom === 0 || trace <= d * ROUNDING) return undefined;
  let squares = 0;
  for (const value of matrix) squares += value * value;
  const least = covariance === 'total' ? (2 * d) / (freedom + 2 * d) : 0;
  const shrinkage = Math.max(least, ledoitWolf(squares, trace, d, fourthPowers / freedom, freedom));
  for (let i = 0; i < d * d; i++) matrix[i]! *= 1 - shrinkage;
  for (let i = 0; i < d; i++) matrix[i * (d + 1)]! += (shrinkage * trace) / d;
  const effectiveRank = (trace * trace) / squares;
  return { covariance, matrix: inverseRoot(matrix, d), shrinkage, effectiveRank, clips, segments };
}

/** α from ‖W‖², tr W, and the mean of the fourth powers of the deviations' lengths, of which there are n with any direction of their own. */
function ledoitWolf(squares: number, trace: number, d: number, fourthPowers: number, n: number): number {
  const spread = squares - (trace * trace) / d;
  const error = (fourthPowers - squares) / n;
  // Where W is a multiple of the identity every α gives the same.
  return spread > 0 ? Math.min(1, Math.max(LEAST_SHRINKAGE, error / spread)) : LEAST_SHRINKAGE;
}

/** Sums over the deviations of segments from their clip's mean, or of clips from that of all. */
interface Deviations {
  /** Of their outer products, d × d. */
  readonly products: Float64Array;
  /** Of the fourth powers of their lengths. */
  readonly fourthPowers: number;
  /** How many clips there are, for those within clips of two segments or more, and how many segments of these. */
  readonly clips: number;
  readonly segments: number;
}

async function deviations(
  covariance: Covariance,
  train: SegmentSource,
  standardization: FittedSpace,
): Promise<Deviations> {
  const d = standardization.columns.length;
  const gram = await openGram(d);
  const products = new Float64Array(d * d);
  // Where the total is asked for, the segments of a clip are all alike, and the mean of all is 0.
  const centre = new Float64Array(d);
  let [filled, fourthPowers, clips, segments] = [0, 0, 0, 0];
  const flush = async () => {
    gram.block.fill(0, filled * d);
    await gram.compute();
    for (let i = 0; i < products.length; i++) products[i]! += gram.product[i]!;
    filled = 0;
  };
  try {
    for (let clip = 0; clip < train.clips; clip++) {
      const own = await train.read(clip);
      if (covariance === 'within-clip' && own.rows < 2) continue;
      const rows = covariance === 'total' ? 1 : own.rows;
      if (covariance === 'within-clip') standardizedMean(own, standardization, centre);
      clips++;
      segments += rows;
      for (let row = 0; row < rows; row++) {
        fourthPowers += deviate(own, row, standardization, centre, gram.block, filled * d) ** 2;
        if (++filled === BLOCK_ROWS) await flush();
      }
    }
    await flush();
  } finally {
    await gram.close();
  }
  return { products, fourthPowers, clips, segments };
}

/** Writes the mean of the rows, each standardised, to `centre`. */
function standardizedMean(
  { data, rows, cols }: NumberRows,
  { columns, mean, sd }: FittedSpace,
  centre: Float64Array,
): void {
  centre.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < centre.length; i++) centre[i]! += (data[row * cols + columns[i]!]! - mean[i]!) / sd[i]!;
  }
  for (let i = 0; i < centre.length; i++) centre[i]! /= rows;
}

/** Writes the deviation of a standardised row from `centre` to `into` from `at` on; returns its length squared. */
function deviate(
  { data, cols }: NumberRows,
  row: number,
  { columns, mean, sd }: FittedSpace,
  centre: Float64Array,
  into: Float64Array,
  at: number,
): number {
  let squares = 0;
  for (let i = 0; i < centre.length; i++) {
    const value = (data[row * cols + columns[i]!]! - mean[i]!) / sd[i]! - centre[i]!;
    into[at + i] = value;
    squares += value * value;
  }
  return squares;
}
