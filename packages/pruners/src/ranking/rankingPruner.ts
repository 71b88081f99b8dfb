import {
  type CallableComponent,
  type ClusterPruning,
  ConfigError,
  defineComponent,
  type Host,
  type OptionsSchema,
  type PruneInput,
  type Pruner,
  quietHost,
  roundHalfUp,
  type SimilarityKernel,
  type z,
} from '@refrain/core';
import { clustersOf } from '@refrain/core/pruning';
import { allClips, checkInput, smallestShare } from '../input.ts';
import { removalsByNearest } from './removals.ts';
import type { Ranking, RankingStrategy, Removals } from './strategy.ts';

/** A component that makes the ranking pruner of a strategy; `strategy` is given checked options. */
export function rankingComponent<Schema extends OptionsSchema>({
  strategy,
  ...described
}: Pick<CallableComponent<Pruner, Schema, never>, 'name' | 'description' | 'options'> & {
  readonly strategy: (options: z.output<Schema>) => Omit<RankingStrategy, 'name'>;
}): CallableComponent<Pruner, Schema, readonly ['kernel', 'host']> {
  return defineComponent({
    ...described,
    inject: ['kernel', 'host'],
    create: (options, kernel, host) => rankingPruner({ name: described.name, ...strategy(options) }, kernel, host),
  });
}

/**
 * A pruner that keeps a prefix of the strategy's ranking: `keepFraction` of the clips, rounded half up, or what the strategy's own option says.
 * Rejects with a DataError that names the clip for bad input, with a ConfigError when no clip or fewer than must stay would be kept.
 */
export function rankingPruner(strategy: RankingStrategy, kernel: SimilarityKernel, host: Host = quietHost()): Pruner {
  const workplace = { kernel, signal: host.signal };
  return {
    name: strategy.name,
    async prune(input) {
      checkInput(input);
      const count = input.ids.length;
      const ranking = await strategy.rank(input, workplace);
      const keep = ranking.order.slice(0, wantedCount(input, ranking)).sort();
      const isKept = new Uint8Array(count);
      for (const clip of keep) isKept[clip] = 1;
      const { removed, rule, decisions }: Removals = (await strategy.remove?.(input, isKept, workplace, ranking)) ?? {
        removed: await removalsByNearest(input, isKept, workplace),
      };
      return {
        keep,
        removed,
        clusters: reportClusters(input, isKept),
        group: new Int32Array(count).fill(-1),
        decisions: { ...ranking.decisions, ...decisions },
        rule: rule ?? { kind: 'none' },
      };
    },
  };
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

/**
 * How many clips the option `fraction` keeps, and what metadata.json says of it; `keepFraction` goes before it. Throws a ConfigError when it is
 * none.
 */
export function ownFraction(input: PruneInput, fraction: number): Pick<Ranking, 'own' | 'decisions'> {
  const { keepFraction } = input;
  if (keepFraction !== undefined) return { own: 0, decisions: { fraction: keepFraction } };
  return { own: countOfShare(fraction, input, 'pruner.fraction'), decisions: { fraction } };
}

/** How many clips to keep: `keepFraction` of them, else what the strategy's own option keeps. Throws a ConfigError where that is too few. */
export function wantedCount(input: PruneInput, { own, least }: Ranking): number {
  const { keepFraction } = input;
  if (keepFraction === undefined) return own;
  const wanted = countOfShare(keepFraction, input, 'keep');
  if (least === undefined || wanted >= least.count) return wanted;
  const kept = input.beside?.kept ?? 0;
  throw new ConfigError(
    'keep',
    `\`keep\` asks for ${wanted + kept} of ${allClips(input)} clips, but ${least.count + kept} must stay: ${least.why}. ` +
      `Give at least \`keep\` ${smallestShare(least.count + kept, input)}.`,
  );
}

/** `share` of the clips, rounded half up. */
function countOfShare(share: number, input: PruneInput, option: 'keep' | 'pruner.fraction'): number {
  const clips = input.ids.length;
  const wanted = roundHalfUp(share * clips);
  // With others that stay beside them, none of these need to.
  if (clips === 0 || wanted > 0 || (input.beside?.kept ?? 0) > 0) return wanted;
  const smallest = Math.ceil(0.5e4 / clips) / 1e4;
  throw new ConfigError(
    option,
    `\`${option}\` ${share} would keep none of ${clips} clips: the smallest possible is \`${option}\` ${smallest}.`,
  );
}
