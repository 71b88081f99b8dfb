import { MFCC_MODULE } from './mfccModule.ts';

/** Samples of a frame. */
export const FFT_SIZE = 2048;

type Functions = Readonly<Record<string, (...given: number[]) => void>>;

const PAGE_BYTES = 65_536;
/** More is not kept for the next task. */
const KEPT_BYTES = 2 ** 26;
/** An array begins at a multiple of 16 bytes, and up to 16 behind its end may be read. */
const ALIGNMENT = 16;
const FLOAT64_BYTES = Float64Array.BYTES_PER_ELEMENT;

let mfccModule: WebAssembly.Module | undefined;
let kept: MfccMemory | undefined;

/** The functions of assembly/mfcc.ts and the memory in which they work, with the tables of their transform. Arrays are handed over by their addresses. */
export class MfccMemory {
  readonly #functions: Functions;
  readonly #memory = new WebAssembly.Memory({ initial: 8 });
  readonly #begin: number;
  #used = 0;
  /** Where the tables are. */
  readonly tables: number;

  private constructor() {
    mfccModule ??= new WebAssembly.Module(Buffer.from(MFCC_MODULE, 'base64'));
    this.#functions = new WebAssembly.Instance(mfccModule, { env: { memory: this.#memory } }).exports as Functions;
    this.tables = this.copy(transformTables());
    this.#begin = this.#used;
  }

  /** The memory of this thread, for another task: whatever was in it may be overwritten. */
  static forTask(): MfccMemory {
    if (kept === undefined || kept.#memory.buffer.byteLength > KEPT_BYTES) kept = new MfccMemory();
    kept.#used = kept.#begin;
    return kept;
  }

  /** Room for float64 numbers; it holds anything. */
  room(length: number): number {
    return this.#take(FLOAT64_BYTES * length);
  }

  /** A copy of `values`. */
  copy(values: Float64Array | Uint32Array): number {
    const address = this.#take(values.byteLength);
    const Kind = values instanceof Float64Array ? Float64Array : Uint32Array;
    new Kind(this.#memory.buffer, address, values.length).set(values);
    return address;
  }

  /** A copy of `samples` with `zeros` zeros before and behind it. */
  amongZeros(samples: Float32Array, zeros: number): number {
    const length = zeros + samples.length + zeros;
    const address = this.#take(Float32Array.BYTES_PER_ELEMENT * length);
    const copy = new Float32Array(this.#memory.buffer, address, length);
    copy.fill(0, 0, zeros);
    copy.set(samples, zeros);
    copy.fill(0, zeros + samples.length);
    return address;
  }

  /** A copy of the float64 numbers at `address`. */
  read(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length).slice();
  }

  /** Calls a function of the module. */
  run(name: string, ...given: readonly number[]): void {
    this.#functions[name]!(...given);
  }

  #take(bytes: number): number {
    const address = this.#used;
    this.#used += (Math.ceil(bytes / ALIGNMENT) + 1) * ALIGNMENT;
    const missing = Math.ceil((this.#used - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) this.#memory.grow(missing);
    return address;
  }
}

/** What the transform needs, and behind it the room that it works in, in the order of assembly/mfcc.ts. */
function transformTables(): Float64Array {
  const points = FFT_SIZE / 2;
  /** The real and the imaginary parts of e^(−2πi · step · n) for n below `length`. */
  const twiddles = (length: number, step: number) => [
    ...Array.from({ length }, (_, n) => Math.cos(2 * Math.PI * step * n)),
    ...Array.from({ length }, (_, n) => -Math.sin(2 * Math.PI * step * n)),
  ];
  const window = Array.from({ length: FFT_SIZE }, (_, n) => 0.25 - 0.25 * Math.cos((2 * Math.PI * n) / FFT_SIZE));
  const filled = [
    ...window,
    ...[1, 2, 3].flatMap((power) => twiddles(points / 4, power / points)),
    ...twiddles(points / 2 + 2, 1 / FFT_SIZE),
  ];
  // Two transforms and a power spectrum.
  const tables = new Float64Array(filled.length + 4 * points + points + 1);
  tables.set(filled);
  return tables;
}
