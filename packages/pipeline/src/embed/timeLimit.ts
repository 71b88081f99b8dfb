/** Why work was given up: it took longer than it may. */
export class TimeLimitError extends Error {}

/** How long the work on one thing may take, done in one go or in several. */
export class TimeLimit {
  readonly #outer: AbortSignal;
  readonly #controller = new AbortController();
  /** Milliseconds. */
  #left: number;
  #started = 0;

  /** `outer`: whose abort ends the work as well. */
  constructor(seconds: number, outer: AbortSignal) {
    this.#left = seconds * 1000;
    this.#outer = outer;
  }

  /**
   * What `work` gives. When the time is over, the signal it gets is aborted and a TimeLimitError is thrown, whether `work` heeds the signal or
   * not. When the outer signal is aborted, so is this one, with the same reason. The time runs while this runs.
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const outer = this.#outer;
    outer.throwIfAborted();
    const { signal } = this.#controller;
    signal.throwIfAborted();
    const abort = (reason: unknown) => this.#controller.abort(reason);
    const interrupted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.#started = performance.now();
    const timer = setTimeout(() => abort(new TimeLimitError()), Math.max(0, this.#left));
    // By hand, not by AbortSignal.any: that keeps something of every clip for as long as the run's signal lives.
    const onOuter = () => abort(outer.reason);
    outer.addEventListener('abort', onOuter, { once: true });
    try {
      return await Promise.race([work(signal), interrupted]);
    } finally {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuter);
      this.#left -= performance.now() - this.#started;
    }
  }

  /** Throws what ended the work, if that has happened, or its time is over: a timer goes off only when the event loop gets its turn. */
  check(): void {
    this.#controller.signal.throwIfAborted();
    if (performance.now() - this.#started > this.#left) throw new TimeLimitError();
  }
}
