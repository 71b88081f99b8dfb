import type { NumberRows } from '@refrain/core';
import type { FittedSpace } from '@refrain/pruned-dataset';
import type { SpaceKind } from '../options/clips.ts';
import { fitWhitening } from './fitWhitening.ts';
import { readClip, type SegmentSource } from './segments.ts';

// float32 resolves 6e-8 of a value, float64 1e-16: what varies less than this around its mean varies by rounding only.
const CONSTANT_BELOW = { float32: 1e-6, float64: 1e-14 };

/**
 * How segments come into the space of these clips; undefined for the raw one. Segments are read three times, one clip at a time, for a whitened
 * space, once more where no clip has two that differ. Where it cannot be whitened (see `fitWhitening`) the standardised one takes its place.
 * Throws a DataError for a number that is not finite, naming the clip.
 */
export async function fitSpace(train: SegmentSource, kind: SpaceKind): Promise<FittedSpace | undefined> {
  if (kind === 'raw') return undefined;
  const { varies, ...standardization } = await fitStandardization(train);
  const whitening = kind === 'whitened' && varies ? await fitWhitening(train, standardization) : undefined;
  return { ...standardization, ...(whitening && { whitening }) };
}

/**
 * The standardisation that gives each dimension mean 0 and standard deviation 1 over all segments of the clips, each segment counting
 * once. Dimensions whose standard deviation is at most a millionth of their mean's size (float64: a 10⁻¹⁴ of it) are dropped as constant. Where none
 * varies all are taken as they are, mean 0 and deviation 1: then all clips are alike. Sums are compensated (Neumaier 1974), so another order of the
 * clips changes the last bit at most.
 */
async function fitStandardization(train: SegmentSource): Promise<FittedSpace & { readonly varies: boolean }> {
  const { dim } = train;
  const sums = new CompensatedSums(dim);
  let isWide = false;
  for (let clip = 0; clip < train.clips; clip++) {
    const segments = await readClip(train, clip);
    isWide ||= segments.data instanceof Float64Array;
    sums.add(segments);
  }
  const means = sums.means();
  const squares = new CompensatedSums(dim);
  for (let clip = 0; clip < train.clips; clip++) squares.addSquares(await train.read(clip), means);
  const sds = squares.means().map(Math.sqrt);
  const constantBelow = CONSTANT_BELOW[isWide ? 'float64' : 'float32'];
  const columns = [...sds.keys()].filter((column) => sds[column]! > constantBelow * Math.abs(means[column]!));
  if (columns.length === 0) return { ...asTheyAre(dim), varies: false };
  const chosen = (all: Float64Array) => columns.map((column) => all[column]!);
  return { dim, columns, mean: chosen(means), sd: chosen(sds), varies: true };
}

function asTheyAre(dim: number): FittedSpace {
  return {
    dim,
    columns: Array.from({ length: dim }, (_, column) => column),
    mean: new Array<number>(dim).fill(0),
    sd: new Array<number>(dim).fill(1),
  };
}

/** Sums over rows of each column's values, or of the squares of their deviations. */
class CompensatedSums {
  readonly #sums: Float64Array;
  readonly #lost: Float64Array;
  #rows = 0;

  constructor(cols: number) {
    this.#sums = new Float64Array(cols);
    this.#lost = new Float64Array(cols);
  }

  add({ data, rows, cols }: NumberRows): void {
    this.#rows += rows;
    for (let row = 0, at = 0; row < rows; row++) {
      for (let column = 0; column < cols; column++, at++) addTo(this.#sums, this.#lost, column, data[at]!);
    }
  }

  addSquares({ data, rows, cols }: NumberRows, centre: Float64Array): void {
    this.#rows += rows;
    for (let row = 0, at = 0; row < rows; row++) {
      for (let column = 0; column < cols; column++, at++) {
        const deviation = data[at]! - centre[column]!;
        addTo(this.#sums, this.#lost, column, deviation * deviation);
      }
    }
  }

  means(): Float64Array {
    return this.#sums.map((sum, column) => (sum + this.#lost[column]!) / this.#rows);
  }
}

function addTo(sums: Float64Array, lost: Float64Array, column: number, value: number): void {
  const sum = sums[column]!;
  const next = sum + value;
  lost[column]! += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
  sums[column] = next;
}
