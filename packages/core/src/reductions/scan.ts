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
  /** Whether so much was found that no more is to be looked for, also not in the task of these rows. */
  isFull?(rows: Range): boolean;
  /** What was found. */
  finish(): State;
  /** The same where it lies, until more is taken. Absent where it lies nowhere else. */
  found?(): State;
  /** Forgets what was found, but not what need not be found again: the next share of the same pass begins. Absent where a new scan costs no more. */
  restart?(): void;
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

type ScanFunctions = Readonly<Record<string, (...given: number[]) => number>>;

const PAGE = 65536;
const ALIGNMENT = 64;
let scanModule: WebAssembly.Module | undefined;

/** Memory that the WebAssembly scan can read, with room for arrays of 4-byte numbers of the given lengths, and the scan itself. */
export class ScanMemory {
  readonly #functions: ScanFunctions;
  readonly #memory: WebAssembly.Memory;
  #used = ALIGNMENT;

  constructor(lengths: readonly number[]) {
    const bytes = lengths.reduce((sum, length) => sum + align(4 * length), ALIGNMENT);
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    scanModule ??= new WebAssembly.Module(Buffer.from(SCAN_MODULE, 'base64'));
    const { exports } = new WebAssembly.Instance(scanModule, { env: { memory: this.#memory } });
    this.#functions = exports as ScanFunctions;
  }

  /** Zeros; the array's `byteOffset` is its address in the memory. */
  float32(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(length), length);
  }

  /** As `float32`, of integers. */
  int32(length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#take(length), length);
  }

  /** Calls a function of assembly/scan.ts on the tile whose products are in `products`. */
  scan(
    name: 'nearest' | 'pairs' | 'along' | 'scored' | 'histogram',
    [products, rows, cols]: readonly [products: Float32Array, rows: Range, cols: Range],
    ...others: readonly (number | Float32Array | Int32Array)[]
  ): number {
    return this.call(name, products, rows.start, rows.end, cols.start, cols.end, ...others);
  }

  /** Calls a function of assembly/scan.ts. Arrays of this memory are handed over by their addresses. */
  call(name: string, ...given: readonly (number | Float32Array | Int32Array)[]): number {
    return this.#functions[name]!(...given.map((one) => (typeof one === 'number' ? one : one.byteOffset)));
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
