import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { FILES } from './records.ts';

/** How to bring every dimension of an embedding to mean 0 and standard deviation 1. */
export interface Standardization {
  /** Numbers per segment before. */
  readonly dim: number;
  /** The dimensions that vary, ascending; the others are dropped. */
  readonly columns: Uint32Array;
  /** Mean and standard deviation (over n) of each of `columns`. */
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** The text of standardization.json. Numbers of float64 come back from it as they were. */
export function standardizationText({ dim, columns, mean, sd }: Standardization): string {
  const lists = { columns: Array.from(columns), mean: Array.from(mean), sd: Array.from(sd) };
  return `${JSON.stringify({ dim, ...lists })}\n`;
}

/** How the features of a pruned dataset folder were standardised. Throws a DataError that names the file when it is missing or broken. */
export async function readStandardization(folder: string): Promise<Standardization> {
  const path = join(folder, FILES.standardization);
  const refuse = (why: string, cause?: unknown) => new DataError(path, `${path} ${why}.`, { cause });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse('is missing: the folder was written by an earlier version, or a part of it is lost', cause);
  });
  let content: Record<keyof Standardization, unknown>;
  try {
    content = JSON.parse(text) as typeof content;
  } catch (cause) {
    throw refuse('is not JSON', cause);
  }
  const { dim, columns, mean, sd } = content;
  const lists = [columns, mean, sd].map((list) => (Array.isArray(list) ? list.map(Number) : []));
  const [places, means, deviations] = lists as [number[], number[], number[]];
  const fits =
    typeof dim === 'number' &&
    places.length > 0 &&
    lists.every((list) => list.length === places.length && list.every(Number.isFinite)) &&
    places.every((place) => Number.isInteger(place) && place >= 0 && place < dim) &&
    deviations.every((deviation) => deviation > 0);
  if (!fits) throw refuse('holds no standardisation: expected dim, and columns, mean and sd of one length');
  return {
    dim,
    columns: Uint32Array.from(places),
    mean: Float64Array.from(means),
    sd: Float64Array.from(deviations),
  };
}
