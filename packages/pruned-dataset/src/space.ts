import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, readNpy, writeNpy } from '@refrain/core';
import { readJson } from './lines.ts';
import { ARRAYS, type COVARIANCES, FILES, fitting, SPACE, SPACE_FORMAT, STANDARDIZATION } from './schemas.ts';

/** How the segments of any clip come into the space of a train set: each dimension to mean 0 and standard deviation 1, then whitened. */
export interface FittedSpace {
  /** Numbers per segment before. */
  readonly dim: number;
  /** The dimensions that vary, ascending; the others are dropped. */
  readonly columns: readonly number[];
  /** Mean and standard deviation (over n) of each of `columns`. */
  readonly mean: readonly number[];
  readonly sd: readonly number[];
  /** Absent where the space is the standardised one. */
  readonly whitening?: Whitening;
}

/** How standardised segments are whitened: those of one clip, or all, then vary alike in every direction. */
export interface Whitening {
  /** Which covariance W it is: of segments around the mean of their clip, or, where no clip has two that differ, of clips around that of all. */
  readonly covariance: (typeof COVARIANCES)[number];
  /** d × d, row-major, upper triangular: a standardised row times it is a whitened one. */
  readonly matrix: Float64Array;
  /** The share α of the identity in the covariance, 0…1. */
  readonly shrinkage: number;
  /** In how many directions they vary: (tr W)² / tr W², 1…d. */
  readonly effectiveRank: number;
  /** How many clips W was taken of, and of how many segments of theirs. */
  readonly clips: number;
  readonly segments: number;
}

/** Writes a space into a folder. Numbers of float64 come back as they were. */
export async function writeSpace(folder: string, space: FittedSpace): Promise<void> {
  const { dim, columns, mean, sd, whitening } = space;
  const found = whitening && {
    covariance: whitening.covariance,
    shrinkage: whitening.shrinkage,
    effective_rank: whitening.effectiveRank,
    clips: whitening.clips,
    segments: whitening.segments,
  };
  const content = { format: SPACE_FORMAT, dim, columns, mean, sd, ...(found && { whitening: found }) };
  await writeFile(join(folder, FILES.space), `${JSON.stringify(fitting(SPACE, content, FILES.space))}\n`);
  if (whitening === undefined) return;
  const shape = [columns.length, columns.length];
  await writeNpy(join(folder, FILES.whitening), { dtype: 'float64', shape, data: whitening.matrix });
}

/** Reads the space of a folder. Throws a DataError that names the file and what is wrong with it. */
export async function readSpace(folder: string): Promise<FittedSpace> {
  const path = join(folder, FILES.space);
  const { format: _, whitening, ...said } = fitting(SPACE, await readJson(path), path);
  if (whitening === undefined) return said;
  const { covariance = 'within-clip', shrinkage, effective_rank: effectiveRank, clips, segments } = whitening;
  const matrix = await readWhitening(join(folder, FILES.whitening), said.columns.length);
  return { ...said, whitening: { covariance, matrix, shrinkage, effectiveRank, clips, segments } };
}

/** Reads standardization.json, which stood in the place of space.json in folders of format 1. */
export async function readStandardization(folder: string): Promise<FittedSpace> {
  const path = join(folder, FILES.standardization);
  return fitting(STANDARDIZATION, await readJson(path), path);
}

async function readWhitening(path: string, d: number): Promise<Float64Array> {
  const { dtype, shape, data } = await readNpy(path);
  const { dtype: expected } = ARRAYS[FILES.whitening];
  if (dtype !== expected || shape.length !== 2 || shape[0] !== d || shape[1] !== d) {
    throw new DataError(
      path,
      `${path}: expected ${expected} of ${d} × ${d}, as ${FILES.space} has columns; found ${dtype} (${shape.join(', ')}).`,
    );
  }
  const matrix = data as Float64Array;
  const at = matrix.findIndex((value, i) => !isTriangular(value, Math.floor(i / d), i % d));
  if (at < 0) return matrix;
  throw new DataError(
    path,
    `${path}: row ${Math.floor(at / d)}, column ${at % d} is ${matrix[at]}; expected finite numbers, above 0 on the diagonal and 0 below it.`,
  );
}

function isTriangular(value: number, row: number, column: number): boolean {
  if (row === column) return value > 0 && Number.isFinite(value);
  return row < column ? Number.isFinite(value) : value === 0;
}
