import { join } from 'node:path';
import {
  type Clustering,
  type Host,
  type Matrix,
  type PruneInput,
  type Pruner,
  readNpy,
  readNpyMatrix,
  type SimilarityKernel,
  seededRandom,
  writeNpy,
} from '@refrain/core';
import { type ClipsShape, type ClusteredClips, clusteredClips } from './clusteredClips.ts';
import type { Facts, Prepared } from './job.ts';
import { importKernel } from './kernelChoice.ts';

/** What a process of the pruning benchmark does, with the clips in a folder. */
export type PruningJob =
  | { readonly kind: 'clips'; readonly folder: string; readonly shape: ClipsShape }
  | { readonly kind: 'duplicates'; readonly folder: string; readonly workers: number }
  | {
      readonly kind: 'prune';
      readonly folder: string;
      readonly workers: number;
      /** Exactly one of the two. */
      readonly t?: number;
      readonly keep?: number;
    }
  | {
      /** By another strategy, with its own ε. */
      readonly kind: 'semdedup' | 'coverage';
      readonly folder: string;
      readonly workers: number;
      readonly epsilon: number;
      /** All clips as one cluster. */
      readonly inOne?: boolean;
    };

/** What @refrain/pruners exports, as far as it is used here. */
interface Pruners {
  readonly JensenShannonPruner: new (
    options: Readonly<Record<string, unknown>>,
    kernel: SimilarityKernel,
    host: Host,
  ) => Pruner;
  readonly semdedup: Strategy;
  readonly coverage: Strategy;
}

/** A component that makes a pruner. */
interface Strategy {
  readonly options: { parse(given: object): unknown };
  create(options: unknown, kernel: SimilarityKernel, host: Host): Pruner;
}

/** The pipeline's search for duplicates. */
interface Duplicates {
  findDuplicates(
    embeddings: Matrix,
    audioHashes: readonly (string | undefined)[],
    kernel: SimilarityKernel,
  ): Promise<{ readonly duplicateSet: Int32Array; readonly representatives: Uint32Array }>;
}

/** Makes a job of the pruning benchmark ready. */
export async function preparePruning(job: PruningJob): Promise<Prepared> {
  if (job.kind === 'clips') return async () => writeClips(job.folder, job.shape);
  const built = (file: string) => import(new URL(`../../../packages/${file}`, import.meta.url).href);
  const pruners = (await built('pruners/dist/index.js')) as Pruners;
  const duplicates = (await built('pipeline/dist/duplicates/findDuplicates.js')) as Duplicates;
  const open = await importKernel({ name: 'cpu', workers: job.workers });
  const clips = await readClips(job.folder);
  return async () => {
    const { kernel, host } = open();
    if (job.kind === 'duplicates') {
      const unknown = Array<undefined>(clips.points.rows).fill(undefined);
      const { representatives } = await duplicates.findDuplicates(clips.points, unknown, kernel);
      return { kept: representatives.length };
    }
    if (job.kind !== 'prune') {
      const { options, create } = pruners[job.kind];
      const labels = job.inOne ? clips.labels.map(() => 0) : clips.labels;
      const pruner = create(options.parse({ epsilon: job.epsilon }), kernel, host);
      return { kept: (await pruner.prune(pruneInput({ ...clips, labels }))).keep.length };
    }
    const input = pruneInput(clips, job.keep);
    const pruner = new pruners.JensenShannonPruner(job.t === undefined ? {} : { t: job.t }, kernel, host);
    const { keep, decisions } = await pruner.prune(input);
    return { kept: keep.length, ...decisions };
  };
}

/** Facts: `clusters`, and `pairsInside`, the sum of n² over the clusters and noise, which is twice the number of pairs. */
async function writeClips(folder: string, shape: ClipsShape): Promise<Facts> {
  const { points, labels, duplicateSet, reliability } = clusteredClips(shape);
  await writeNpy(join(folder, 'points.npy'), {
    dtype: 'float32',
    shape: [points.rows, points.cols],
    data: points.data,
  });
  const columns = Float64Array.from([...labels, ...duplicateSet, ...reliability]);
  await writeNpy(join(folder, 'facts.npy'), { dtype: 'float64', shape: [3, labels.length], data: columns });
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const pairsInside = [...counts.values()].reduce((sum, count) => sum + count * count, 0);
  return { clusters: counts.size - (counts.has(-1) ? 1 : 0), pairsInside };
}

async function readClips(folder: string): Promise<ClusteredClips> {
  const points = await readNpyMatrix(join(folder, 'points.npy'));
  const columns = (await readNpy(join(folder, 'facts.npy'))).data as Float64Array;
  const { rows } = points;
  return {
    points,
    labels: Int32Array.from(columns.subarray(0, rows)),
    duplicateSet: Int32Array.from(columns.subarray(rows, 2 * rows)),
    reliability: columns.slice(2 * rows),
  };
}

function pruneInput({ points, labels, duplicateSet, reliability }: ClusteredClips, keep?: number): PruneInput {
  const clustering: Clustering = {
    labels,
    clusterCount: labels.reduce((most, label) => Math.max(most, label), -1) + 1,
    probabilities: new Float32Array(labels.length).fill(1),
  };
  return {
    ids: Array.from(labels, (_, clip) => String(clip).padStart(7, '0')),
    embeddings: points,
    clustering,
    reliability,
    duplicateSet,
    ...(keep === undefined ? {} : { keepFraction: keep }),
    random: seededRandom('prune'),
  };
}
