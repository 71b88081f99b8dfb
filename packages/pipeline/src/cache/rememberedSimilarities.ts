import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type HistogramQuery,
  type Matrix,
  messageOf,
  type Pairs,
  type PairsQuery,
  type Reduction,
  type ScoreCounts,
  type ScoresQuery,
  type SimilarityKernel,
  seededRandom,
  zeros,
} from '@refrain/core';
import { FILE_VERSION, KeptFiles, keyOf, type Numbers } from './keptFiles.ts';

/** What the files may take. */
export const SIMILARITY_LIMITS = {
  /** Bytes of all files; the oldest go first. */
  bytes: 4 * 2 ** 30,
  /** Bytes of one answer; a larger one is not kept. A pair takes 12, so these are 20 million. */
  bytesPerAnswer: 240_000_000,
  /** Of fewer points than this nothing is kept: to compute it again takes no longer than to read it. */
  fewestPoints: 2000,
};

/**
 * The kernel, with its histograms and lists of pairs kept in files under `folder`, so that a later run with another t or share need not compute
 * them again. Every answer is the kernel's own, number for number: it is found by all that it depends on, the points, the measure, the question
 * and what the kernel makes of a small matrix. `notice` is told once of each damaged file, and once where none can be written; neither fails a query.
 */
export function rememberingKernel(
  kernel: SimilarityKernel,
  folder: string,
  notice: (message: string) => void,
  limits = SIMILARITY_LIMITS,
): SimilarityKernel {
  const words = { what: 'similarities of an earlier run', otherwise: 'they are computed anew' };
  const files = new KeptFiles<null>(folder, words, notice);
  let isWritable = true;
  const keep = async (name: string, answer: readonly Numbers[]) => {
    const bytes = answer.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (!isWritable || bytes > limits.bytesPerAnswer) return;
    try {
      await files.keep(name, null, answer);
      await removeOldest(files, folder, limits.bytes, name);
    } catch (error) {
      isWritable = false;
      notice(`Similarities are not kept for later runs: ${messageOf(error)}.`);
    }
  };
  /** The answer in the file of this name, which is its key and its kind; else the computed one, which is kept. */
  const answerTo = async (
    name: string,
    { signal, onProgress }: Reduction,
    compute: () => Promise<readonly Numbers[]>,
  ): Promise<readonly Numbers[]> => {
    signal?.throwIfAborted();
    const found = await files.find(name, ({ numbers }) => numbers());
    signal?.throwIfAborted();
    if (found !== undefined) onProgress?.(1);
    const answer = found ?? (await compute());
    if (found === undefined) await keep(name, answer);
    return answer;
  };
  let probe: Promise<string> | undefined;
  return {
    name: kernel.name,
    ...(kernel.measureCosines && { measureCosines: kernel.measureCosines }),
    // Clusterers ask for neighbours alone, which are not kept.
    ...(kernel.loadMoved && { loadMoved: kernel.loadMoved }),
    load: async (points, measure = 'inner-product') => {
      const loaded = await kernel.load(points, measure);
      if (points.rows < limits.fewestPoints) return loaded;
      probe ??= kernelKey(kernel);
      const shape = Float64Array.of(points.rows, points.cols, loaded.tolerance);
      const key = keyOf(await probe, measure, shape, points.data);
      return {
        count: loaded.count,
        tolerance: loaded.tolerance,
        tile: (rows, cols) => loaded.tile(rows, cols),
        nearest: (query) => loaded.nearest(query),
        histogram: async (query) => {
          const compute = async () => [await loaded.histogram(query)] as Numbers[];
          const [counts] = await answerTo(`${histogramKey(key, query)}.histogram`, query, compute);
          return counts as Float64Array;
        },
        scores: async (query) => {
          const compute = async () => {
            const { counts, pairs } = await loaded.scores(query);
            return [counts, ...(pairs ? [pairs.i, pairs.j, pairs.similarity] : [])] as Numbers[];
          };
          const answer = await answerTo(`${scoresKey(key, query)}.scores`, query, compute);
          const [counts, i, j, similarity] = answer;
          return { counts, ...(i && { pairs: { i, j, similarity } }) } as ScoreCounts;
        },
        pairsAbove: async (query) => {
          const compute = async () => {
            const { i, j, similarity } = await loaded.pairsAbove(query);
            return [i, j, similarity] as Numbers[];
          };
          const [i, j, similarity] = await answerTo(`${pairsKey(key, query)}.pairs`, query, compute);
          return { i, j, similarity } as Pairs;
        },
        pairsAlong: (query) => loaded.pairsAlong(query),
        close: () => loaded.close(),
      };
    },
  };
}

// Also what was kept under other names before: it goes when it is the oldest.
const OURS = /^[0-9a-f]{64}.*\.(tolerance|histogram|scores|pairs)$/;

/** Removes the oldest answers until all of them take no more than `limit` bytes; the one of the name `newest` stays. */
async function removeOldest(files: KeptFiles<null>, folder: string, limit: number, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => OURS.test(name) && name !== newest);
  const found = names.map(async (name) => {
    // Another process may have removed it by now.
    const info = await stat(join(folder, name)).catch(() => undefined);
    return { name, bytes: info?.size ?? 0, time: info?.mtimeMs ?? 0 };
  });
  let { size: bytes } = await stat(join(folder, newest));
  for (const file of (await Promise.all(found)).sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1))) {
    bytes += file.bytes;
    if (bytes > limit) await files.remove(file.name);
  }
}

// Enough numbers a row that sums taken in another order differ.
const PROBE = { rows: 24, cols: 300 };

/**
 * Of a kernel's name and of what it makes of a small fixed matrix. The same kernel rounds otherwise on another processor, card or version of
 * its library: such similarities must not be mixed.
 */
async function kernelKey(kernel: SimilarityKernel): Promise<string> {
  const { rows, cols } = PROBE;
  const random = seededRandom('probe of a kernel');
  const points: Matrix = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;
  const loaded = await kernel.load(points);
  try {
    const all = { start: 0, end: rows };
    return keyOf(kernel.name, Float64Array.of(FILE_VERSION, loaded.tolerance), await loaded.tile(all, all));
  } finally {
    await loaded.close();
  }
}

function histogramKey(points: string, { groups, groupCount, bins, from, to }: HistogramQuery): string {
  return keyOf(points, 'histogram', Float64Array.of(groupCount, bins, from, to), groups);
}

function scoresKey(points: string, { among, score, ...count }: ScoresQuery): string {
  const { bins, from, to, least, most } = count;
  const numbers = Float64Array.of(bins, from, to, least, most);
  return keyOf(points, 'scores', numbers, among, score.scale, score.offset);
}

// Groups that are all one are another question than none: nothing is lost but one computation.
function pairsKey(points: string, { floor, groups, score }: PairsQuery): string {
  const scores = score ? [score.scale, score.offset, Float64Array.of(score.least)] : [];
  return keyOf(points, 'pairs', floor, groups ?? 'no groups', ...scores);
}
