import { readNpyMatrix, rowOf } from '@refrain/core';
import { HDBSCAN_OPTIONS, labelFacts } from './hdbscanJob.ts';
import type { Prepared } from './job.ts';

/** The npm package `hdbscan-ts` (MIT) on the points of a file. */
export async function prepareHdbscanTs(file: string): Promise<Prepared> {
  const { HDBSCAN } = await import('hdbscan-ts');
  const points = await nestedRows(file);
  return async () => labelFacts(new HDBSCAN(HDBSCAN_OPTIONS).fit(points));
}

/**
 * The npm package `hdbscan` on the points of a file. It is under the GPL 3: it is a development dependency that only this benchmark calls, and
 * neither it nor anything that imports it is ever shipped.
 */
export async function prepareNpmHdbscan(file: string): Promise<Prepared> {
  const { Hdbscan } = await import('hdbscan');
  const points = await nestedRows(file);
  // It prints every array it makes. Writing them is no part of clustering, so it is not held against it.
  Object.assign(globalThis.console, { log: () => {} });
  return async () => {
    const clustering = new Hdbscan(points, HDBSCAN_OPTIONS.minClusterSize, HDBSCAN_OPTIONS.minSamples);
    return { clusters: clustering.getClusters().length, noise: clustering.getNoise().length };
  };
}

/** Points as both packages take them; making them does not count. */
async function nestedRows(file: string): Promise<number[][]> {
  const points = await readNpyMatrix(file);
  return Array.from({ length: points.rows }, (_, row) => Array.from(rowOf(points, row)));
}
