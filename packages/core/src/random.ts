import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of random numbers. The same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number;
  /** Uniform over the integers 0 … below − 1. */
  integer(below: number): number;
  /** An independent generator named by `key`: it depends on this one's seed and the key, not on what was drawn before. */
  fork(key: string): Random;
}

/** A generator for `seed`; numbers and strings alike. Xoroshiro128+ (Blackman & Vigna 2018), state from SHA-256 of the seed. */
export function seededRandom(seed: number | string): Random {
  const digest = createHash('sha256').update(String(seed)).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
  const uniform = () => ((generator.next() >>> 5) * 0x4000000 + (generator.next() >>> 6)) / 2 ** 53;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    fork: (key) => seededRandom(`${seed}/${key}`),
  };
}

/** `count` different integers of 0 … total − 1, uniformly drawn, ascending. */
export function sampleIndices(random: Random, total: number, count: number): Uint32Array {
  return shuffled(random, total).subarray(0, count).sort();
}

/** The integers 0 … count − 1 in random order (Fisher–Yates). */
export function shuffled(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
