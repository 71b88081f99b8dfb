import {
  type Host,
  type PruneInput,
  type Pruner,
  type Pruning,
  parseOptions,
  type SimilarityKernel,
  shuffled,
  z,
} from '@refrain/core';
import { ownFraction, rankingPruner } from '../ranking/rankingPruner.ts';
import { fractionOption } from '../ranking/strategy.ts';

/** The options of `random`. */
export const randomOptions = z.object({ fraction: fractionOption });

/**
 * Keeps a uniformly random subset of `keepFraction` or else `fraction` of the clips, rounded half up: what every other strategy is compared
 * with. Subsets of one seed are nested. Removed clips name the most similar kept clip, which need not be similar at all (`unsupported`).
 */
export class RandomPruner implements Pruner {
  readonly name = 'random';
  readonly #pruner: Pruner;

  /** Throws a ConfigError when an option is out of range. */
  constructor(options: Partial<z.output<typeof randomOptions>>, kernel: SimilarityKernel, host?: Host) {
    const { fraction } = parseOptions(randomOptions, options, 'pruner');
    const rank = (input: PruneInput) => ({
      // A fork, so that a pruner which ran before on the same generator changes nothing.
      order: shuffled(input.random.fork('random'), input.ids.length),
      ...ownFraction(input, fraction),
    });
    this.#pruner = rankingPruner({ name: this.name, rank }, kernel, host);
  }

  /** Throws a DataError that names the clip for bad input, a ConfigError when no clip at all would be kept. */
  prune(input: PruneInput): Promise<Pruning> {
    return this.#pruner.prune(input);
  }
}
