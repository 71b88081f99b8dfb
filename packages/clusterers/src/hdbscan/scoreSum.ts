import type { ScoreCount, ScoreCounts } from '@refrain/core';
import { emptyPairs, type PairList, pushPair, sortedPairs } from '@refrain/core/reductions';

/** The scores of all pairs, from searches that looked at some each. */
export class ScoreSum {
  /** What is counted. */
  readonly asked: ScoreCount;
  readonly #counts: Float64Array;
  /** Absent once they are too many. */
  #pairs: PairList | undefined = emptyPairs();
  #isWhole = true;

  constructor(asked: ScoreCount) {
    this.asked = asked;
    this.#counts = new Float64Array(asked.bins);
  }

  /** Adds what a search found of pairs that no other looked at; undefined where it did not count. */
  add(found: ScoreCounts | undefined): void {
    if (found === undefined) {
      this.#isWhole = false;
      return;
    }
    for (const [bin, count] of found.counts.entries()) this.#counts[bin]! += count;
    const [{ pairs }, listed] = [found, this.#pairs];
    if (listed === undefined) return;
    if (pairs === undefined || listed.count + pairs.i.length > this.asked.most) this.#pairs = undefined;
    else for (const [at, i] of pairs.i.entries()) pushPair(listed, i, pairs.j[at]!, pairs.similarity[at]!);
  }

  /** The scores of all pairs of so many points; undefined where a search did not count. */
  of(points: number): ScoreCounts | undefined {
    if (!this.#isWhole) return undefined;
    return { counts: this.#counts, ...(this.#pairs && { pairs: sortedPairs(this.#pairs, points) }) };
  }
}
