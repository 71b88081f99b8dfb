import {
  dots,
  type LoadedPoints,
  onGrid,
  type Pairs,
  type PairsQuery,
  type ScoreRule,
  SIMILARITY_GRID,
} from '@refrain/core';
import { linearScore, neededBy, type SimilarPairs } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';

/** A rule about pairs: what all thresholds here come to. */
export type PairRule = ScoreRule | { readonly kind: 'pair'; readonly thetas: Float64Array };

/** The rule that a pair (i, j) needs κ·max(base_i, base_j), on the grid. */
export function baseRule(kappa: number, base: Float64Array): PairRule {
  return { kind: 'pair', thetas: base.map((value) => (value === Infinity ? Infinity : onGrid(kappa * value))) };
}

/**
 * The pairs of representatives that may be redundant with each other (`Clips.scope`) and reach the rule. The kernel's float32 similarities only propose:
 * float64 on the grid decides.
 */
export async function findSimilarPairs(
  clips: Clips,
  points: LoadedPoints,
  rule: PairRule,
  signal: AbortSignal,
  scope: Int32Array = clips.scope,
): Promise<SimilarPairs> {
  // A whole grid step, not half of one, so that rounding the floor to float32 loses no pair.
  const slack = points.tolerance + SIMILARITY_GRID;
  const query = rule.kind === 'pair' ? { floor: floorsOf(clips, slack, rule.thetas) } : scoreQuery(clips, slack, rule);
  return measuredPairs(clips, await points.pairsAbove({ ...query, groups: scope, signal }), rule);
}

/** Those of the proposed pairs that reach the rule, by their similarities in float64 on the grid. */
export function measuredPairs(clips: Clips, { i, j }: Pick<Pairs, 'i' | 'j'>, rule: PairRule): SimilarPairs {
  const similarity = new Float64Array(i.length);
  for (let start = 0, end = 0; start < i.length; start = end) {
    while (end < i.length && i[end] === i[start]) end++;
    dots(clips.input.embeddings, i[start]!, j.subarray(start, end), similarity.subarray(start, end));
  }
  for (let pair = 0; pair < i.length; pair++) similarity[pair] = onGrid(similarity[pair]!);
  return pairsReaching({ i, j, similarity }, rule);
}

function floorsOf({ representative }: Clips, slack: number, thetas: Float64Array): Float32Array {
  return Float32Array.from(thetas, (theta, clip) => (representative[clip] === clip ? theta - slack : Infinity));
}

/** A superset of the pairs that reach the rule. */
function scoreQuery(clips: Clips, slack: number, rule: ScoreRule): Pick<PairsQuery, 'floor' | 'score'> {
  const { scale, offset } = linearScore(rule);
  const { reliability, means, deviations, kappa, tau } = rule;
  // No pair has a score without the similarity at which the more tolerant of its clips has it.
  const lowest = means.reduce((least, mean, clip) => Math.min(least, mean + tau * deviations[clip]!), Infinity);
  const thetas = means.map((mean, clip) => {
    if (mean === Infinity || tau === Infinity) return Infinity;
    return reliability === undefined || kappa === 0 ? lowest : Math.max(lowest, kappa * reliability[clip]!);
  });
  // The score of a similarity that is higher by the slack.
  const raised = offset.map((value, clip) => value - slack * scale[clip]!);
  return { floor: floorsOf(clips, slack, thetas), score: { scale, offset: raised, least: tau } };
}

/** Those of `pairs` that reach the rule, and lie in `scope` where it is given. */
export function pairsReaching({ i, j, similarity }: SimilarPairs, rule: PairRule, scope?: Int32Array): SimilarPairs {
  const reaching = new Uint32Array(i.length);
  let count = 0;
  for (let pair = 0; pair < i.length; pair++) {
    if (scope !== undefined && (scope[i[pair]!]! < 0 || scope[i[pair]!] !== scope[j[pair]!])) continue;
    if (similarity[pair]! >= neededBy(rule, i[pair]!, j[pair]!)) reaching[count++] = pair;
  }
  const chosen = { i: new Uint32Array(count), j: new Uint32Array(count), similarity: new Float64Array(count) };
  for (let place = 0; place < count; place++) {
    const pair = reaching[place]!;
    chosen.i[place] = i[pair]!;
    chosen.j[place] = j[pair]!;
    chosen.similarity[place] = similarity[pair]!;
  }
  return chosen;
}
