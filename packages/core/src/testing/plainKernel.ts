import type {
  AlongPairs,
  AlongQuery,
  HistogramQuery,
  LoadedPoints,
  Measure,
  NearestQuery,
  Neighbours,
  PairScore,
  Pairs,
  PairsQuery,
  Range,
  Reduction,
  ScoreCounts,
  ScoresQuery,
  SimilarityKernel,
} from '../kernel.ts';
import { dot, type Matrix } from '../matrix.ts';
import { checkPoints } from '../reductions/reducedPoints.ts';

/** Similarities of so many points are kept: 16 MB at most. */
const FEW = 2048;

/**
 * The whole kernel contract by plain loops in float64, for tests of what runs on a kernel: small, slow and easy to check by eye.
 * Similarities are rounded to float32 first and compared after, so equal numbers tie wherever they are seen.
 */
export function plainKernel(): SimilarityKernel {
  return {
    name: 'plain',
    load: async (points, measure = 'inner-product') => {
      checkPoints(points);
      return new PlainPoints(points, measure);
    },
  };
}

function scoreOf({ scale, offset }: PairScore, i: number, j: number, similarity: number): number {
  return similarity * (scale[i]! + scale[j]!) - offset[i]! - offset[j]!;
}

function listed(pairs: readonly (readonly [i: number, j: number, similarity: number])[]): Pairs {
  return {
    i: Uint32Array.from(pairs, ([i]) => i),
    j: Uint32Array.from(pairs, ([, j]) => j),
    similarity: Float32Array.from(pairs, ([, , similarity]) => similarity),
  };
}

class PlainPoints implements LoadedPoints {
  readonly count: number;
  readonly tolerance: number;
  readonly #points: Matrix;
  readonly #measure: Measure;
  /** The similarities of few points that were asked for, by their rows: the same are asked for again and again. */
  readonly #known: Float32Array[] = [];

  constructor(points: Matrix, measure: Measure) {
    this.count = points.rows;
    this.#points = points;
    this.#measure = measure;
    let largest = 0;
    for (let i = 0; i < points.rows; i++) largest = Math.max(largest, dot(points, i, points, i));
    // Half a unit in the last place of float32, of the largest similarity there can be: |x·y| ≤ max|x|², |x−y|²/2 ≤ 2·max|x|².
    this.tolerance = largest * (measure === 'euclidean' ? 2 : 1) * 2 ** -24;
  }

  #similarity(i: number, j: number): number {
    if (this.count > FEW) return this.#computed(i, j);
    this.#known[i] ??= new Float32Array(this.count).fill(Number.NaN);
    const row = this.#known[i];
    if (Number.isNaN(row[j])) row[j] = this.#computed(i, j);
    return row[j]!;
  }

  #computed(i: number, j: number): number {
    const points = this.#points;
    if (this.#measure === 'inner-product') return Math.fround(dot(points, i, points, j));
    let sum = 0;
    for (let k = 0, p = i * points.cols, q = j * points.cols; k < points.cols; k++) {
      const difference = points.data[p + k]! - points.data[q + k]!;
      sum += difference * difference;
    }
    // Not −sum / 2, which is −0 for equal points.
    return Math.fround(0 - sum / 2);
  }

  async tile(rows: Range, cols: Range): Promise<Float32Array> {
    const width = cols.end - cols.start;
    return Float32Array.from({ length: (rows.end - rows.start) * width }, (_, at) =>
      this.#similarity(rows.start + Math.floor(at / width), cols.start + (at % width)),
    );
  }

  async nearest({ k, rows, component, groups, among, signal, onProgress }: NearestQuery): Promise<Neighbours> {
    const asked = rows ?? Uint32Array.from({ length: this.count }, (_, i) => i);
    const some = among && new Set(among);
    const indices = new Int32Array(asked.length * k).fill(-1);
    const similarities = new Float32Array(asked.length * k).fill(-Infinity);
    asked.forEach((i, row) => {
      signal?.throwIfAborted();
      const found: { j: number; s: number }[] = [];
      for (let j = 0; j < this.count; j++) {
        if (j === i || (component !== undefined && component[i] === component[j])) continue;
        if (groups !== undefined && (groups[i]! < 0 || groups[i] !== groups[j])) continue;
        if (some !== undefined && !some.has(i) && !some.has(j)) continue;
        const s = this.#similarity(i, j);
        const last = found[k - 1];
        if (last !== undefined && s <= last.s) continue;
        // Behind all that are as similar: their index is smaller.
        let place = found.length;
        while (place > 0 && found[place - 1]!.s < s) place--;
        found.splice(place, 0, { j, s });
        if (found.length > k) found.pop();
      }
      found.forEach(({ j, s }, place) => {
        indices[row * k + place] = j;
        similarities[row * k + place] = s;
      });
      onProgress?.((row + 1) / asked.length);
    });
    return { indices, similarities };
  }

  async histogram({ groups, groupCount, bins, from, to, ...reduction }: HistogramQuery): Promise<Float64Array> {
    const counts = new Float64Array(groupCount * bins);
    for (const [i, j] of this.#pairsInside(groups, reduction)) {
      const value = this.#similarity(i, j);
      const bin = Math.floor(((value - from) / (to - from)) * bins);
      counts[groups[i]! * bins + Math.min(bins - 1, Math.max(0, bin))]! += 1;
    }
    return counts;
  }

  async scores(query: ScoresQuery): Promise<ScoreCounts> {
    const { among, score, bins, from, to, least, most, signal, onProgress } = query;
    const counts = new Float64Array(bins);
    const found: [number, number, number][] = [];
    for (let row = 0; row < among.length; row++) {
      signal?.throwIfAborted();
      for (let col = row + 1; col < among.length; col++) {
        const [i, j] = [Math.min(among[row]!, among[col]!), Math.max(among[row]!, among[col]!)];
        const s = this.#similarity(i, j);
        const reached = scoreOf(score, i, j, s);
        counts[Math.max(0, Math.min(bins - 1, Math.floor(((reached - from) / (to - from)) * bins)))]! += 1;
        if (reached >= least) found.push([i, j, s]);
      }
      onProgress?.((row + 1) / among.length);
    }
    const pairs = listed(found.sort(([i, j], [otherI, otherJ]) => i - otherI || j - otherJ));
    return {
      counts,
      ...(found.length <= most && { pairs }),
    };
  }

  async pairsAbove({ floor, groups, score, ...reduction }: PairsQuery): Promise<Pairs> {
    const found: [number, number, number][] = [];
    for (const [i, j] of this.#pairsInside(groups, reduction)) {
      const s = this.#similarity(i, j);
      const reaches = score === undefined || scoreOf(score, i, j, s) >= score.least;
      if (s >= Math.max(floor[i]!, floor[j]!) && reaches) found.push([i, j, s]);
    }
    return listed(found);
  }

  async pairsAlong(query: AlongQuery): Promise<AlongPairs> {
    const { order, floors, rows = order.length, most = Infinity, signal, onProgress } = query;
    const found: [number, number, number][] = [];
    let row = 0;
    for (; row < rows && found.length <= most; row++) {
      signal?.throwIfAborted();
      let floor = Infinity;
      for (let col = row + 1; col < order.length; col++) {
        floor = Math.min(floor, floors[col - 1]!);
        const [i, j] = [Math.min(order[row]!, order[col]!), Math.max(order[row]!, order[col]!)];
        const s = this.#similarity(i, j);
        if (s >= floor) found.push([i, j, s]);
      }
      onProgress?.((row + 1) / rows);
    }
    return { ...listed(found.sort(([i, j], [otherI, otherJ]) => i - otherI || j - otherJ)), rows: row };
  }

  *#pairsInside(groups: Int32Array | undefined, { signal, onProgress }: Reduction): Generator<[number, number]> {
    for (let i = 0; i < this.count; i++) {
      signal?.throwIfAborted();
      const isLeftOut = groups !== undefined && groups[i]! < 0;
      for (let j = i + 1; j < this.count && !isLeftOut; j++) {
        if (groups === undefined || groups[i] === groups[j]) yield [i, j];
      }
      onProgress?.((i + 1) / this.count);
    }
  }

  async close(): Promise<void> {}
}
