import type { Random } from '@refrain/core';

/** One element of `list`, uniformly drawn. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)]!;
}

/** True with the given probability, 0…1. */
export function chance(random: Random, probability: number): boolean {
  return random.uniform() < probability;
}

/** Uniform between `low` and `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** Roughly normal with mean 0 and standard deviation 1: twelve uniform numbers summed, so never beyond ±6. */
export function bell(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}
