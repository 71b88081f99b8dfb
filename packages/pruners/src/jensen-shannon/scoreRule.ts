import {
  type Foreseen,
  type LoadedPoints,
  type PairScore,
  type ScoreCount,
  type ScoreRule,
  SIMILARITY_GRID,
} from '@refrain/core';
import {
  type CosineMoments,
  linearScore,
  type MeasureCosines,
  type SimilarPairs,
  scoreOf,
} from '@refrain/core/pruning';
import type { Clips } from './clips.ts';
import { lowestRareOfCounts, lowestRareScore, normalTail } from './falseDiscovery.ts';
import { findSimilarPairs, measuredPairs } from './similarPairs.ts';
import { fallingValues, type Ladder, STEPS, STEPS_PER_ONE, type ThresholdRule } from './strengths.ts';

/** Fewer clips say too little about the cosines of strangers. */
export const FEWEST_FOR_SCORES = 100;

/** The share of chance among pairs of a score of τ or more that is accepted. */
const FALSE_DISCOVERY_RATE = 0.01;

/** How many pairs are held to find τ to the pair; of more the histogram decides, to the width of a bin. 64 MB. */
const MOST_PAIRS = 4_000_000;

/** Scores are counted in bins of 1/64. Below 2.3 more are chance than are accepted, however many are found: two bins more tell so. */
const PER_ONE = 64;
const FIRST = 2.25;
const BINS = { bins: 30 * PER_ONE, from: FIRST, to: FIRST + 30 };

/** Clips that are compared, copies once: as many as there are strangers to each. */
export function comparedClips({ representative, excluded }: Clips): Uint32Array {
  return representative.filter((first, clip) => first === clip && !excluded[clip]);
}

/** The clips whose rows the mean and deviation of cosines come from: of each set of copies the first, and none that is compared with nothing. */
function isStranger({ input, excluded }: Clips): (clip: number) => boolean {
  const seen = new Set<number>();
  const others = Uint8Array.from(excluded, (isExcluded, clip) => {
    const set = input.duplicateSet?.[clip] ?? -1;
    if (isExcluded || seen.has(set)) return 1;
    if (set >= 0) seen.add(set);
    return 0;
  });
  return (clip) => others[clip] === 0;
}

async function momentsOf(clips: Clips, measure: MeasureCosines): Promise<CosineMoments> {
  const { embeddings: matrix } = clips.input;
  const found = await measure(matrix.cols, () => [{ matrix, start: 0 }], isStranger(clips));
  for (const [clip, excluded] of clips.excluded.entries()) {
    if (!excluded) continue;
    found.means[clip] = Infinity;
    found.deviations[clip] = 1;
  }
  return found;
}

/** What is asked of all pairs whatever the clusters are; undefined where the clips are too few for scores. */
export async function foreseenScores(clips: Clips, measure: MeasureCosines): Promise<Foreseen | undefined> {
  const among = comparedClips(clips);
  if (among.length < FEWEST_FOR_SCORES) return undefined;
  const moments = await momentsOf(clips, measure);
  return { among, count: scoreCount(among.length, linearScore(moments)), moments };
}

/**
 * Nearly as alike as each clip is to itself, and as no strangers are. Where clips have no reliability the second alone decides.
 * τ is the lowest score at which the pairs that chance would bring are at most a share q of those found (Benjamini & Hochberg 1995, on a
 * normal null): a count of all scores says where it lies, float64 which pair it is.
 */
export async function scoreRule(
  kappa: number,
  clips: Clips,
  points: LoadedPoints,
  measure: MeasureCosines,
  signal: AbortSignal,
): Promise<ThresholdRule> {
  const { reliability, foreseen } = clips.input;
  const moments = foreseen?.moments ?? (await momentsOf(clips, measure));
  const ruleAt = ({ kappa, tau = Infinity }: { kappa: number; tau?: number }): ScoreRule => ({
    kind: 's-norm',
    ...(reliability && { reliability }),
    ...moments,
    kappa,
    tau,
    falseDiscoveryRate: FALSE_DISCOVERY_RATE,
  });
  const among = comparedClips(clips);
  const count = scoreCount(among.length, linearScore(moments));
  const query = { among, ...count, ...(foreseen?.known && { known: foreseen.known }), signal };
  const { counts, pairs: listed } = await points.scores(query);
  const { tau, known, top } = await lowestTau(counts, among.length, async (earliest) => {
    const surelyListed = listed === undefined ? Infinity : count.least + mostAway(count.score, points);
    const isListed = listed !== undefined && earliest >= surelyListed;
    // Where scores alone decide, lower ones are shown as alternatives.
    const lowest = reliability === undefined ? STEPS.at(-1)! * earliest - SIMILARITY_GRID : earliest;
    const from = isListed ? Math.max(surelyListed, lowest) : earliest;
    const rule = ruleAt({ kappa: 0, tau: from });
    const pairs = isListed
      ? measuredPairs(clips, listed, rule)
      : await findSimilarPairs(clips, points, rule, signal, oneGroup(among, clips.count));
    const scores = pairs.similarity.map((similarity, pair) =>
      scoreOf(moments, pairs.i[pair]!, pairs.j[pair]!, similarity),
    );
    return { from, pairs, scores };
  });
  const asked = { kappa: reliability === undefined ? 0 : kappa, tau };
  return {
    name: 's-norm',
    asked,
    rule: ruleAt,
    ladder: { ...stepsBelow(asked, top, known !== undefined), rule: ruleAt },
    ...(known && { known }),
    decisions: { falseDiscoveryRate: FALSE_DISCOVERY_RATE, ...(tau < Infinity ? { tau } : { tau: 'none' }) },
    notices: tau < Infinity || clips.input.keepFraction !== undefined ? [] : [nothing(reliability !== undefined)],
  };
}

/**
 * Which scores are counted, and from which on pairs are listed: chance brings a share q of so many pairs as are held there, so where fewer are
 * found no lower score is rare enough, to the width of two bins.
 */
function scoreCount(clips: number, score: PairScore): ScoreCount {
  const all = (clips * (clips - 1)) / 2;
  let bin = 0;
  while (bin < BINS.bins && all * normalTail(BINS.from + bin / PER_ONE) > FALSE_DISCOVERY_RATE * MOST_PAIRS) bin++;
  const least = BINS.from + Math.max(0, bin - 3) / PER_ONE;
  return { score, ...BINS, least, most: MOST_PAIRS };
}

/** How far a score by a kernel may be from the one on the grid. */
function mostAway({ scale }: PairScore, { tolerance }: LoadedPoints): number {
  return 2 * (tolerance + SIMILARITY_GRID) * scale.reduce((most, value) => Math.max(most, value), 0);
}

/** Some of the clips as one group, the others in none. */
function oneGroup(some: Uint32Array, count: number): Int32Array {
  const groups = new Int32Array(count).fill(-1);
  for (const clip of some) groups[clip] = 0;
  return groups;
}

const nothing = (areReliable: boolean) =>
  'No pair of clips is more alike than strangers may be by chance (theta=s-norm), so nothing but copies can be removed: ' +
  'give `pruner.threshold` (a cosine, e.g. 0.95) or `keep` (a fraction) to decide it yourself' +
  (areReliable
    ? ', or `theta` reliability, which does not ask how alike strangers are; or take another encoder, which may hear more.'
    : '.');

interface FoundTau {
  readonly tau: number;
  readonly known?: { readonly pairs: SimilarPairs; readonly tau: number };
  /** The highest score there is, to the width of a bin. */
  readonly top: number;
}

async function lowestTau(
  counts: Float64Array,
  clips: number,
  pairsFrom: (
    earliest: number,
  ) => Promise<{ readonly from: number; readonly pairs: SimilarPairs; readonly scores: Float64Array }>,
): Promise<FoundTau> {
  const all = (clips * (clips - 1)) / 2;
  const { earliest, latest, atEarliest, top } = lowestRareOfCounts(counts, BINS, all, FALSE_DISCOVERY_RATE);
  if (earliest === Infinity) return { tau: Infinity, top };
  if (atEarliest > MOST_PAIRS) return { tau: latest, top };
  const { from, pairs, scores } = await pairsFrom(earliest);
  const inPlay = scores
    .filter((score) => score >= earliest)
    .sort()
    .reverse();
  const exact = lowestRareScore(inPlay, all, FALSE_DISCOVERY_RATE);
  // Rounded down, so that the pair it was taken from reaches it.
  const tau = exact < Infinity ? Math.floor(exact / SIMILARITY_GRID) / STEPS_PER_ONE : Infinity;
  return { tau, known: { pairs, tau: from }, top };
}

/** First κ falls to 0, then τ. Where pairs of all κ are known the search need not stop on the way there. */
function stepsBelow(
  { kappa, tau }: { readonly kappa: number; readonly tau: number },
  top: number,
  isKnown: boolean,
): Omit<Ladder, 'rule'> {
  const tauSteps = Math.floor(Math.min(tau, top) * STEPS_PER_ONE);
  const kappas = tau === Infinity ? [] : isKnown ? [0] : fallingValues(kappa);
  return {
    top: tauSteps + Math.ceil(kappa * STEPS_PER_ONE),
    stops: [
      ...kappas.map((value) => tauSteps + Math.floor(value * STEPS_PER_ONE)),
      ...fallingValues(tauSteps).map(Math.floor),
    ],
    at: (step) =>
      step > tauSteps ? { kappa: (step - tauSteps) / STEPS_PER_ONE, tau } : { kappa: 0, tau: step / STEPS_PER_ONE },
  };
}
