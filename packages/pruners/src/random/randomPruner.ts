import {
  type ClusterPruning,
  ConfigError,
  dot,
  type Host,
  numberOption,
  onGrid,
  type PruneInput,
  type Pruner,
  type Pruning,
  parseOptions,
  quietHost,
  type Removal,
  type SimilarityKernel,
  sampleIndices,
  z,
} from '@refrain/core';
import { checkInput } from '../checkInput.ts';
import { clustersOf } from '../clusters.ts';

/** The options of `random`. */
export const randomOptions = z.object({
  fraction: numberOption((schema) => schema.gt(0).max(1))
    .default(0.5)
    .describe('share of the clips to keep where --keep is not given'),
});

/** Among so many kept clips that a kernel finds nearest, float64 decides which is. */
const CANDIDATES = 4;

/**
 * Keeps a uniformly random subset of `keepFraction` or else `fraction` of the clips, rounded half up: what every other strategy is compared
 * with. Subsets of one seed are nested. Removed clips name the most similar kept clip, which need not be similar at all (`unsupported`).
 */
export class RandomPruner implements Pruner {
  readonly name = 'random';
  readonly #fraction: number;
  readonly #kernel: SimilarityKernel;
  readonly #host: Host;

  /** Throws a ConfigError when an option is out of range. */
  constructor(options: Partial<z.output<typeof randomOptions>>, kernel: SimilarityKernel, host: Host = quietHost()) {
    this.#fraction = parseOptions(randomOptions, options, 'pruner').fraction;
    this.#kernel = kernel;
    this.#host = host;
  }

  /** Throws a DataError that names the clip for bad input, a ConfigError when no clip at all would be kept. */
  async prune(input: PruneInput): Promise<Pruning> {
    checkInput(input);
    const count = input.ids.length;
    const fraction = input.keepFraction ?? this.#fraction;
    const wanted = Math.floor(fraction * count + 0.5);
    if (count > 0 && wanted === 0) {
      const [option, smallest] = [
        input.keepFraction === undefined ? 'fraction' : 'keep',
        Math.ceil(0.5e4 / count) / 1e4,
      ];
      throw new ConfigError(
        option === 'keep' ? '--keep' : 'pruner.fraction',
        `--${option} ${fraction} would keep none of ${count} clips: the smallest possible is --${option} ${smallest}.`,
      );
    }
    // A fork, so that a pruner which ran before on the same generator changes nothing.
    const keep = sampleIndices(input.random.fork('random'), count, wanted);
    const isKept = new Uint8Array(count);
    for (const clip of keep) isKept[clip] = 1;
    return {
      keep,
      removed: await this.#removals(input, isKept),
      clusters: reportClusters(input, isKept),
      group: new Int32Array(count).fill(-1),
      decisions: { fraction },
    };
  }

  async #removals({ embeddings, clustering }: PruneInput, isKept: Uint8Array): Promise<Removal[]> {
    const rows = Uint32Array.from(isKept.keys()).filter((clip) => !isKept[clip]);
    if (rows.length === 0) return [];
    const points = await this.#kernel.load(embeddings);
    try {
      // Kept and removed clips as two components: the neighbours of a removed clip are then kept ones.
      const component = Int32Array.from(isKept);
      const { indices } = await points.nearest({ k: CANDIDATES, rows, component, signal: this.#host.signal });
      return Array.from(rows, (index, row): Removal => {
        const candidates = indices.subarray(row * CANDIDATES, (row + 1) * CANDIDATES).filter((clip) => clip >= 0);
        const similarities = Array.from(candidates.sort(), (clip) => onGrid(dot(embeddings, index, embeddings, clip)));
        const similarity = Math.max(...similarities);
        const partner = candidates[similarities.indexOf(similarity)]!;
        return { index, cluster: clustering.labels[index]!, group: -1, level: 'unsupported', partner, similarity };
      });
    } finally {
      await points.close();
    }
  }
}

function reportClusters({ clustering }: PruneInput, isKept: Uint8Array): ClusterPruning[] {
  const reports = Array.from(clustersOf(clustering.labels), ([label, members]) => ({
    label,
    size: members.length,
    groups: 0,
    kept: members.filter((clip) => isKept[clip]).length,
    divergenceBefore: 0,
    divergenceAfter: 0,
  }));
  return reports.sort((a, b) => a.label - b.label);
}
