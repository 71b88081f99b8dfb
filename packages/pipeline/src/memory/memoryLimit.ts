import { setFlagsFromString } from 'node:v8';
import { ConfigError, counted } from '@refrain/core';
import { estimate, type MemoryStage, type RunShape } from './estimate.ts';

/** Garbage that the heap may hold, in per cent of what is alive. */
const GARBAGE_PERCENT = 20;

/** The memory that a run may take, and what follows from it: how many threads work, and whether it can be done at all. */
export class MemoryLimit {
  readonly #bytes: number;
  readonly #asked: number;
  #threads: number;

  /** For a process of so many bytes, with so many threads as long as nothing is planned. */
  constructor(bytes: number, threads: number) {
    this.#bytes = bytes;
    this.#asked = threads;
    this.#threads = threads;
    collectOften();
  }

  /** How many threads components may use now. */
  get threads(): number {
    return this.#threads;
  }

  /**
   * Takes as many threads as there is room for. Throws a ConfigError that names `maxMemory`, and says how much the run needs at least, for what, and
   * what would lower that, where not even one has room.
   */
  plan(shape: RunShape): void {
    // Embedding, which is over, has it collected rarely.
    collectOften();
    const needs = (threads: number) => largest(estimate(shape, threads)).bytes;
    this.#threads = this.#asked;
    while (this.#threads > 1 && needs(this.#threads) > this.#bytes) this.#threads--;
    if (needs(this.#threads) > this.#bytes) throw refusalOf(this.#bytes, shape, estimate(shape, this.#threads));
  }
}

/** By itself V8 lets garbage double the heap before it collects any. */
function collectOften(): void {
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
}

function refusalOf(bytes: number, { clips, cols }: RunShape, stages: readonly MemoryStage[]): ConfigError {
  const { name, bytes: needed, lower } = largest(stages);
  const others = largest(stages.filter((stage) => stage.name !== name));
  const advice = lower === undefined ? '' : ` With ${lower} it is ${megabytes(others.bytes)}.`;
  return new ConfigError(
    'maxMemory',
    `\`maxMemory\` is ${megabytes(bytes)}, but ${counted(clips)} of ${cols} numbers need at least ${megabytes(needed)}, for ${name}; their embeddings ` +
      `alone are ${megabytes(4 * clips * cols)}. Allow as much, take an encoder of fewer numbers, or prune the set in parts.${advice}`,
  );
}

function largest(stages: readonly MemoryStage[]): MemoryStage {
  return stages.reduce((most, stage) => (stage.bytes > most.bytes ? stage : most));
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
