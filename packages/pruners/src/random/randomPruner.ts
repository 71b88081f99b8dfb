import {
  type Host,
  numberOption,
  type PruneInput,
  type Pruner,
  type Pruning,
  parseOptions,
  type SimilarityKernel,
  shuffled,
  z,
} from '@refrain/core';
import { rankingPruner } from '../ranking/rankingPruner.ts';
import { countOfShare } from '../ranking/wantedCount.ts';

/** The options of `random`. */
export const randomOptions = z.object({
  fraction: numberOption((schema) => schema.gt(0).max(1))
    .default(0.5)
    .describe('share of the clips to keep where --keep is not given'),
});

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
    const rank = ({ ids, keepFraction, random }: PruneInput) => ({
      // A fork, so that a pruner which ran before on the same generator changes nothing.
      order: shuffled(random.fork('random'), ids.length),
      own: keepFraction === undefined ? countOfShare(fraction, ids.length, 'pruner.fraction') : 0,
      least: 0,
      decisions: { fraction: keepFraction ?? fraction },
    });
    this.#pruner = rankingPruner({ name: this.name, rank }, kernel, host);
  }

  /** Throws a DataError that names the clip for bad input, a ConfigError when no clip at all would be kept. */
  prune(input: PruneInput): Promise<Pruning> {
    return this.#pruner.prune(input);
  }
}
