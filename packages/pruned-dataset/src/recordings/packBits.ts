import type { Matrix } from '@refrain/core';

/** Bits of a sub-fingerprint. */
export const BITS = 32;

/**
 * The sub-fingerprints in the rows of a chromaprint encoder (`frames × 32`, +1 where a bit is set, bit 0 first), one number each. A row
 * of zeros, which stands for a clip too short to have any, packs to nothing. Throws a RangeError for rows of another width.
 */
export function packBits({ data, rows, cols }: Matrix): Uint32Array {
  if (cols !== BITS) throw new RangeError(`Expected rows of ${BITS} bits as ±1, got rows of ${cols} numbers.`);
  const packed = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (data[row * BITS] === 0) continue;
    let value = 0;
    for (let bit = 0; bit < BITS; bit++) if (data[row * BITS + bit]! > 0) value |= 1 << bit;
    packed[count++] = value;
  }
  return packed.slice(0, count);
}

/** How many of the 32 bits of `value` are set (Warren, Hacker's Delight, 2013, section 5-1). */
export function bitCount(value: number): number {
  const pairs = value - ((value >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
