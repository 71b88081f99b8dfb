/** A queue between one who finds work and several who do it. */
export class JobQueue<T> {
  readonly #jobs: T[] = [];
  #taken = 0;
  #closed = false;
  #wake: (() => void)[] = [];

  /** How many jobs were ever put in. */
  get length(): number {
    return this.#jobs.length;
  }

  /** Whether no job will follow. */
  get isClosed(): boolean {
    return this.#closed;
  }

  push(job: T): void {
    this.#jobs.push(job);
    this.#notify();
  }

  /** Says that no job will follow. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** The next jobs, at least one and at most `count`, once there are any; empty when all are taken and none will follow. */
  async take(count = 1): Promise<T[]> {
    while (this.#taken === this.#jobs.length && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    const jobs = this.#jobs.slice(this.#taken, this.#taken + count);
    this.#taken += jobs.length;
    return jobs;
  }

  /** Waits until so many jobs were put in, or no more will be. */
  async holds(count: number): Promise<void> {
    while (this.#jobs.length < count && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
