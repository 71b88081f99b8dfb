import { setImmediate } from 'node:timers/promises';
import type { Reduction } from '../kernel.ts';
import { type AlongList, alongScan, mergeAlong } from './along.ts';
import { histogramScan, mergeHistograms } from './histogram.ts';
import { emptyLists, mergeLists, type NeighbourLists, nearestScan } from './nearest.ts';
import { emptyPairs, mergePairs, type PairList, pairsScan } from './pairs.ts';
import { type Pass, productsIn, type Task, type Tile, tasksOf, tilesOf } from './pass.ts';
import type { Scan } from './scan.ts';
import { mergeScores, type ScoredPairs, scoresScan } from './scores.ts';
import type { InnerProducts, TileSize } from './tiles.ts';

/** What a pass finds, by its kind. */
export interface Findings {
  readonly nearest: NeighbourLists;
  readonly histogram: Float64Array;
  readonly pairs: PairList;
  readonly scores: ScoredPairs;
  readonly along: AlongList;
}

/** How the tasks of a pass are handed out and watched. */
export interface Work {
  /** Number of the next task to do; any beyond the last when there is none left. */
  next(): number;
  /** Called before each tile: a chance to let others run, and to throw when the pass is to stop. */
  pause(): Promise<void> | void;
  /** Told how many products were computed or left out. */
  done(products: number): void;
}

/** What is at hand when a pass runs. */
export interface Means {
  /** Products of the places of the pass. */
  readonly products: InnerProducts;
  readonly size: TileSize;
  /** Memory shared by all who run the same nearest pass, one number per place: see `nearestScan`. */
  readonly thresholds?: Float32Array | undefined;
}

/** Does tasks of a pass until none is left, and returns what they hold. */
export async function runPass<P extends Pass>(pass: P, means: Means, work: Work): Promise<Findings[P['kind']]> {
  const scan = scanOf(pass, means);
  await scanTasks(tasksOf(pass, means.size), scan, means, work);
  return scan.finish() as Findings[P['kind']];
}

/** What does shares of one pass, one after the other, in the same memory: what a share found is there until the next one begins. */
export function sharesOf<P extends Pass>(pass: P, means: Means): (work: Work) => Promise<Findings[P['kind']]> {
  const tasks = tasksOf(pass, means.size);
  let scan: Scan<Findings[Pass['kind']]> | undefined;
  return async (work) => {
    if (scan?.restart === undefined) scan = scanOf(pass, means);
    else scan.restart();
    await scanTasks(tasks, scan, means, work);
    return (scan.found?.() ?? scan.finish()) as Findings[P['kind']];
  };
}

async function scanTasks(tasks: readonly Task[], scan: Scan<unknown>, means: Means, work: Work): Promise<void> {
  for (let at = work.next(); at < tasks.length; at = work.next()) {
    const task = tasks[at]!;
    for (const tile of tilesOf(task, means.size)) {
      if (scan.isFull?.(task.rows)) return;
      if (!scan.skips(tile.rows, tile.cols)) await scanTile(scan, task, tile, means, work);
      work.done(productsIn(tile));
    }
  }
}

/** What no task has found anything for yet. */
export function emptyFindings<P extends Pass>(pass: P): Findings[P['kind']] {
  const empty = (): Findings[Pass['kind']] => {
    if (pass.kind === 'nearest') return emptyLists(pass.lists, pass.k);
    if (pass.kind === 'histogram') return new Float64Array(pass.groupCount * pass.bins);
    return pass.kind === 'scores' ? { ...emptyPairs(), counts: new Float64Array(pass.bins) } : emptyPairs();
  };
  return empty() as Findings[P['kind']];
}

/** Adds what another thread found in the same pass to `findings`. */
export function mergeFindings<K extends Pass['kind']>(kind: K, findings: Findings[K], other: Findings[K]): void {
  const merge: { [Kind in Pass['kind']]: (one: Findings[Kind], other: Findings[Kind]) => void } = {
    nearest: mergeLists,
    histogram: mergeHistograms,
    pairs: mergePairs,
    scores: mergeScores,
    along: mergeAlong,
  };
  merge[kind](findings, other);
}

/** How many products the tiles of a pass have. */
export function productsOf(pass: Pass, size: TileSize): number {
  let products = 0;
  for (const task of tasksOf(pass, size)) for (const tile of tilesOf(task, size)) products += productsIn(tile);
  return products;
}

async function scanTile(scan: Scan<unknown>, { run }: Task, tile: Tile, means: Means, work: Work): Promise<void> {
  await work.pause();
  await fill(scan, tile, means);
  scan.take(tile.rows, tile.cols, run);
}

function scanOf(pass: Pass, { size, thresholds, products }: Means): Scan<Findings[Pass['kind']]> {
  if (pass.kind === 'nearest') return nearestScan(pass, size, thresholds);
  if (pass.kind === 'along') return alongScan(pass, size, products.productsAbove === undefined);
  if (pass.kind === 'scores') return scoresScan(pass, size);
  return pass.kind === 'histogram' ? histogramScan(pass, size) : pairsScan(pass, size);
}

async function fill(scan: Scan<unknown>, { rows, cols }: Tile, { products }: Means): Promise<void> {
  const floors = products.productsAbove && scan.floors?.(rows, cols);
  if (floors === undefined) await products.innerProducts(rows, cols, scan.products);
  else await products.productsAbove!(rows, cols, floors, scan.products);
}

/** All tasks of a pass, one after the other in this thread. The event loop turns before each tile, so that timers, progress and an interrupt get through. */
export function inlineWork(pass: Pass, size: TileSize, { signal, onProgress }: Reduction): Work {
  const total = productsOf(pass, size);
  let next = 0;
  let done = 0;
  return {
    next: () => next++,
    pause: async () => {
      await setImmediate();
      signal?.throwIfAborted();
    },
    done: (products) => {
      done += products;
      onProgress?.(done / total);
    },
  };
}
