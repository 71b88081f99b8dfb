import { FLOAT32_ROUNDOFF, type ProductFloors } from '@refrain/core/reductions';

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
