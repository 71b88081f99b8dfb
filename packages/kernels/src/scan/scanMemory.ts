import { SCAN_MODULE } from './module.ts';

/** The functions of assembly/scan.ts. Pointers are byte addresses in the scan memory. */
interface ScanFunctions {
  nearest(
    products: number,
    halves: number,
    ceilings: number,
    thresholds: number,
    components: number,
    count: number,
    ownHalf: number,
    ownCeiling: number,
    ownThreshold: number,
    ownComponent: number,
    columns: number,
    values: number,
  ): number;
  pairs(
    products: number,
    halves: number,
    floors: number,
    count: number,
    ownHalf: number,
    ownFloor: number,
    cap: number,
    columns: number,
    values: number,
  ): number;
  histogram(
    products: number,
    halves: number,
    count: number,
    ownHalf: number,
    cap: number,
    from: number,
    binsPerUnit: number,
    bins: number,
    counts: number,
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

  /** Zeros; the array's `byteOffset` is its address. */
  float32(length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#take(length), length);
  }

  /** Zeros; the array's `byteOffset` is its address. */
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
