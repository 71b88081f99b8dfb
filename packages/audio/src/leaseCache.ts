/** What a cache holds: something with a size that has to be closed. */
export interface Leasable {
  close(): Promise<void>;
}

interface Entry<T> {
  readonly size: number;
  readonly value: Promise<T>;
  users: number;
}

/**
 * Keeps opened things for their next use, up to a total size; the longest unused go first. A thing in use is closed only after its last user.
 */
export class LeaseCache<T extends Leasable> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry<T>>();

  /** `capacity`: the greatest sum of sizes kept; a single thing larger than it is kept until the next one is opened. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The keys of what is kept, longest unused first. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** The result of `work` on the thing of this key, opened if it is not there. */
  async use<R>(key: string, size: number, open: () => Promise<T>, work: (value: T) => Promise<R>): Promise<R> {
    const entry = this.#entries.get(key) ?? { size, value: open(), users: 0 };
    entry.users++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      await this.#evict();
      return await work(await entry.value);
    } catch (error) {
      // A thing that failed to open must not be found again.
      await entry.value.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
      throw error;
    } finally {
      entry.users--;
      if (this.#entries.get(key) !== entry) await closeUnused(entry);
    }
  }

  async #evict(): Promise<void> {
    let total = [...this.#entries.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [key, entry] of this.#entries) {
      if (total <= this.#capacity || this.#entries.size === 1) return;
      this.#entries.delete(key);
      total -= entry.size;
      await closeUnused(entry);
    }
  }
}

async function closeUnused<T extends Leasable>({ users, value }: Entry<T>): Promise<void> {
  if (users === 0)
    await value.then(
      (opened) => opened.close(),
      () => {},
    );
}
