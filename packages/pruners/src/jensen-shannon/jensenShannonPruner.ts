import {
  type Foreseen,
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
import { measureCosines, neededBy, worstScore } from '@refrain/core/pruning';
import { checkInput } from '../input.ts';
import { chooseClips } from './choice.ts';
import { type Clips, describeClips } from './clips.ts';
import { similarityHistograms } from './clusterHistograms.ts';
import { type Grouping, groupAtMost, groupByRule, regroup } from './groups.ts';
import { type CheckedOptions, type JensenShannonOptions, jensenShannonOptions } from './options.ts';
import { type Quotas, quotasForBudget, quotasForTarget, sizeClasses } from './quotas.ts';
import { reportClusters } from './report.ts';
import { foreseenScores } from './scoreRule.ts';
import type { PairRule } from './similarPairs.ts';
import { isKnown, pairsAt, STEPS, type Strength, type ThresholdRule } from './strengths.ts';
import { sweepOver } from './sweep.ts';
import { chooseRule, reliabilityQuantiles } from './thresholds.ts';

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

  async foresee(input: Omit<PruneInput, 'clustering'>): Promise<Foreseen | undefined> {
    const { theta, threshold } = this.#options;
    if (theta !== 's-norm' || threshold !== undefined) return undefined;
    const { length } = input.ids;
    const clustering = {
      labels: new Int32Array(length).fill(-1),
      probabilities: new Float32Array(length),
      clusterCount: 0,
    };
    const clips = describeClips({ ...input, clustering }, this.#options);
    return foreseenScores(clips, this.#kernel.measureCosines ?? measureCosines);
  }

  /** Throws a DataError that names the clip for bad input, a ConfigError where the options ask for what the input cannot give. */
  async prune(input: PruneInput): Promise<Pruning> {
    checkInput(input);
    if (input.ids.length === 0) {
      const rule = { kind: 'pair', thetas: new Float64Array() } as const;
      return { keep: new Uint32Array(), removed: [], clusters: [], group: new Int32Array(), decisions: {}, rule };
    }
    const clips = describeClips(input, this.#options);
    const plan = await this.#plan(clips);
    return this.#carryOut(plan, clips);
  }

  async #plan(clips: Clips): Promise<Plan> {
    const { signal } = this.#host;
    const points = await this.#kernel.load(clips.input.embeddings);
    try {
      const inClusters = similarityHistograms(clips, points, clips.input.random, signal);
      const measure = this.#kernel.measureCosines ?? measureCosines;
      const rule = await chooseRule(this.#options, clips, inClusters, points, measure, signal);
      const histograms = await inClusters.estimated();
      const found = await this.#quotas(rule, clips, points);
      if (clips.input.choiceOnly) return { rule, histograms, ...found, alternatives: [] };
      const alternatives = await alternativesTo(rule, found, clips, histograms, points, signal);
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
    const { groups, strength } = grouping;
    const { keptOf, keep, removed, worst } = chooseClips(clips, grouping, quotas);
    const score = worstScore(grouping.rule, removed);
    const decisions = {
      theta: rule.name,
      kappaAsked: rule.asked.kappa,
      kappaUsed: strength.kappa,
      ...tauDecisions(rule, strength),
      t,
      groups: groups.leaders.length,
      similarPairs: grouping.pairs.i.length,
      ...(worst < Infinity && { worstPartnerSimilarity: worst }),
      ...(score < Infinity && { worstPartnerScore: score }),
      ...(clips.input.reliability && reliabilityQuantiles(clips.input.reliability)),
      ...rule.decisions,
    };
    this.#tell(rule, strength, keep.length, clips.count);
    return {
      keep,
      removed,
      clusters: reportClusters(clips, grouping, { keptOf, keep }, t, histograms),
      group: groups.groupOf,
      ...(clips.spansClusters && { clusterOfGroup: clusterOfGroup(clips, groups) }),
      decisions,
      rule: grouping.rule,
      alternatives,
      sweep: (values) => sweepOver(values, clips, grouping, this.#host.signal),
    };
  }

  /** How alike the removed clips are to their partners is not told here: rules may change it afterwards. */
  #tell({ notices, asked }: ThresholdRule, { kappa, tau }: Strength, kept: number, count: number): void {
    for (const notice of notices) this.#host.notice(notice);
    if (kappa === asked.kappa && tau === asked.tau) return;
    const lowered = [
      ...(kappa === asked.kappa ? [] : [`κ was lowered from ${asked.kappa} to ${kappa}`]),
      ...(tau === asked.tau ? [] : [`τ was lowered from ${asked.tau === Infinity ? 'none' : asked.tau} to ${tau}`]),
    ];
    this.#host.notice(`Too few clips are redundant to keep only ${kept} of ${count}: ${lowered.join(', ')}.`);
  }
}

/** The label of the cluster that each group belongs to: that of its leader. */
function clusterOfGroup({ clusters, clusterOf }: Clips, { leaders }: Grouping['groups']): Int32Array {
  return Int32Array.from(leaders, (leader) => clusters[clusterOf[leader]!]!.label);
}

/** τ as it was asked for and used; JSON knows no infinity. */
function tauDecisions({ asked }: ThresholdRule, used: Strength): Record<string, number | string> {
  if (asked.tau === undefined || used.tau === undefined) return {};
  const said = (tau: number) => (tau < Infinity ? tau : 'none');
  return { tauAsked: said(asked.tau), tauUsed: said(used.tau) };
}

/** Pairs grow steeply as κ falls: a step that would have to look at more of them than this is left out. */
const MOST_PAIRS = 1_000_000;

/**
 * What would be kept at a greater and a lesser strength, at the same t, strengths falling. `histograms` are those of the clusters' similarities: they tell
 * beforehand how many pairs a κ would bring. Empty where no clip has a threshold.
 */
async function alternativesTo(
  thresholds: ThresholdRule,
  { grouping, quotas: { t } }: Pick<Plan, 'grouping' | 'quotas'>,
  clips: Clips,
  histograms: readonly Float64Array[],
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<PruningAlternative[]> {
  const { strength: used, ruleAt } = grouping;
  const own = thetasOf(grouping.rule, clips);
  if (own.length === 0 || own.at(-1)! <= 0) return [];
  const typical = quantile(own, 0.25);
  const counts =
    clips.spansClusters && !isKnown(thresholds, used) ? await wholeHistogram(clips, points, signal) : histograms;
  const strengths = STEPS.map((step) => stepped(used, step)).filter((one, at) => {
    const isAffordable = isKnown(thresholds, one) || pairsFrom(counts, STEPS[at]! * typical) <= MOST_PAIRS;
    return STEPS[at]! >= 1 || isAffordable;
  });
  const known = thresholds.known && { known: thresholds.known };
  const pairs = await pairsAt({ rule: ruleAt, ...known }, strengths.at(-1)!, clips, points, signal);
  return strengths.map((strength) => {
    signal.throwIfAborted();
    const found = regroup(ruleAt, strength, pairs, clips);
    const quotas = quotasForTarget(t, sizeClasses(clips, found.groups));
    const { keep, worst } = chooseClips(clips, found, quotas);
    const theta = quantile(thetasOf(found.rule, clips), 0.5);
    return { ...strength, theta, keep, ...(worst < Infinity && { worstPartnerSimilarity: worst }) };
  });
}

function stepped({ kappa, tau }: Strength, step: number): Strength {
  if (tau === undefined || kappa > 0) return { kappa: onGrid(step * kappa), ...(tau !== undefined && { tau }) };
  return { kappa, tau: onGrid(step * tau) };
}

/** θ of each clip that has one, as two clips like it need it; ascending. */
function thetasOf(rule: PairRule, { count }: Clips): Float64Array {
  const all = Float64Array.from({ length: count }, (_, clip) => neededBy(rule, clip, clip));
  return all.filter((theta) => theta < Infinity).sort();
}

/** The similarities of all clips that may be redundant with each other, whichever cluster they are in. */
function wholeHistogram(
  { clusters, scope, excluded, input: { random } }: Clips,
  points: LoadedPoints,
  signal: AbortSignal,
): Promise<readonly Float64Array[]> {
  const all = { clusters: clusters.slice(0, 1), clusterOf: scope, excluded };
  return similarityHistograms(all, points, random, signal).estimated();
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
