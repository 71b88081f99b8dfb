import type { Range } from '../kernel.ts';
import { SCAN_MODULE } from './scanModule.ts';
import type { ProductFloors } from './tiles.ts';

/** A reduction in the making: it takes tile after tile of the products of its places. */
export interface Scan<State> {
  /** The next tile's products go here, row-major. */
  readonly products: Float32Array;
  /** Whether the tile holds nothing of interest, so that it need not be computed. */
  skips(rows: Range, cols: Range): boolean;
  /** Below which size products of the tile do not matter. Absent where all matter. */
  floors?(rows: Range, cols: Range): ProductFloors;
  /** Takes the pairs above the diagonal of the tile in `products`, of run number `run`. */
  take(rows: Range, cols: Range, run: number): void;
  /** What was found. */
  finish(): State;
}

/** The floors of a tile where similarities below `floors`, one number for each place, do not matter. */
export function tileFloors(floors: Float32Array, halves: Float32Array, rows: Range, cols: Range): ProductFloors {
  return {
    row: floors.subarray(rows.start, rows.end),
    col: floors.subarray(cols.start, cols.end),
    rowOffset: halves.subarray(rows.start, rows.end),
    colOffset: halves.subarray(cols.start, cols.end),
  };
}

/** Where a tile's products are, and which places they belong to: the first arguments of every scan. */
type TileArguments = [products: number, rowStart: number, rowEnd: number, colStart: number, colEnd: number];

/** The functions of assembly/scan.ts. Those named in the plural and `products` are byte addresses in the scan memory. */
interface ScanFunctions {
  nearest(
    ...args: [
      ...TileArguments,
      halves: number,
      ceilings: number,
      thresholds: number,
      components: number,
      order: number,
      k: number,
      similarities: number,
      indices: number,
    ]
  ): void;
  pairs(
    ...args: [
      ...TileArguments,
      halves: number,
      floors: number,
      cap: number,
      from: number,
      room: number,
      foundRows: number,
      foundCols: number,
      values: number,
      count: number,
    ]
  ): number;
  histogram(
    ...args: [
      ...TileArguments,
      halves: number,
      cap: number,
      from: number,
      binsPerUnit: number,
      bins: number,
      counts: number,
    ]
  ): void;
}

const PAGE = 65536;
const ALIGNMENT = 64;
let scanModule: WebAssembly.Module | undefined;

/** Memory that the WebAssembly scan can read, with room for arrays of 4-byte numbers of the given lengths, and the scan itself. */
export class ScanMemory {
  readonly scan: ScanFunctions;
  readonly #memory: WebAssembly.Memory;
  #used = ALIGNMENT;

  constructor(lengths: readonly number[]) {
    const bytes = lengths.reduce((sum, length) => sum + align(4 * length), ALIGNMENT);
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    scanModule ??= new WebAssembly.Module(Buffer.from(SCAN_MODULE, 'base64'));
    const { exports } = new WebAssembly.Instance(scanModule, { env: { memory: this.#memory } });
    this.scan = exports as unknown as ScanFunctions;
  }

  /** Zeros; the array's `byteOffset` is its address in the memory. */
  float32(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(length), length);
  }

  /** As `float32`, of integers. */
  int32(length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#take(length), length);
  }

  #take(length: number): number {
    const address = this.#used;
    this.#used += align(4 * length);
    return address;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
