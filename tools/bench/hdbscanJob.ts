import { createHash } from 'node:crypto';
import { Hdbscan } from '@refrain/clusterers';
import { readNpyMatrix } from '@refrain/core';
import type { Facts, KernelChoice, Prepared } from './job.ts';
import { importKernel } from './kernelChoice.ts';

/** The options that every HDBSCAN here runs with, ours and the peers': the point itself is not counted among the samples. */
export const HDBSCAN_OPTIONS = { minClusterSize: 10, minSamples: 10 } as const;

/** Our HDBSCAN on the points of a file, from making the kernel to the labels. */
export async function prepareHdbscan(file: string, choice: KernelChoice): Promise<Prepared> {
  const open = await importKernel(choice);
  const points = await readNpyMatrix(file);
  return async () => {
    const { kernel, host, facts } = open();
    const { labels, probabilities, singleLinkageTree } = await new Hdbscan(HDBSCAN_OPTIONS, kernel, host).fit(points);
    const { left, right, distances } = singleLinkageTree;
    const result = hashOf([labels, probabilities, left, right, distances]);
    return { ...labelFacts(labels), result, ...facts() };
  };
}

/** The first digits of the hash of what was found, bit for bit. */
function hashOf(found: readonly NodeJS.ArrayBufferView[]): string {
  const hash = createHash('sha256');
  for (const numbers of found) hash.update(numbers);
  return hash.digest('hex').slice(0, 16);
}

/** How many clusters there are and how many points are in none (−1). */
export function labelFacts(labels: ArrayLike<number>): Facts {
  let clusters = 0;
  let noise = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) noise++;
    clusters = Math.max(clusters, labels[i]! + 1);
  }
  return { clusters, noise };
}
