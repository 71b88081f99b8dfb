/** What a stage took, in seconds. */
export interface StageCost {
  readonly stage: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

interface Moment {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Measures stages that follow one another: each lasts until the next is entered. One that is entered again goes on. */
export class StageClock {
  readonly #now: () => Moment;
  readonly #costs = new Map<string, Moment>();
  #stage: string;
  #since: Moment;

  /** Begins with a stage; `now` says what was used up to now. */
  constructor(stage: string, now: () => Moment) {
    this.#now = now;
    this.#stage = stage;
    this.#since = now();
  }

  enter(stage: string): void {
    if (stage === this.#stage) return;
    this.#close();
    this.#stage = stage;
  }

  /** All stages up to now, in the order in which they were first left. */
  costs(): StageCost[] {
    this.#close();
    return Array.from(this.#costs, ([stage, cost]) => ({ stage, ...cost }));
  }

  #close(): void {
    const now = this.#now();
    const before = this.#costs.get(this.#stage) ?? { cpuSeconds: 0, wallSeconds: 0 };
    this.#costs.set(this.#stage, {
      cpuSeconds: before.cpuSeconds + now.cpuSeconds - this.#since.cpuSeconds,
      wallSeconds: before.wallSeconds + now.wallSeconds - this.#since.wallSeconds,
    });
    this.#since = now;
  }
}
