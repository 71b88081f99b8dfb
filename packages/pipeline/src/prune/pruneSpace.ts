import type {
  ClusterPruning,
  PruneInput,
  Pruner,
  Pruning,
  PruningAlternative,
  PruningRule,
  Random,
  Removal,
  SimilarityKernel,
} from '@refrain/core';
import { defined, PluginError } from '@refrain/core';
import { DUPLICATE_THRESHOLD } from '@refrain/core/pruning';
import type { ConstraintReport } from '@refrain/pruned-dataset';
import type { Clusters } from '../cluster/cluster.ts';
import type { Foresight } from '../cluster/foresight.ts';
import { chooseInPlace, type Division, divide, reunite, withPart } from '../duplicates/duplicatePolicy.ts';
import type { Duplicates } from '../duplicates/findDuplicates.ts';
import type { DuplicatePolicy } from '../options/pruning.ts';
import { constrain } from '../rules/constrain.ts';
import type { Constraints } from '../rules/constraints.ts';
import { namesIn, numbered, type Ruling } from '../rules/rules.ts';
import type { TrainFacts } from '../source/trainFacts.ts';
import type { PrunableSpace } from '../space/space.ts';

/** Which clips stay, and everything that explains it; index i means clip i of the space. */
export interface PruneOutcome extends Clusters {
  readonly duplicates: Duplicates;
  /** For each copy that went first, the clip that stayed for it then. */
  readonly copyOf: ReadonlyMap<number, number>;
  readonly keep: Uint32Array;
  readonly removed: readonly Removal[];
  readonly group: Int32Array;
  readonly clusterOfGroup?: Int32Array;
  readonly clusters: readonly ClusterPruning[];
  readonly decisions: Readonly<Record<string, number | string>>;
  readonly rule: PruningRule;
  readonly alternatives?: readonly PruningAlternative[];
  /** As the strategy alone would choose, without rules. */
  readonly sweep?: Pruning['sweep'];
  /** What was asked of the kept clips, and what that changed; absent where nothing was. */
  readonly constraints?: Constraints;
  readonly report?: ConstraintReport;
}

/** How to prune, and by what rules. */
export interface PruneOptions extends Ruling {
  readonly duplicates: DuplicatePolicy;
  readonly keep: number | undefined;
  /** See `PruneInput`. */
  readonly choiceOnly?: boolean;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** The components that decide. */
export interface PruneComponents {
  readonly kernel: SimilarityKernel;
  readonly pruner: Pruner;
}

/**
 * What the strategy will ask of all pairs, whatever the clusters are; undefined where nothing, and where memory is limited: then nothing is counted
 * while clusters are found. Nobody else may look at the embeddings meanwhile.
 */
export async function foresee(
  space: PrunableSpace,
  facts: TrainFacts,
  duplicates: Duplicates,
  pruner: Pruner,
  options: PruneOptions,
): Promise<Foresight | undefined> {
  if (pruner.foresee === undefined || space.inPlace) return undefined;
  const { length } = space.ids;
  const none = { labels: new Int32Array(length).fill(-1), probabilities: new Float32Array(length), secondFrom: 0 };
  const input = pruneInput(space, facts, duplicates, none, options);
  const divided = division(input, options, true);
  const foreseen = await withPart(input, divided, async (part) => pruner.foresee?.(part));
  return foreseen && { foreseen, indices: divided.indices };
}

/**
 * Chooses the clips that stay and meets the rules. The space is sorted by clip id, so ties are decided by id and the result does not depend
 * on the dataset's order.
 */
export async function pruneSpace(
  space: PrunableSpace,
  facts: TrainFacts,
  duplicates: Duplicates,
  clusters: Clusters,
  { kernel, pruner }: PruneComponents,
  options: PruneOptions,
): Promise<PruneOutcome> {
  const { foresight, ...clustered } = clusters;
  const input = pruneInput(space, facts, duplicates, clusters, options);
  const divided = division(input, options, space.inPlace);
  const choose = (part: PruneInput) => pruned({ ...part, ...defined({ foreseen: foresight?.foreseen }) }, pruner);
  const chosen = await (space.inPlace ? chooseInPlace(input, divided, choose) : choose(divided.part));
  const { copyOf, ...pruning } = reunite(input, divided, chosen);
  const found = { ...clustered, duplicates, copyOf };
  if (options.constraints === undefined) return { ...found, ...pruning };
  const known = { ...input, classes: namesIn(facts.labels) };
  const constraints = {
    ...options.constraints,
    ...(options.duplicates === 'one' && { oneOfEachSet: true }),
    ...(divided.kept.length > 0 && { protect: new Set([...(options.constraints.protect ?? []), ...divided.kept]) }),
  };
  return { ...found, constraints, ...(await constrain(known, pruning, constraints, kernel, options.signal)) };
}

/** What the strategy chooses from, and what is settled before. */
function division(input: PruneInput, { duplicates, constraints, priority }: PruneOptions, inPlace = false): Division {
  const { protect, exclude } = constraints ?? {};
  return divide(input, duplicates, defined({ protect, exclude, priority }), inPlace);
}

/** What a pruner chooses. Throws a PluginError that names it where it does not say by what rule, as one that was written before there were rules. */
async function pruned(input: PruneInput, pruner: Pruner): Promise<Pruning> {
  const pruning = await pruner.prune(input);
  const { rule } = pruning as Partial<Pruning>;
  const states =
    rule?.kind === 'none' ||
    (rule?.kind === 'constant' && Number.isFinite(rule.theta)) ||
    (rule?.kind === 's-norm' && [rule.means, rule.deviations].every((one) => one?.length === input.ids.length)) ||
    ((rule?.kind === 'per-clip' || rule?.kind === 'pair') && rule.thetas?.length === input.ids.length);
  if (states) return pruning;
  throw new PluginError(
    pruner.name,
    `The pruner ${pruner.name} does not state its rule: expected \`rule\` to be { kind: 'none' }, { kind: 'constant', theta }, or of kind ` +
      `'per-clip' or 'pair' with one of \`thetas\` for each of ${input.ids.length} clips.`,
  );
}

/** What is known of all clips. */
function pruneInput(
  space: PrunableSpace,
  facts: TrainFacts,
  duplicates: Duplicates,
  { labels, probabilities }: Clusters,
  { keep, priority, random, choiceOnly = false }: Pick<PruneOptions, 'keep' | 'priority' | 'random' | 'choiceOnly'>,
): PruneInput {
  return {
    ids: space.ids,
    embeddings: space.embeddings,
    clustering: { labels, probabilities, clusterCount: labels.reduce((most, label) => Math.max(most, label), -1) + 1 },
    duplicateSet: duplicates.duplicateSet,
    audioIdentity: duplicates.audioIdentity,
    duplicateThreshold: DUPLICATE_THRESHOLD,
    groups: facts.groups,
    ...defined({
      reliability: space.reliability,
      sameRecording: facts.sameRecording,
      labels: facts.labels.some((names) => names.length > 0) ? numbered(facts.labels) : undefined,
      keepFraction: keep,
      excluded: facts.excluded,
      priority,
    }),
    choiceOnly,
    random,
  };
}
