import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DataError,
  type HistogramQuery,
  type Matrix,
  messageOf,
  type Pairs,
  type PairsQuery,
  type Reduction,
  type SimilarityKernel,
  seededRandom,
  zeros,
} from '@refrain/core';
import { FILE_VERSION, type Numbers, readSections, writeSections } from './sectionFile.ts';

/** What the files may take. */
export interface SimilarityLimits {
  /** Bytes of all files; the oldest go first. */
  readonly bytes: number;
  /** Bytes of one answer; a larger one is not kept. A pair takes 12. */
  readonly bytesPerAnswer: number;
  /** Of fewer points than this nothing is kept: to compute it again takes no longer than to read it. */
  readonly fewestPoints: number;
}

/** 4 GiB, 20 million pairs an answer. */
export const SIMILARITY_LIMITS: SimilarityLimits = {
  bytes: 4 * 2 ** 30,
  bytesPerAnswer: 240_000_000,
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
  limits: SimilarityLimits = SIMILARITY_LIMITS,
): SimilarityKernel {
  const answers = new AnswerFiles(folder, notice, limits);
  let probe: Promise<Buffer> | undefined;
  return {
    name: kernel.name,
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
          const [counts] = await answers.get(`${histogramKey(key, query)}.histogram`, [Float64Array], query, compute);
          return counts as Float64Array;
        },
        pairsAbove: async (query) => {
          const compute = async () => {
            const { i, j, similarity } = await loaded.pairsAbove(query);
            return [i, j, similarity] as Numbers[];
          };
          const types = [Uint32Array, Uint32Array, Float32Array];
          const [i, j, similarity] = await answers.get(`${pairsKey(key, query)}.pairs`, types, query, compute);
          return { i, j, similarity } as Pairs;
        },
        close: () => loaded.close(),
      };
    },
  };
}

type NumberType = new (bytes: ArrayBuffer) => Numbers;

// Also what was kept under other names before: it goes when it is the oldest.
const OURS = /^[0-9a-f]{64}.*\.(tolerance|histogram|pairs)$/;

/** Answers in files. What cannot be read is as good as absent, and what cannot be written is left out. */
class AnswerFiles {
  readonly #folder: string;
  readonly #notice: (message: string) => void;
  readonly #limits: SimilarityLimits;
  readonly #told = new Set<string>();
  #isWritable = true;

  constructor(folder: string, notice: (message: string) => void, limits: SimilarityLimits) {
    this.#folder = folder;
    this.#notice = notice;
    this.#limits = limits;
  }

  /** The answer in the file of this name, which is its key and its kind; else the computed one, which is kept. */
  async get(
    name: string,
    types: readonly NumberType[],
    { signal, onProgress }: Reduction,
    compute: () => Promise<readonly Numbers[]>,
  ): Promise<readonly Numbers[]> {
    signal?.throwIfAborted();
    const found = await this.#read(name, types);
    signal?.throwIfAborted();
    if (found !== undefined) {
      onProgress?.(1);
      return found;
    }
    const answer = await compute();
    const bytes = answer.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.#isWritable && bytes <= this.#limits.bytesPerAnswer) await this.#write(name, answer);
    return answer;
  }

  async #read(name: string, types: readonly NumberType[]): Promise<Numbers[] | undefined> {
    const path = join(this.#folder, name);
    try {
      return await readSections(path, Buffer.from(name.slice(0, 64), 'hex'), types.length, async (section) => {
        const read: Numbers[] = [];
        for (const [at, type] of types.entries()) read.push(new type(await section(at)));
        return read;
      });
    } catch (error) {
      const isDamaged = error instanceof DataError;
      const what = isDamaged ? 'is damaged' : 'cannot be read';
      this.#tell(
        path,
        `${path}, similarities of an earlier run, ${what} (${messageOf(error)}): they are computed anew.`,
      );
      if (isDamaged) await this.#remove(name);
      return undefined;
    }
  }

  async #write(name: string, answer: readonly Numbers[]): Promise<void> {
    try {
      await writeSections(join(this.#folder, name), Buffer.from(name.slice(0, 64), 'hex'), answer);
    } catch (error) {
      this.#isWritable = false;
      this.#tell(this.#folder, `Similarities are not kept for later runs: ${messageOf(error)}.`);
      return;
    }
    let bytes = 0;
    for (const file of await this.#newestFirst()) {
      bytes += file.bytes;
      if (bytes > this.#limits.bytes && file.name !== name) await this.#remove(file.name);
    }
  }

  async #newestFirst(): Promise<{ name: string; bytes: number; time: number }[]> {
    const files = (await readdir(this.#folder).catch(() => []))
      .filter((name) => OURS.test(name))
      .map(async (name) => {
        // Another process may have removed it by now.
        const found = await stat(join(this.#folder, name)).catch(() => undefined);
        return { name, bytes: found?.size ?? 0, time: found?.mtimeMs ?? 0 };
      });
    return (await Promise.all(files)).sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1));
  }

  /** Removes a file; one that stays does no harm. */
  async #remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true }).catch(() => {});
  }

  #tell(about: string, message: string): void {
    if (!this.#told.has(about)) this.#notice(message);
    this.#told.add(about);
  }
}

// Enough numbers a row that sums taken in another order differ.
const PROBE = { rows: 24, cols: 300 };

/**
 * Of a kernel's name and of what it makes of a small fixed matrix. The same kernel rounds otherwise on another processor, card or version of
 * its library: such similarities must not be mixed.
 */
async function kernelKey(kernel: SimilarityKernel): Promise<Buffer> {
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

function histogramKey(points: Buffer, { groups, groupCount, bins, from, to, score }: HistogramQuery): string {
  const question = ['histogram', Float64Array.of(groupCount, bins, from, to), groups] as const;
  return keyOf(points, ...question, ...(score ? [score.scale, score.offset] : [])).toString('hex');
}

// Groups that are all one are another question than none: nothing is lost but one computation.
function pairsKey(points: Buffer, { floor, groups, score }: PairsQuery): string {
  const conditions = score?.anyOf.flatMap((one) => [one.floor, Float64Array.of(one.least)]) ?? [];
  const scores = score ? [score.scale, score.offset, ...conditions] : [];
  return keyOf(points, 'pairs', floor, groups ?? 'no groups', ...scores).toString('hex');
}

// Node hashes less than 2 GiB at once.
const BLOCK = 2 ** 28;

/** SHA-256 of the parts, each with its length before it, so that no two lists of parts read alike. */
function keyOf(...parts: readonly (string | NodeJS.ArrayBufferView)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    const { buffer, byteOffset, byteLength } = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(Float64Array.of(byteLength));
    for (let at = 0; at < byteLength; at += BLOCK) {
      hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(BLOCK, byteLength - at)));
    }
  }
  return hash.digest();
}
