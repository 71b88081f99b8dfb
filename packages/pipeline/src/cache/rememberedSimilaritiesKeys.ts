import { createHash } from 'node:crypto';
import {
  type HistogramQuery,
  type Matrix,
  type Measure,
  type SimilarityKernel,
  seededRandom,
  zeros,
} from '@refrain/core';
import { FILE_VERSION } from './sectionFile.ts';

// Enough numbers a row that sums taken in another order differ.
const PROBE = { rows: 24, cols: 300 };

/**
 * SHA-256 of a kernel's name and of what it makes of a small fixed matrix. The same kernel rounds otherwise on another processor, card or
 * version of its library, and may vouch for another tolerance: such similarities must not be mixed.
 */
export async function kernelKey(kernel: SimilarityKernel): Promise<Buffer> {
  const { rows, cols } = PROBE;
  const random = seededRandom('probe of a kernel');
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;
  const loaded = await kernel.load(points);
  try {
    const all = { start: 0, end: rows };
    return keyOf(kernel.name, Float64Array.of(FILE_VERSION, loaded.tolerance), await loaded.tile(all, all));
  } finally {
    await loaded.close();
  }
}

/** SHA-256 of the points, their shape, the measure and the kernel. */
export function pointsKey(kernel: Buffer, { data, rows, cols }: Matrix, measure: Measure): Buffer {
  return keyOf(kernel, measure, Float64Array.of(rows, cols), data);
}

/** SHA-256 of the points, the tolerance and all that a histogram depends on. */
export function histogramKey(points: Buffer, tolerance: number, query: HistogramQuery): Buffer {
  const { groups, groupCount, bins, from, to } = query;
  return keyOf(points, 'histogram', Float64Array.of(tolerance, groupCount, bins, from, to), groups);
}

/** SHA-256 of the points, the tolerance and the group of each point that takes part, negative for one that does not. */
export function pairsKey(points: Buffer, tolerance: number, groups: Int32Array): Buffer {
  return keyOf(points, 'pairs', Float64Array.of(tolerance), groups);
}

/** The first 16 digits of the SHA-256 of floors: tells apart what stands beside each other under one key. */
export function floorsName(floor: Float32Array): string {
  return keyOf(floor).toString('hex').slice(0, 16);
}

// Node hashes less than 2 GiB at once.
const PIECE = 2 ** 28;

// Each part with its length before it, so that no two lists of parts read alike.
function keyOf(...parts: readonly (string | NodeJS.ArrayBufferView)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) {
    const { buffer, byteOffset, byteLength } = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(Float64Array.of(byteLength));
    for (let at = 0; at < byteLength; at += PIECE) {
      hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(PIECE, byteLength - at)));
    }
  }
  return hash.digest();
}
