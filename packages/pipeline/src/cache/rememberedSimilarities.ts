import {
  DataError,
  type HistogramQuery,
  type LoadedPoints,
  type NearestQuery,
  type Neighbours,
  type Pairs,
  type PairsQuery,
  type Range,
  type Reduction,
  type SimilarityKernel,
} from '@refrain/core';
import { histogramKey, kernelKey, pairsKey, pointsKey } from './rememberedSimilaritiesKeys.ts';
import { SimilarityStore, STORE_LIMITS, type StoreLimits } from './rememberedSimilaritiesStore.ts';

/**
 * The kernel, with its histograms and lists of pairs kept in files under `folder`, so that a later run with another t, θ, strategy or noise
 * policy need not compute them again. Every answer is the kernel's own, number for number: keys hold the points, the measure, the groups and
 * what the kernel makes of a small matrix, and a list of pairs answers queries of the same points with floors nowhere below its own.
 *
 * Points for which something is kept reach the device only when a query needs it, so they must not change before they are closed.
 * `notice` is told once of a damaged file and of a folder that cannot be written; neither fails a query.
 */
export function rememberingKernel(
  kernel: SimilarityKernel,
  folder: string,
  notice: (message: string) => void,
  limits: StoreLimits = STORE_LIMITS,
): SimilarityKernel {
  const store = new SimilarityStore(folder, notice, limits);
  let probe: Promise<Buffer> | undefined;
  return {
    name: kernel.name,
    load: async (points, measure = 'inner-product') => {
      if (points.rows < limits.fewestPoints) return kernel.load(points, measure);
      probe ??= kernelKey(kernel);
      const key = pointsKey(await probe, points, measure);
      const open = () => kernel.load(points, measure);
      const tolerance = await store.tolerance(key);
      // Only points that a kernel took have a tolerance in the store. Others it has to check now.
      const loaded = tolerance === undefined ? await open() : undefined;
      return new RememberedPoints(
        { count: points.rows, tolerance: tolerance ?? loaded!.tolerance, loaded, open },
        key,
        store,
      );
    },
  };
}

/** Points that the kernel loads when it is first needed, unless it did already. */
interface PointsToCome extends Pick<LoadedPoints, 'count' | 'tolerance'> {
  readonly loaded: LoadedPoints | undefined;
  open(): Promise<LoadedPoints>;
}

class RememberedPoints implements LoadedPoints {
  readonly count: number;
  readonly tolerance: number;
  readonly #key: Buffer;
  readonly #store: SimilarityStore;
  readonly #open: () => Promise<LoadedPoints>;
  #loaded: Promise<LoadedPoints> | undefined;
  #isToleranceKept: boolean;

  constructor({ count, tolerance, loaded, open }: PointsToCome, key: Buffer, store: SimilarityStore) {
    this.count = count;
    this.tolerance = tolerance;
    this.#key = key;
    this.#store = store;
    this.#open = open;
    this.#loaded = loaded && Promise.resolve(loaded);
    this.#isToleranceKept = loaded === undefined;
  }

  async tile(rows: Range, cols: Range): Promise<Float32Array> {
    return (await this.#points()).tile(rows, cols);
  }

  async nearest(query: NearestQuery): Promise<Neighbours> {
    return (await this.#points()).nearest(query);
  }

  async histogram(query: HistogramQuery): Promise<Float64Array> {
    const key = histogramKey(this.#key, this.tolerance, query);
    return this.#answer(query, {
      find: () => this.#store.histogram(key),
      compute: (points) => points.histogram(query),
      keep: (counts) => this.#store.keepHistogram(key, counts),
    });
  }

  async pairsAbove(query: PairsQuery): Promise<Pairs> {
    const sides = sidesOf(query, this.count);
    if (sides === undefined) return (await this.#points()).pairsAbove(query);
    const key = pairsKey(this.#key, this.tolerance, sides.groups);
    return this.#answer(query, {
      find: () => this.#store.pairs(key, sides.floor),
      compute: (points) => points.pairsAbove(query),
      keep: (pairs) => this.#store.keepPairs(key, sides.floor, pairs),
    });
  }

  async close(): Promise<void> {
    // Points that could not be loaded have told so already, and there is nothing to close.
    const points = await this.#loaded?.catch(() => undefined);
    await points?.close();
  }

  async #answer<T extends object>(
    { signal, onProgress }: Reduction,
    { find, compute, keep }: Answering<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const found = await find();
    signal?.throwIfAborted();
    const answer = found ?? (await compute(await this.#points()));
    if (found === undefined) await keep(answer);
    else onProgress?.(1);
    if (!this.#isToleranceKept) await this.#store.keepTolerance(this.#key, this.tolerance);
    this.#isToleranceKept = true;
    return answer;
  }

  #points(): Promise<LoadedPoints> {
    this.#loaded ??= this.#open().then(async (points) => {
      if (points.tolerance === this.tolerance) return points;
      await points.close();
      const change = `${points.tolerance} now, ${this.tolerance} when similarities were kept`;
      const { folder } = this.#store;
      throw new DataError(
        folder,
        `The kernel vouches for another tolerance than before (${change}): delete ${folder}.`,
      );
    });
    return this.#loaded;
  }
}

/** Where an answer comes from, and where it goes. */
interface Answering<T> {
  find(): Promise<T | undefined>;
  compute(points: LoadedPoints): Promise<T>;
  keep(answer: T): Promise<void>;
}

/**
 * Who takes part in a query, and from where on; −1 and Infinity for those who do not. Points left out by their floor are part of the question:
 * kernels walk the others without gaps, and a product in a tile of another shape may be rounded otherwise. Undefined for a query that the
 * kernel will refuse or that has no order of floors.
 */
function sidesOf(
  { floor, groups }: PairsQuery,
  count: number,
): { groups: Int32Array; floor: Float32Array } | undefined {
  if (floor.length !== count || (groups !== undefined && groups.length !== count)) return undefined;
  if (floor.some(Number.isNaN)) return undefined;
  const group = Int32Array.from(floor, (value, i) => (value === Infinity ? -1 : Math.max(-1, groups?.[i] ?? 0)));
  return { groups: group, floor: floor.map((value, i) => (group[i]! < 0 ? Infinity : value)) };
}
