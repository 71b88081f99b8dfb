import { mirrored } from './mirrored.ts';
import { SampleQueue } from './sampleQueue.ts';

/** A way to compute the outputs of a resampling kernel, some in a row at a time ("a run"). */
export interface Polyphase {
  /** Outputs of a run; the last one of a signal may have fewer. It is the same for every signal, so that the same numbers come of it. */
  readonly outputsPerRun: number;
  /** Which input a run needs, in samples from the start of the signal: it may begin before that. */
  span(first: number, count: number): { readonly start: number; readonly length: number };
  /** The outputs `first … first + count − 1` from the input that `span` names. */
  run(input: Float32Array, first: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Makes the outputs of one signal, run by run. */
export class Resampling {
  readonly #signal = new SampleQueue();
  /** Outputs per input sample is up / down. */
  readonly #up: number;
  readonly #down: number;
  /** How far behind its end the mirror image of a signal is needed: the length of a filter and a step. */
  readonly #margin: number;
  #done = 0;

  /** `width`: the most input that a step of `down` samples needs. */
  constructor({ up, down }: { readonly up: number; readonly down: number }, width: number) {
    this.#up = up;
    this.#down = down;
    this.#margin = width + down;
  }

  /** Takes the next samples of the signal in. */
  push(samples: Float32Array): void {
    this.#signal.push(samples);
  }

  /** The outputs of the next run; undefined where more of the signal is needed, or none is left when the signal `ended`. */
  async next(polyphase: Polyphase, ended: boolean): Promise<Float32Array | undefined> {
    const left = ended ? Math.ceil((this.#signal.end * this.#up) / this.#down) - this.#done : Number.POSITIVE_INFINITY;
    const count = Math.min(polyphase.outputsPerRun, left);
    if (count <= 0) return undefined;
    const { start, length } = polyphase.span(this.#done, count);
    if (!ended && start + length > this.#signal.end) return undefined;
    const outputs = await polyphase.run(mirrored(this.#signal, start, length), this.#done, count);
    this.#done += count;
    this.#signal.drop(polyphase.span(this.#done, 1).start - this.#margin);
    return outputs;
  }
}
