import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type AsideStore, DataError, type JobTask, type Json, type Matrix, type OpenedTask, z } from '@refrain/core';
import { type Pass, sharesOf } from '@refrain/core/reductions';
import { type Gemm, gemmProducts, openGemm, TILE, WINDOW } from '../cpu/gemm.ts';
import { packFindings } from './findingsFile.ts';
import { unpackPass } from './passFile.ts';

/** What a recipe of this task works with: a store aside, and in it the points, float32, row-major. */
const recipeInput = z.object({
  aside: z.string(),
  points: z.string(),
  rows: z.int().min(0),
  cols: z.int().min(1),
});

/** What a job is: the tasks `from` … `to` − 1 of the pass with this key; of none, where there is nothing to do yet but to open the points. */
const jobInput = z.object({ pass: z.string().nullable(), from: z.int().min(0), to: z.int().min(0) });

/** The input of a recipe. */
export type SimilaritiesRecipe = z.output<typeof recipeInput>;
/** The input of a job. */
export type SimilaritiesJob = z.output<typeof jobInput>;
/** What comes of a job: the key of what it found, if it looked for anything. */
export interface SimilaritiesOutput {
  readonly [name: string]: Json;
  readonly findings: string | null;
}

/** Shares of passes over points that it opens once: the task of the kernel `distributed`. */
export const similarities: JobTask = {
  name: 'similarities',
  open: async ({ input }, { store }): Promise<OpenedTask> => {
    const { aside: name, points: key, rows, cols } = recipeInput.parse(input);
    const aside = store.aside(name);
    const points = { data: await readPoints(aside, key, rows * cols), rows, cols };
    const gemm = await openGemm();
    const passes = new Passes(aside, points, gemm);
    return {
      has: await requiredProducts(gemm, cols),
      perform: (job, alive) => passes.perform(jobInput.parse(job), alive),
      close: () => gemm.close(),
    };
  },
};

/** The pass that jobs come from, as long as they do. */
interface HeldPass {
  readonly key: string;
  readonly pass: Pass;
  /** Does a share. What it found no place for it does not look for again, whichever job it is of. */
  readonly share: ReturnType<typeof sharesOf<Pass>>;
}

class Passes {
  readonly #aside: AsideStore;
  readonly #points: Matrix;
  readonly #gemm: Gemm;
  #held: HeldPass | undefined;

  constructor(aside: AsideStore, points: Matrix, gemm: Gemm) {
    this.#aside = aside;
    this.#points = points;
    this.#gemm = gemm;
  }

  async perform({ pass: key, from, to }: SimilaritiesJob, alive: (what: string) => void): Promise<SimilaritiesOutput> {
    if (key === null) return { findings: null };
    if (this.#held?.key !== key) this.#held = await this.#read(key);
    const { pass, share } = this.#held;
    let next = from;
    const work = {
      next: () => {
        alive(`tasks ${next} to ${to - 1}`);
        return next < to ? next++ : Number.MAX_SAFE_INTEGER;
      },
      pause: () => setImmediate(),
      done: () => {},
    };
    const found = await share(work);
    return { findings: await this.#aside.put(...packFindings(pass, found, [from, to])) };
  }

  async #read(key: string): Promise<HeldPass> {
    const pass = unpackPass(await this.#aside.get(key), this.#points.rows);
    const products = gemmProducts(this.#gemm, this.#points, pass.order, WINDOW);
    return { key, pass, share: sharesOf(pass, { products, size: TILE }) };
  }
}

/** The points: rows × cols float32. */
async function readPoints(aside: AsideStore, key: string, length: number): Promise<Float32Array> {
  const bytes = await aside.get(key);
  if (bytes.length !== 4 * length)
    throw new DataError(key, `Expected ${length} numbers of points, got ${bytes.length / 4}.`);
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(buffer, byteOffset, length);
}

/**
 * What must be equal wherever shares of one pass are done: the bits of products of this many columns, in a whole tile and in one at the edge. They
 * differ between processors that add in another order and between versions of onnxruntime.
 */
export async function requiredProducts(gemm: Gemm, cols: number): Promise<Readonly<Record<string, string>>> {
  const hash = createHash('sha256').update('passes 1');
  const points = new Float32Array(TILE.rows * cols);
  for (let at = 0; at < points.length; at++) points[at] = ((at * 48271) % 65521) / 65521 - 0.5;
  const products = new Float32Array(TILE.rows ** 2);
  for (const rows of [TILE.rows, 37]) {
    const some = points.subarray(0, rows * cols);
    await gemm.multiply(some, points, cols, products);
    hash.update(products);
  }
  return { 'the rounding of matrix products': hash.digest('hex').slice(0, 16) };
}
