import { dot, type Matrix, onGrid, takeRows } from '@refrain/core';
import { turns } from '../ranking/orders.ts';
import type { Workplace } from '../ranking/strategy.ts';

/** Neighbours that a kernel is asked for at first, and at most, for rows among many that are equally similar. */
const PROPOSED = 32;
const MOST_PROPOSED = 512;
/** Rows with fewer known neighbours left get new ones when others do. */
const LOW = 8;
/** Fewer rows than this are compared one by one: to load the points for them takes longer. */
const FEW = 16;
/** Neighbours noted in a comparison one by one. */
const NOTED = 128;
/** Far above what float64 rounding does to an inner product of unit rows, far below the grid. */
const ROUNDING = 1e-9;

/** Some rows most similar to one, the most similar first. No kept row outside the list was more similar than its last. */
interface NeighbourList {
  readonly neighbours: Uint32Array;
  readonly similarities: Float64Array;
  /** Whether all rows kept at the time are in it. */
  readonly isComplete: boolean;
}

/**
 * The two most similar kept rows of every row, of removed ones too, while rows are removed one after the other. The kernel proposes, float64
 * on the grid decides. Lists of the most similar rows are held, and filled again when their rows are gone, so that memory is for some tens of
 * numbers per row. At least two rows are needed.
 */
export class KeptNeighbours {
  /** 1 for kept rows. */
  readonly kept: Uint8Array;
  keptCount: number;
  /** The kept row most similar to each, −1 where there is none; of equally similar ones, any. */
  readonly first: Int32Array;
  /** Its similarity on the grid, −Infinity where there is none. */
  readonly firstSimilarity: Float64Array;
  /** Similarity of the second most similar kept row. */
  readonly secondSimilarity: Float64Array;
  /** For each kept row, once each, the rows that it is one of the two for. */
  readonly followers: number[][];
  readonly #second: Int32Array;
  readonly #rows: Matrix;
  readonly #workplace: Workplace;
  readonly #turn: (comparisons: number) => Promise<void>;
  readonly #lists: NeighbourList[] = [];
  /** How many of each list's first rows are known to be gone. */
  readonly #gone: Uint32Array;
  /** Greatest similarity of each row to any by Cauchy and Schwarz: copies reach it, so nothing unseen can be more similar. */
  readonly #ceiling: Float64Array;

  private constructor(rows: Matrix, workplace: Workplace) {
    const count = rows.rows;
    this.#rows = rows;
    this.#workplace = workplace;
    this.#turn = turns(workplace.signal);
    this.kept = new Uint8Array(count).fill(1);
    this.keptCount = count;
    this.first = new Int32Array(count).fill(-1);
    this.#second = new Int32Array(count).fill(-1);
    this.firstSimilarity = new Float64Array(count).fill(-Infinity);
    this.secondSimilarity = new Float64Array(count).fill(-Infinity);
    this.followers = Array.from({ length: count }, () => []);
    this.#gone = new Uint32Array(count);
    const lengths = Float64Array.from({ length: count }, (_, row) => Math.sqrt(dot(rows, row, rows, row)));
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    this.#ceiling = lengths.map((length) => length * longest);
  }

  /** All rows as kept, with their neighbours. */
  static async of(rows: Matrix, workplace: Workplace): Promise<KeptNeighbours> {
    const neighbours = new KeptNeighbours(rows, workplace);
    await neighbours.#fill(Uint32Array.from(neighbours.kept.keys()));
    for (let row = 0; row < rows.rows; row++) {
      neighbours.#promote(row, -1);
      neighbours.#promote(row, -1);
    }
    return neighbours;
  }

  /** Removes a kept row and gives the rows that it was one of the two for. */
  async remove(row: number): Promise<readonly number[]> {
    this.kept[row] = 0;
    this.keptCount -= 1;
    const followers = this.followers[row]!;
    this.followers[row] = [];
    const exhausted = followers.filter((other) => !this.#promote(other, row));
    if (exhausted.length === 0) return followers;
    await this.#refill(exhausted);
    for (const other of exhausted) this.#promote(other, row);
    return followers;
  }

  /**
   * Puts the next kept row of the list in the place of `removed` among the two of `row`: what stays of the two is more similar than all
   * others. False where the list has no next one and others may be kept.
   */
  #promote(row: number, removed: number): boolean {
    const list = this.#lists[row]!;
    const isFirst = this.first[row] === removed;
    const staying = isFirst ? this.#second[row]! : this.first[row]!;
    const similarity = isFirst ? this.secondSimilarity[row]! : this.firstSimilarity[row]!;
    let next = this.#gone[row]!;
    while (next < list.neighbours.length && !this.kept[list.neighbours[next]!]) next++;
    this.#gone[row] = next;
    while (next < list.neighbours.length && !this.#isNew(list.neighbours[next]!, staying)) next++;
    const isFound = next < list.neighbours.length;
    if (!isFound && !list.isComplete) return false;
    const found = isFound ? list.neighbours[next]! : -1;
    const foundSimilarity = isFound ? list.similarities[next]! : -Infinity;
    if (isFound) this.followers[found]!.push(row);
    const [first, second] = staying < 0 ? [found, -1] : [staying, found];
    this.first[row] = first;
    this.#second[row] = second;
    this.firstSimilarity[row] = staying < 0 ? foundSimilarity : similarity;
    this.secondSimilarity[row] = staying < 0 ? -Infinity : foundSimilarity;
    return true;
  }

  #isNew(candidate: number, staying: number): boolean {
    return this.kept[candidate] === 1 && candidate !== staying;
  }

  async #refill(exhausted: readonly number[]): Promise<void> {
    const isExhausted = new Set(exhausted);
    const asked = Uint32Array.from(this.kept.keys()).filter((row) => isExhausted.has(row) || this.#isLow(row));
    if (asked.length >= FEW) await this.#fill(asked);
    else for (const row of exhausted) await this.#compare(row);
  }

  #isLow(row: number): boolean {
    const { neighbours, isComplete } = this.#lists[row]!;
    if (isComplete) return false;
    let left = 0;
    for (let at = this.#gone[row]!; at < neighbours.length && left < LOW; at++) left += this.kept[neighbours[at]!]!;
    return left < LOW;
  }

  /** New lists for the rows asked for: the kept and the removed ones apart, since the kernel is told of them in two ways. */
  async #fill(asked: Uint32Array): Promise<void> {
    const kept = Uint32Array.from(this.kept.keys()).filter((row) => this.kept[row] === 1);
    for (const isKept of [true, false]) {
      const those = asked.filter((row) => (this.kept[row] === 1) === isKept);
      if (those.length > 0) await this.#propose(those, kept, isKept);
    }
  }

  /** New lists for rows that are all kept or all removed. */
  async #propose(asked: Uint32Array, kept: Uint32Array, isKept: boolean): Promise<void> {
    // Removed rows are one component: their neighbours are then kept ones.
    const loaded = isKept ? kept : Uint32Array.from([...kept, ...asked]);
    const component = isKept ? {} : { component: Int32Array.from(loaded, (_, at) => (at < kept.length ? 0 : 1)) };
    const placeOf = new Map(Array.from(loaded, (row, place) => [row, place]));
    const { kernel, signal } = this.#workplace;
    const points = await kernel.load(takeRows(this.#rows, loaded));
    try {
      let short = asked;
      for (let k = PROPOSED; k <= MOST_PROPOSED && short.length >= Math.min(FEW, asked.length); k *= 4) {
        const rows = Uint32Array.from(short, (row) => placeOf.get(row)!);
        const { indices, similarities } = await points.nearest({ k, rows, ...component, signal });
        short = short.filter((row, at) => {
          const places = indices.subarray(at * k, (at + 1) * k).filter((place) => place >= 0);
          const isComplete = places.length === kept.length - (isKept ? 1 : 0);
          const unseen = isComplete ? -Infinity : similarities[at * k + places.length - 1]! + points.tolerance;
          const candidates = Uint32Array.from(places, (place) => loaded[place]!);
          return !this.#note(row, candidates, unseen);
        });
      }
      for (const row of short) await this.#compare(row);
    } finally {
      await points.close();
    }
  }

  /**
   * Makes a list of those candidates that nothing unseen, of at most the similarity `unseen`, can be above. False where they are too few: more
   * rows are equally similar for the precision of the kernel.
   */
  #note(row: number, candidates: Uint32Array, unseen: number): boolean {
    const floor = onGrid(Math.min(unseen, this.#ceiling[row]!) + ROUNDING);
    const list = this.#sorted(row, candidates).filter(({ similarity }) => similarity >= floor);
    const isComplete = unseen === -Infinity;
    if (list.length < LOW && !isComplete) return false;
    this.#put(row, list, isComplete);
    return true;
  }

  /** A new list for one row, without the kernel. */
  async #compare(row: number): Promise<void> {
    const others = Uint32Array.from(this.kept.keys()).filter((other) => this.#isNew(other, row));
    this.#put(row, this.#sorted(row, others).slice(0, NOTED), others.length <= NOTED);
    await this.#turn(others.length);
  }

  #sorted(row: number, candidates: Uint32Array): { neighbour: number; similarity: number }[] {
    const rows = this.#rows;
    const list = Array.from(candidates, (neighbour) => {
      return { neighbour, similarity: onGrid(dot(rows, row, rows, neighbour)) };
    });
    return list.sort((a, b) => b.similarity - a.similarity || a.neighbour - b.neighbour);
  }

  #put(row: number, list: readonly { neighbour: number; similarity: number }[], isComplete: boolean): void {
    this.#lists[row] = {
      neighbours: Uint32Array.from(list, ({ neighbour }) => neighbour),
      similarities: Float64Array.from(list, ({ similarity }) => similarity),
      isComplete,
    };
    this.#gone[row] = 0;
  }
}
