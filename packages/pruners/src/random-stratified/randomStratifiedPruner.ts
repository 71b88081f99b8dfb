import {
  ConfigError,
  type Host,
  type PruneInput,
  type Pruner,
  parseOptions,
  type Random,
  type SimilarityKernel,
  shuffled,
  z,
} from '@refrain/core';
import { fractionOption, type Ranking } from '../ranking/ranking.ts';
import { rankingPruner } from '../ranking/rankingPruner.ts';
import { ownFraction } from '../ranking/wantedCount.ts';
import { stratifiedHalves } from './stratifiedHalves.ts';

/** The options of `random-stratified`. */
export const randomStratifiedOptions = z.object({ fraction: fractionOption });

/**
 * Keeps a random subset with the label distribution of the whole, for clips with any number of labels: `keepFraction` of them or else
 * `fraction`. Clips are split into halves by iterative stratification (Sechidis et al. 2011), each half again, down to single clips, and kept
 * in the order that results. So a kept set is made of whole halves, quarters and so on, and kept sets of one seed are nested; a label's
 * number of kept clips is off by about one for each of these parts. Throws a ConfigError without labels.
 */
export function randomStratifiedPruner(
  options: Partial<z.output<typeof randomStratifiedOptions>>,
  kernel: SimilarityKernel,
  host?: Host,
): Pruner {
  const { fraction } = parseOptions(randomStratifiedOptions, options, 'pruner');
  return rankingPruner({ name: 'random-stratified', rank: (input) => rank(input, fraction) }, kernel, host);
}

function rank(input: PruneInput, fraction: number): Ranking {
  const { ids, labels } = input;
  if (labels === undefined) {
    throw new ConfigError(
      'pruner',
      'random-stratified keeps the label distribution, but the clips have no labels: give a dataset with labels, or use --pruner random.',
    );
  }
  const order = stratifiedOrder(ids.length, labels, input.random.fork('random-stratified'));
  return { order, ...ownFraction(input, fraction) };
}

/** All clips, halves before halves. */
function stratifiedOrder(count: number, labels: readonly (readonly number[])[], random: Random): Uint32Array {
  const order = new Uint32Array(count);
  let placed = 0;
  const parts: number[][] = [Array.from(shuffled(random, count))];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length > 1) {
      const [first, second] = stratifiedHalves(part, labels, random);
      parts.push(second, first);
    } else if (part.length === 1) order[placed++] = part[0]!;
  }
  return order;
}
