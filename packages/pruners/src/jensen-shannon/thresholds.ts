import { ConfigError, type LoadedPoints, quantile } from '@refrain/core';
import type { MeasureCosines, SimilarPairs } from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import type { ClusterHistograms } from './clusterHistograms.ts';
import { discoveryThresholdOfHistogram } from './falseDiscovery.ts';
import type { CheckedOptions } from './options.ts';
import { comparedClips, FEWEST_FOR_SCORES, scoreRule } from './scoreRule.ts';
import { baseRule, findSimilarPairs } from './similarPairs.ts';
import { fallingValues, ruleOfBase, type ThresholdRule } from './strengths.ts';

/** Fewer clips say too little about the bulk of their similarities. */
const FEWEST_CLIPS = 30;
/** As many pairs as `FEWEST_CLIPS` have: fewer in all clusters together say too little. */
const FEWEST_PAIRS = (FEWEST_CLIPS * (FEWEST_CLIPS - 1)) / 2;

/**
 * A measure less reliable than this is not good enough to tell one from another (Nunnally 1978, Psychometric Theory, section on standards of
 * reliability). On the 5-s sounds of ESC-10 as many clips of one recording are removed with it, and half of all that are removed without it stay.
 */
const LEAST_RELIABILITY = 0.7;

/** κ where the option is not given: with scores, which have a say too, and without. */
const DEFAULT_KAPPA = { 's-norm': 0.8, reliability: 0.98 };

/**
 * The rule that `options` ask for, worked out for these clips. Silence is redundant with nothing. With few clips `s-norm` falls back to
 * `reliability`, and that to `fdr` where clips have none. Throws a ConfigError when `tracks` lacks what it needs.
 */
export async function chooseRule(
  options: Pick<CheckedOptions, 'theta' | 'kappa' | 'threshold'>,
  clips: Clips,
  histograms: ClusterHistograms,
  points: LoadedPoints,
  measure: MeasureCosines,
  signal: AbortSignal,
): Promise<ThresholdRule> {
  const { reliability } = clips.input;
  if (options.threshold !== undefined) {
    const base = comparable(clips, () => options.threshold!);
    const decisions = { threshold: options.threshold };
    return { name: 'threshold', ...movable(clips, 1, base), decisions, notices: [] };
  }
  if (options.theta === 'tracks') return trackRule(clips, points, signal);
  const discovery = async () => discoveryRule(clips, await histograms.all());
  if (options.theta === 'fdr') return discovery();
  if (options.theta === 's-norm') {
    const { length: count } = comparedClips(clips);
    if (count >= FEWEST_FOR_SCORES) {
      return scoreRule(options.kappa ?? DEFAULT_KAPPA['s-norm'], clips, points, measure, signal);
    }
    const because = `${count} clips to compare are too few to say how alike strangers are (it takes ${FEWEST_FOR_SCORES}), so`;
    return instead('s-norm', because, reliability === undefined ? await discovery() : reliabilityRule());
  }
  if (reliability !== undefined) return reliabilityRule();
  return instead('reliability', 'The clips have no reliability (it takes segments), so', await discovery());

  function reliabilityRule(): ThresholdRule {
    const base = comparable(clips, (clip) => reliabilityBase(reliability![clip]!));
    const kappa = options.kappa ?? DEFAULT_KAPPA.reliability;
    return { name: 'reliability', ...movable(clips, kappa, base), decisions: {}, notices: [] };
  }
}

/** A rule in the place of the one that was asked for. `because` is the first half of the sentence that says so. */
function instead(asked: string, because: string, rule: ThresholdRule): ThresholdRule {
  const sentence = `${because} the rule for similar pairs is theta=${rule.name}.`;
  return {
    ...rule,
    decisions: { thetaAsked: asked, thetaBecause: sentence, ...rule.decisions },
    notices: [sentence, ...rule.notices],
  };
}

/** A rule of bases. In a search for a lower κ clips for which it found no threshold count from 1. */
function movable({ excluded }: Clips, kappa: number, base: Float64Array): ReturnType<typeof ruleOfBase> {
  return ruleOfBase(
    kappa,
    base,
    base.map((value, clip) => (value === Infinity && !excluded[clip] ? 1 : value)),
  );
}

/** What κ is multiplied by for a clip of reliability `r`: an unreliable one needs what a wholly reliable one does, else it would resemble all others. */
function reliabilityBase(r: number): number {
  return r < LEAST_RELIABILITY ? 1 : r;
}

/** The base of each clip; +Infinity for those that resemble nothing but their copies (`Clips.excluded`). */
function comparable(clips: Clips, base: (clip: number) => number): Float64Array {
  return Float64Array.from(clips.excluded, (excluded, clip) => (excluded ? Infinity : base(clip)));
}

/** Five numbers that show how reliabilities are spread. */
export function reliabilityQuantiles(reliability: Float64Array): Record<string, number> {
  const ascending = reliability.slice().sort();
  return {
    reliabilityMin: quantile(ascending, 0),
    reliabilityQ25: quantile(ascending, 0.25),
    reliabilityMedian: quantile(ascending, 0.5),
    reliabilityQ75: quantile(ascending, 0.75),
    reliabilityMax: quantile(ascending, 1),
  };
}

/**
 * Each cluster's similarities against their own bulk. Clusters of fewer than 30 clips, and those where nothing stands out, take the
 * threshold of the similarities inside all clusters together, if those are as many as 30 clips have.
 */
function discoveryRule(clips: Clips, histograms: readonly Float64Array[]): ThresholdRule {
  const together = new Float64Array(histograms[0]?.length ?? 1);
  for (const counts of histograms) for (let bin = 0; bin < counts.length; bin++) together[bin]! += counts[bin]!;
  const pairs = together.reduce((sum, count) => sum + count, 0);
  const pooled = pairs < FEWEST_PAIRS ? Infinity : discoveryThresholdOfHistogram(together);
  let ownThresholds = 0;
  const thetas = clips.clusters.map(({ members }, cluster) => {
    const enough = members.filter((clip) => !clips.excluded[clip]).length >= FEWEST_CLIPS;
    const own = enough ? discoveryThresholdOfHistogram(histograms[cluster]!) : Infinity;
    if (own < Infinity) ownThresholds++;
    return own < Infinity ? own : pooled;
  });
  const base = comparable(clips, (clip) => thetas[clips.clusterOf[clip]!] ?? Infinity);
  const found = thetas.some((theta) => theta < Infinity);
  const nothing =
    'No pair of clips stands out from the usual similarity (theta=fdr), so nothing but copies can be removed: ' +
    'give `pruner.threshold` (a cosine, e.g. 0.95) or `keep` (a fraction) to decide it yourself.';
  const decisions = { pooledTheta: pooled < Infinity ? pooled : 'none', clustersWithOwnTheta: ownThresholds };
  return {
    name: 'fdr',
    ...movable(clips, 1, base),
    decisions,
    notices: found ? [] : unlessKeepIsGiven(clips, nothing),
  };
}

async function trackRule(clips: Clips, points: LoadedPoints, signal: AbortSignal): Promise<ThresholdRule> {
  const { reliability, groups } = clips.input;
  const tracks = groups?.map((group) => group?.track);
  const missing = [
    tracks?.some((track) => track !== undefined) ? [] : ['the track of each clip (the dataset names none)'],
    reliability === undefined ? ['reliabilities (the encoder gives no segments)'] : [],
  ].flat();
  if (tracks === undefined || reliability === undefined || missing.length > 0) {
    throw new ConfigError(
      'pruner.theta',
      `theta=tracks needs ${missing.join(' and ')}: choose another theta or give \`pruner.threshold\`.`,
    );
  }
  const base = comparable(clips, (clip) => reliabilityBase(reliability[clip]!));
  const kappa = await kappaForTracks(clips, points, base, tracks, signal);
  if (kappa !== undefined) return { name: 'tracks', ...movable(clips, kappa, base), decisions: {}, notices: [] };
  const nothing =
    'No similarity tells clips of one track from others reliably enough (theta=tracks), so nothing but copies can be removed: ' +
    'choose another theta, or give `pruner.threshold` or `keep`.';
  return {
    name: 'tracks',
    ...movable(clips, 1, base.fill(Infinity)),
    decisions: {},
    notices: unlessKeepIsGiven(clips, nothing),
  };
}

/** A wanted fraction is reached without the rule's help. */
function unlessKeepIsGiven({ input }: Clips, notice: string): string[] {
  return input.keepFraction === undefined ? [notice] : [];
}

/** Where the search for κ starts: few pairs are more alike than their clips are to themselves. */
const HIGHEST_KAPPA = 1;

/** The share of redundant pairs that must come from one track. */
export const TRACK_PRECISION = 0.95;

/**
 * The smallest κ such that, of the pairs with s_ij ≥ κ·max(base_i, base_j) inside clusters, at least 95 % are of one track; undefined when
 * none is. Copies count once, clips of unknown track not at all.
 */
async function kappaForTracks(
  clips: Clips,
  points: LoadedPoints,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const known = base.map((value, clip) => (tracks[clip] === undefined ? Infinity : value));
  // At most this many pairs can be right: with more pairs than that allows, no smaller κ can be precise enough.
  const mostPairs = sameTrackPairs(clips, tracks) / TRACK_PRECISION;
  if (mostPairs === 0) return undefined;
  let pairs: SimilarPairs | undefined;
  for (const kappa of fallingValues(HIGHEST_KAPPA)) {
    pairs = await findSimilarPairs(clips, points, baseRule(kappa, known), signal);
    if (pairs.i.length > mostPairs) break;
  }
  return smallestPrecise(pairs!, base, tracks);
}

/** How many pairs of representatives inside clusters are of one known track. */
function sameTrackPairs(clips: Clips, tracks: readonly (string | undefined)[]): number {
  const seen = new Map<string, number>();
  let pairs = 0;
  for (const [clip, track] of tracks.entries()) {
    if (track === undefined || clips.clusterOf[clip]! < 0 || clips.representative[clip] !== clip) continue;
    const key = `${clips.clusterOf[clip]} ${track}`;
    const before = seen.get(key) ?? 0;
    pairs += before;
    seen.set(key, before + 1);
  }
  return pairs;
}

function smallestPrecise(
  { i, j, similarity }: SimilarPairs,
  base: Float64Array,
  tracks: readonly (string | undefined)[],
): number | undefined {
  const ratio = similarity.map((value, pair) => value / Math.max(base[i[pair]!]!, base[j[pair]!]!));
  const descending = Uint32Array.from(ratio, (_, pair) => pair).sort((a, b) => ratio[b]! - ratio[a]!);
  let right = 0;
  let smallest: number | undefined;
  for (const [place, pair] of descending.entries()) {
    if (tracks[i[pair]!] === tracks[j[pair]!]) right++;
    const isLastOfTies = ratio[descending[place + 1]!] !== ratio[pair];
    if (isLastOfTies && right >= TRACK_PRECISION * (place + 1)) smallest = ratio[pair]!;
  }
  return smallest;
}
