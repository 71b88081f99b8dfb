import type { NumberRows } from '@refrain/core';
import type { FittedSpace, Whitening } from '@refrain/pruned-dataset';
import { inverseRoot } from './inverseRoot.ts';
import { BLOCK_ROWS, openGram } from './products.ts';
import type { SegmentSource } from './segments.ts';

/** The share of the identity in the covariance where there are segments enough. Of .01 … .5 none is better at 20 tracks and at 118. */
const LEAST_SHRINKAGE = 0.05;

/**
 * Within-clip whitening (within-class covariance normalisation, Hatch, Kajarekar & Stolcke 2006, with the clip as the class): W is the covariance of
 * standardised segments around the mean of their clip, pooled over the clips of two segments or more, and shrunk towards a multiple of the
 * identity, (1 − α)·W + α·(tr W / d)·I. α is what Ledoit & Wolf (2004) estimate from the same deviations, and at least 0.05: with few segments
 * the space comes near the standardised one, which α = 1 is. Undefined where segments differ in no clip.
 */
export async function fitWhitening(train: SegmentSource, standardization: FittedSpace): Promise<Whitening | undefined> {
  const d = standardization.columns.length;
  const { products, fourthPowers, clips, segments } = await deviations(train, standardization);
  const freedom = segments - clips;
  const within = products.map((sum) => sum / freedom);
  let trace = 0;
  for (let i = 0; i < d; i++) trace += within[i * (d + 1)]!;
  if (clips === 0 || trace === 0) return undefined;
  let squares = 0;
  for (const value of within) squares += value * value;
  const shrinkage = ledoitWolf(squares, trace, d, fourthPowers / freedom, freedom);
  for (let i = 0; i < d * d; i++) within[i]! *= 1 - shrinkage;
  for (let i = 0; i < d; i++) within[i * (d + 1)]! += (shrinkage * trace) / d;
  return { matrix: inverseRoot(within, d), shrinkage, effectiveRank: (trace * trace) / squares, clips, segments };
}

/** α from ‖W‖², tr W, and the mean of the fourth powers of the deviations' lengths, of which there are n with any direction of their own. */
function ledoitWolf(squares: number, trace: number, d: number, fourthPowers: number, n: number): number {
  const spread = squares - (trace * trace) / d;
  const error = (fourthPowers - squares) / n;
  // Where W is a multiple of the identity every α gives the same.
  return spread > 0 ? Math.min(1, Math.max(LEAST_SHRINKAGE, error / spread)) : LEAST_SHRINKAGE;
}

/** Sums over the deviations of segments from their clip's mean. */
interface Deviations {
  /** Of their outer products, d × d. */
  readonly products: Float64Array;
  /** Of the fourth powers of their lengths. */
  readonly fourthPowers: number;
  /** How many clips of two segments or more there are, and how many segments of these. */
  readonly clips: number;
  readonly segments: number;
}

async function deviations(train: SegmentSource, standardization: FittedSpace): Promise<Deviations> {
  const d = standardization.columns.length;
  const gram = await openGram(d);
  const products = new Float64Array(d * d);
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
      if (own.rows < 2) continue;
      clips++;
      segments += own.rows;
      const centre = standardizedMean(own, standardization);
      for (let row = 0; row < own.rows; row++) {
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

/** The mean of the rows, each standardised. */
function standardizedMean({ data, rows, cols }: NumberRows, { columns, mean, sd }: FittedSpace): Float64Array {
  const centre = new Float64Array(columns.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < centre.length; i++) centre[i]! += (data[row * cols + columns[i]!]! - mean[i]!) / sd[i]!;
  }
  return centre.map((sum) => sum / rows);
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
