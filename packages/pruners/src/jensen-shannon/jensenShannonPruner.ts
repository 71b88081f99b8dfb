import {
  type Host,
  type LoadedPoints,
  onGrid,
  type PruneInput,
  type Pruner,
  type Pruning,
  type PruningAlternative,
  parseOptions,
  quantile,
  quietHost,
  roundHalfUp,
  type SimilarityKernel,
} from '@refrain/core';
import { checkInput } from '../input.ts';
import { chooseClips } from './choice.ts';
import { type Clips, describeClips } from './clips.ts';
import { type Grouping, groupAtMost, groupByRule, regroup } from './groups.ts';
import { type CheckedOptions, type JensenShannonOptions, jensenShannonOptions } from './options.ts';
import { type Quotas, quotasForBudget, quotasForTarget, sizeClasses } from './quotas.ts';
import { reportClusters, similarityHistograms } from './report.ts';
import { findSimilarPairs, thresholdsAt } from './similarPairs.ts';
import { chooseRule, reliabilityQuantiles, type ThresholdRule } from './thresholds.ts';

/** What the steps before the choice of clips settled. */
interface Plan {
  readonly rule: ThresholdRule;
  readonly histograms: readonly Float64Array[];
  readonly grouping: Grouping;
  readonly quotas: Quotas;
  readonly alternatives: readonly PruningAlternative[];
}

/**
 * Removes redundant clips so that the distribution over redundancy groups moves from the original (t = 0) to the uniform one (t = 1) with
 * the smallest Jensen-Shannon divergence from the target between them, the surest ones of equal weight first. Every removed clip has a kept clip at least θ similar to it.
 *
 * Steps: θ (`thresholds`), groups (`groups`), how many (`quotas`), which and by what proof (`choice`).
 */
export class JensenShannonPruner implements Pruner {
  readonly name = 'jensen-shannon';
  readonly #options: CheckedOptions;
  readonly #kernel: SimilarityKernel;
  readonly #host: Host;

  /** Throws a ConfigError when an option is out of range. */
  constructor(options: JensenShannonOptions, kernel: SimilarityKernel, host: Host = quietHost()) {
    this.#options = parseOptions(jensenShannonOptions, options, 'pruner');
    this.#kernel = kernel;
    this.#host = host;
  }

  /** Throws a DataError that names the clip for bad input, a ConfigError where the options ask for what the input cannot give. */
  async prune(input: PruneInput): Promise<Pruning> {
    checkInput(input);
    if (input.ids.length === 0) {
      const rule = { kind: 'pair', thetas: new Float64Array() } as const;
      return { keep: new Uint32Array(), removed: [], clusters: [], group: new Int32Array(), decisions: {}, rule };
    }
    const clips = describeClips(input, this.#options.noise === 'prune');
    const plan = await this.#plan(clips);
    return this.#carryOut(plan, clips);
  }

  async #plan(clips: Clips): Promise<Plan> {
    const { signal } = this.#host;
    const points = await this.#kernel.load(clips.input.embeddings);
    try {
      const histograms = await similarityHistograms(clips, points, signal);
      const rule = await chooseRule(this.#options, clips, histograms, points, signal);
      const found = await this.#quotas(rule, clips, points);
      if (clips.input.choiceOnly) return { rule, histograms, ...found, alternatives: [] };
      const alternatives = await alternativesTo(found.grouping, found.quotas.t, clips, histograms, points, signal);
      return { rule, histograms, ...found, alternatives };
    } finally {
      await points.close();
    }
  }

  async #quotas(rule: ThresholdRule, clips: Clips, points: LoadedPoints): Promise<Pick<Plan, 'grouping' | 'quotas'>> {
    const { signal } = this.#host;
    const { keepFraction } = clips.input;
    if (keepFraction === undefined) {
      const { t } = this.#options;
      const grouping = await groupByRule(rule, clips, points, signal);
      return { grouping, quotas: quotasForTarget(t, sizeClasses(clips, grouping.groups)) };
    }
    const outside = clips.clusterOf.reduce((count, cluster) => count + (cluster < 0 ? 1 : 0), 0);
    const wanted = roundHalfUp(keepFraction * clips.count) - outside;
    const grouping = await groupAtMost(wanted, rule, clips, points, signal);
    return { grouping, quotas: quotasForBudget(wanted, sizeClasses(clips, grouping.groups)) };
  }

  #carryOut({ rule, histograms, grouping, quotas, alternatives }: Plan, clips: Clips): Pruning {
    const { t } = quotas;
    const { groups, thresholds, kappa } = grouping;
    const { keptOf, keep, removed, worst } = chooseClips(clips, grouping, quotas);
    const decisions = {
      theta: rule.name,
      kappaAsked: rule.kappa,
      kappaUsed: kappa,
      t,
      groups: groups.leaders.length,
      similarPairs: grouping.pairs.i.length,
      ...(worst < Infinity && { worstPartnerSimilarity: worst }),
      ...(clips.input.reliability && reliabilityQuantiles(clips.input.reliability)),
      ...rule.decisions,
    };
    this.#tell(rule, kappa, keep.length, clips.count);
    return {
      keep,
      removed,
      clusters: reportClusters(clips, grouping, keptOf, t, histograms),
      group: groups.groupOf,
      decisions,
      rule: { kind: 'pair', thetas: thresholds },
      alternatives,
    };
  }

  /** How alike the removed clips are to their partners is not told here: rules may change it afterwards. */
  #tell(rule: ThresholdRule, kappa: number, kept: number, count: number): void {
    for (const notice of rule.notices) this.#host.notice(notice);
    if (kappa === rule.kappa) return;
    this.#host.notice(
      `Too few clips are redundant to keep only ${kept} of ${count}: κ was lowered from ${rule.kappa} to ${kappa}.`,
    );
  }
}

/** The κ that are looked at, as multiples of the one used. */
const STEPS = [1.04, 1.02, 1, 0.98, 0.96, 0.94, 0.92, 0.9];

/** Pairs grow steeply as κ falls: a step that would have to look at more of them than this is left out. */
const MOST_PAIRS = 1_000_000;

/**
 * What would be kept at a higher and a lower κ, at the same t, by falling κ. `histograms` are those of the clusters' similarities: they tell
 * beforehand how many pairs a κ would bring. Empty where no clip has a threshold.
 */
async function alternativesTo(
  grouping: Grouping,
  t: number,
  clips: Clips,
  histograms: readonly Float64Array[],
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<PruningAlternative[]> {
  const base = grouping.base.filter((value) => value > 0 && value < Infinity).sort();
  if (base.length === 0) return [];
  const typical = quantile(base, 0.25);
  const kappas = STEPS.map((step) => onGrid(step * grouping.kappa)).filter(
    (kappa) => kappa >= grouping.kappa || pairsFrom(histograms, kappa * typical) <= MOST_PAIRS,
  );
  const lowest = thresholdsAt(kappas.at(-1)!, grouping.base);
  const pairs = await findSimilarPairs(clips, points, lowest, signal);
  return kappas.map((kappa) => {
    signal.throwIfAborted();
    const { thresholds, ...found } = regroup(kappa, grouping.base, pairs, clips);
    const quotas = quotasForTarget(t, sizeClasses(clips, found.groups));
    const { keep, worst } = chooseClips(clips, { thresholds, ...found }, quotas);
    const theta = quantile(thresholds.filter((value) => value < Infinity).sort(), 0.5);
    return { kappa, theta, keep, ...(worst < Infinity && { worstPartnerSimilarity: worst }) };
  });
}

/** How many pairs are at least as similar as `from`, to the width of a bin. */
function pairsFrom(histograms: readonly Float64Array[], from: number): number {
  let pairs = 0;
  for (const counts of histograms) {
    const first = Math.max(0, Math.floor(((from + 1) / 2) * counts.length));
    for (let bin = first; bin < counts.length; bin++) pairs += counts[bin]!;
  }
  return pairs;
}
