import { dot, type Matrix, messageOf, type Range, seededRandom, zeros } from '@refrain/core';
import { FLOAT32_ROUNDOFF, type InnerProducts, type ProductFloors, type TileSize } from '@refrain/core/reductions';

/** Somewhere that products can be computed, ready to run. */
export interface Device {
  /** What the mode runs on, where that has a name: the graphics adapter. */
  readonly adapter?: string | undefined;
  /** Whether that adapter is a program that plays graphics card on the processor. */
  readonly software?: boolean;
  readonly tile: TileSize;
  /** Brings points to the device; several sets can be open at once. */
  open(points: Matrix): Promise<InnerProducts>;
  close(): Promise<void>;
}

/** How a mode starts its device. Throws an error that says why it cannot run. */
export type StartDevice = () => Promise<Device>;

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
  const squares = Float64Array.from({ length: POINTS }, (_, i) => dot(points, i, points, i));
  let at = 0;
  for (let i = rows.start; i < rows.end; i++) {
    for (let j = cols.start; j < cols.end; j++, at++) {
      const exact = dot(points, i, points, j);
      // γ_d·|x||y| (Higham 2002, section 3.1), with 2⁻²³ for devices that cut in place of rounding. TF32 and float16 are far above it.
      const bound = 2 * (DIM + 1) * FLOAT32_ROUNDOFF * Math.sqrt(squares[i]! * squares[j]!);
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

/** The share of wanted products from which the whole tile is fetched: picking costs more than it saves. */
export const WHOLE_TILE = 1 / 4;

// Shading languages need not know infinities; no similarity of finite float32 points of use comes near this.
const BEYOND = 3e38;
// Lists that are not full yet have a floor of −Infinity or of a number as low.
const OPEN = -(2 ** 126);

/**
 * The same floors, lowered so far that a device which compares in float32 leaves out nothing that is wanted, and finite.
 *
 * Near the floor f, |p| ≤ |f| + r + c with offsets r and c. The device rounds p − r and (p − r) − c, the caller rounds the same differences, may be
 * the other way round, and has rounded r and c: at most six roundings of numbers up to |f| + 2r + 2c, by half a unit in the last place (u = 2⁻²⁴)
 * each. 16u·(|f| + r + c) is above their sum and above the rounding of the lowered floor itself.
 */
export function lowered({ row, col, rowOffset, colOffset }: ProductFloors): ProductFloors {
  return {
    row: loweredSide(row, rowOffset, largest(colOffset)),
    col: loweredSide(col, colOffset, largest(rowOffset)),
    // The caller's may lie in memory that libraries do not take.
    rowOffset: rowOffset.slice(),
    colOffset: colOffset.slice(),
  };
}

function loweredSide(floors: Float32Array, offsets: Float32Array, otherOffset: number): Float32Array {
  return floors.map((floor, at) => {
    if (Math.abs(floor) >= BEYOND) return floor < 0 ? -BEYOND : BEYOND;
    return floor - 16 * FLOAT32_ROUNDOFF * (Math.abs(floor) + Math.abs(offsets[at]!) + otherOffset) - 2 ** -100;
  });
}

const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Fills a tile with the products that reach their floors, and −Infinity; no more of the floors than `lowered` made of them. */
export type Pick = NonNullable<InnerProducts['productsAbove']>;

/** `productsAbove` of a device: nothing where nothing is wanted, the whole tile where much is, else what `pick` finds by lowered floors. */
export function picking(innerProducts: InnerProducts['innerProducts'], pick: Pick): Pick {
  return async (rows, cols, floors, into) => {
    if (wantsNothing(floors)) into.fill(-Infinity, 0, floors.row.length * floors.col.length);
    else if (wantsWhole(floors)) await innerProducts(rows, cols, into);
    else await pick(rows, cols, lowered(floors), into);
  };
}

/** Whether so many floors let everything through that the tile had better be fetched whole. */
export function wantsWhole({ row, col }: ProductFloors): boolean {
  return 1 - (1 - openShare(row)) * (1 - openShare(col)) > WHOLE_TILE;
}

function openShare(floors: Float32Array): number {
  let open = 0;
  for (const floor of floors) if (floor <= OPEN) open++;
  return open / floors.length;
}

/** Whether no floor lets anything through. */
export function wantsNothing({ row, col }: ProductFloors): boolean {
  const closed = (floor: number) => floor >= BEYOND;
  return row.every(closed) && col.every(closed);
}
