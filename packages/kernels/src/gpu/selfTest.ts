import { dot, type Matrix, messageOf, type Range, seededRandom, zeros } from '@refrain/core';
import { FLOAT32_ROUNDOFF, type InnerProducts } from '@refrain/core/reductions';
import type { Device } from './device.ts';

const POINTS = 160;
const DIM = 64;
const TILES = [
  [
    { start: 100, end: 120 },
    { start: 1, end: 101 },
  ],
  [
    { start: 3, end: 150 },
    { start: 11, end: POINTS },
  ],
  [
    { start: 0, end: 70 },
    { start: 70, end: 90 },
  ],
] as const;

/**
 * Multiplies a few points on a device and compares with float64: a driver can be there and compute nonsense, or compute with less than float32.
 * Throws an error that says what is wrong. Returns why `productsAbove` must not be used, where that alone is wrong.
 */
export async function selfTest(device: Device): Promise<string | undefined> {
  const random = seededRandom('self-test');
  const points = zeros(POINTS, DIM);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() * 2 - 1;
  const products = await device.open(points);
  try {
    let fault: string | undefined;
    // A tile that grows, then one that shrinks: kernels must take every size.
    for (const [rows, cols] of TILES) {
      const values = new Float32Array((rows.end - rows.start) * (cols.end - cols.start));
      await products.innerProducts(rows, cols, values);
      checkPrecision(points, rows, cols, values);
      fault ??= await faultAbove(products, { rows, cols }, values);
    }
    return fault;
  } finally {
    await products.close();
  }
}

function checkPrecision(points: Matrix, rows: Range, cols: Range, values: Float32Array): void {
  let at = 0;
  for (let i = rows.start; i < rows.end; i++) {
    for (let j = cols.start; j < cols.end; j++, at++) {
      const exact = dot(points, i, points, j);
      // γ_d·|x||y| (Higham 2002, section 3.1), with 2⁻²³ for devices that cut in place of rounding. TF32 and float16 are far above it.
      const bound = 2 * (DIM + 1) * FLOAT32_ROUNDOFF * Math.sqrt(dot(points, i, points, i) * dot(points, j, points, j));
      if (!(Math.abs(values[at]! - exact) <= bound)) {
        throw new Error(`its inner products are not those of float32: ${values[at]} where ${exact} belongs`);
      }
    }
  }
}

async function faultAbove(
  { productsAbove }: InnerProducts,
  { rows, cols }: { readonly rows: Range; readonly cols: Range },
  values: Float32Array,
): Promise<string | undefined> {
  if (productsAbove === undefined) return undefined;
  const [height, width] = [rows.end - rows.start, cols.end - cols.start];
  // The products' standard deviation is √64/3, so about one in seventy is above the lower floor.
  const floors = {
    row: new Float32Array(height).fill(5.6),
    col: new Float32Array(width).fill(8),
    rowOffset: new Float32Array(height).fill(0.25),
    colOffset: new Float32Array(width).fill(0.125),
  };
  const found = new Float32Array(values.length);
  try {
    await productsAbove(rows, cols, floors, found);
  } catch (error) {
    return messageOf(error);
  }
  const wrong = values.findIndex((p, at) => {
    if (found[at] === p) return false;
    return found[at] !== -Infinity || p - 0.375 >= 5.6;
  });
  return wrong < 0 ? undefined : `it gave ${found[wrong]} for the product ${values[wrong]}`;
}
