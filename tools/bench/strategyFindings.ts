import { type CoverageMeasure, isWorse, MEASURES, shortfall } from './coverageMeasures.ts';
import type { Block, StrategyResult } from './strategyResults.ts';
import { percent, resultsOf, spreadCell, valueCell } from './strategyText.ts';
import { significant } from './table.ts';

/** What a strategy did on one corpus at one size, with the measures that say something there. */
interface Case {
  readonly title: string;
  readonly result: StrategyResult;
  readonly known: readonly CoverageMeasure[];
  /** Those of `known` that are worse than the mean of the random sets. */
  readonly worse: readonly CoverageMeasure[];
}

/**
 * What the blocks say about `strategy`: how often it is no worse than the mean of random sets and in which measures always, then every case where
 * it is worse, by how much, and what is known of its removals there.
 */
export function strategyFindings(strategy: string, blocks: readonly Block[]): string {
  const cases = blocks.flatMap((block) =>
    resultsOf(block)
      .filter((result) => result.strategy === strategy)
      .map((result) => caseOf(block, result)),
  );
  const worse = cases.filter((one) => one.worse.length > 0);
  if (worse.length === 0) return headline(strategy, cases);
  const bullets = worse.map(({ title, result, worse: measures }) => `- ${title}: ${explanation(measures, result)}`);
  return [headline(strategy, cases), ...trackSentence(cases), 'Where it is worse:', bullets.join('\n')].join('\n\n');
}

function caseOf({ corpus, removedShare }: Block, result: StrategyResult): Case {
  const { values, random } = result;
  const known = MEASURES.filter(({ name }) => values[name] !== undefined && !Number.isNaN(values[name]));
  const worse = known.filter((measure) => isWorse(measure, values[measure.name]!, random[measure.name]!.mean));
  return { title: `${corpus}, ${percent(removedShare)} removed`, result, known, worse };
}

function headline(strategy: string, cases: readonly Case[]): string {
  const figures = cases.flatMap(({ known }) => known).length;
  const worse = cases.flatMap((one) => one.worse.map((measure) => deviations(measure, one.result)));
  const always = MEASURES.filter(
    (measure) =>
      cases.some(({ known }) => known.includes(measure)) && !cases.some((one) => one.worse.includes(measure)),
  );
  const far = worse.filter((distance) => distance > 2).length;
  return (
    `**${strategy} is at least as good as the mean of its random sets in ${figures - worse.length} of ${figures} figures` +
    `${always.length === 0 ? '' : `, always in: ${always.map(({ title }) => title).join('; ')}`}.**` +
    `${worse.length === 0 ? '' : ` Of the ${worse.length} worse ones, ${far} ${far === 1 ? 'is' : 'are'} more than two standard deviations away.`}`
  );
}

/** The share of removals across tracks, where a measure of tracks is worse and where none is; empty where there is nothing to compare. */
function trackSentence(cases: readonly Case[]): string[] {
  const withTracks = cases.filter(({ known }) => known.some(isOfTracks));
  const isWorseThere = ({ worse }: Case) => worse.some(isOfTracks);
  const [bad, good] = [withTracks.filter(isWorseThere), withTracks.filter((one) => !isWorseThere(one))];
  if (bad.length === 0 || good.length === 0) return [];
  const across = (some: readonly Case[]) => {
    const removed = some.reduce((sum, { result }) => sum + result.removed, 0);
    return percent(some.reduce((sum, { result }) => sum + result.acrossTracks, 0) / removed);
  };
  return [
    'It looks at similarity and not at tracks: a removed clip may go for a similar one of another track, which the measures of tracks count ' +
      `against it. Where one of them is worse than random, ${across(bad)} of its removals are such; in the other cases ${across(good)}.`,
  ];
}

function isOfTracks({ name }: CoverageMeasure): boolean {
  return ['track coverage', 'safe-removal rate', 'redundancy left'].includes(name);
}

/** By how many standard deviations a value is worse than random; NaN where random sets do not differ. */
function deviations(measure: CoverageMeasure, { values, random }: StrategyResult): number {
  const { mean, sd } = random[measure.name]!;
  return sd > 0 ? shortfall(measure, values[measure.name]!, mean) / sd : Number.NaN;
}

/** The figures against the random ones, how far that is, and what is known of the removals. */
function explanation(measures: readonly CoverageMeasure[], result: StrategyResult): string {
  const { values, random, removed, lost, acrossTracks, decisions } = result;
  const figures = measures.map((measure) => {
    const against = spreadCell(measure, random[measure.name]);
    const distance = deviations(measure, result);
    const apart = Number.isNaN(distance) ? '' : `, ${significant(distance)} deviations`;
    return `${measure.title} ${valueCell(measure, values[measure.name], undefined)} (${against}${apart})`;
  });
  const gone = [...lost].map(([name, clips]) => `${name} (${clips} ${clips === 1 ? 'clip' : 'clips'})`);
  const { kappaAsked, kappaUsed, worstPartnerSimilarity } = decisions;
  return [
    figures.join(', '),
    ...(measures.some(isOfTracks) ? [`${acrossTracks} of ${removed} removals across tracks`] : []),
    ...(kappaUsed === kappaAsked ? [] : [`κ lowered from ${kappaAsked} to ${significant(Number(kappaUsed))}`]),
    ...(worstPartnerSimilarity === undefined
      ? []
      : [`least similar partner ${significant(Number(worstPartnerSimilarity))}`]),
    ...(measures.some(({ name }) => name === 'labels lost') ? [`lost: ${gone.join(', ')}`] : []),
  ].join('; ');
}
