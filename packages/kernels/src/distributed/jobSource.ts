import type { Job } from '@refrain/core';

/** Jobs that are made when somebody asks for one, and may be long in coming. */
export class JobSource implements AsyncIterable<Job> {
  #make: () => Job | undefined = () => undefined;
  #isEnded = false;
  #waiting: ((result: IteratorResult<Job>) => void)[] = [];

  /** From now on `make` gives the next job; undefined for none as yet. */
  begin(make: () => Job | undefined): void {
    this.#make = make;
    this.#serve();
  }

  /** There is no job any more. */
  end(): void {
    this.#isEnded = true;
    this.#serve();
  }

  [Symbol.asyncIterator](): AsyncIterator<Job> {
    return {
      next: () =>
        new Promise((resolve) => {
          this.#waiting.push(resolve);
          this.#serve();
        }),
      return: async () => {
        this.end();
        return { done: true, value: undefined };
      },
    };
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const job = this.#isEnded ? undefined : this.#make();
      if (job === undefined && !this.#isEnded) return;
      this.#waiting.shift()!(job === undefined ? { done: true, value: undefined } : { done: false, value: job });
    }
  }
}
