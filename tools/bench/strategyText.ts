import { roundHalfUp } from '@refrain/core';
import { type CoverageMeasure, isWorse, MEASURES, type Spread } from './coverageMeasures.ts';
import type { Block, StrategyRefusal, StrategyResult } from './strategyResults.ts';
import { type Table, whole } from './table.ts';

/** Stands behind a value that is worse than the mean of the random sets. */
export const MARK = '▼';

/** The value of a measure as a cell, marked where it is worse than the mean of random sets; "n/a" where it says nothing. */
export function valueCell(measure: CoverageMeasure, value: number | undefined, random: Spread | undefined): string {
  if (value === undefined || Number.isNaN(value)) return 'n/a';
  const text = measure.counts ? whole(value) : value.toFixed(3);
  return random !== undefined && isWorse(measure, value, random.mean) ? `${text} ${MARK}` : text;
}

/** Mean ± standard deviation as a cell; "n/a" where the measure says nothing. */
export function spreadCell({ counts }: CoverageMeasure, spread: Spread | undefined): string {
  if (spread === undefined || Number.isNaN(spread.mean)) return 'n/a';
  const digits = counts ? 1 : 3;
  return `${spread.mean.toFixed(digits)} ± ${spread.sd.toFixed(digits)}`;
}

/** The strategies that were not refused. */
export function resultsOf({ results }: Block): StrategyResult[] {
  return results.filter((result): result is StrategyResult => 'values' in result);
}

/** The results of one corpus, a block of rows per size with the random sets last. */
export function corpusTable(blocks: readonly Block[]): Table {
  const header = ['removed', 'strategy', 'kept', ...MEASURES.map(({ title }) => title)];
  const rows = blocks.flatMap((block) => {
    const share = percent(block.removedShare);
    const asked = roundHalfUp((1 - block.removedShare) * block.clips);
    const random = resultsOf(block).find(({ kept }) => kept === asked)?.random;
    return [
      ...block.results.map((result) => [share, result.strategy, ...resultCells(result)]),
      ...(random === undefined
        ? []
        : [[share, 'random sets', whole(asked), ...MEASURES.map((one) => spreadCell(one, random[one.name]))]]),
    ];
  });
  return { header, rows };
}

function resultCells(result: StrategyResult | StrategyRefusal): string[] {
  if ('refused' in result) return ['refused', ...MEASURES.map(() => 'n/a')];
  const { kept, values, random } = result;
  return [whole(kept), ...MEASURES.map((one) => valueCell(one, values[one.name], random[one.name]))];
}

/** The reasons of the strategies that were refused, a line each. */
export function refusalLines(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ removedShare, results }) =>
    results.flatMap((result) =>
      'refused' in result ? [`- ${result.strategy}, ${percent(removedShare)} removed: ${result.refused}`] : [],
    ),
  );
}

/** Per strategy and measure, in how many of all blocks it is worse than the mean of the random sets. */
export function summaryTable(blocks: readonly Block[]): Table {
  const strategies = [...new Set(blocks.flatMap(({ results }) => results.map(({ strategy }) => strategy)))];
  const rows = strategies.map((strategy) => {
    const own = blocks.flatMap((block) => resultsOf(block).filter((result) => result.strategy === strategy));
    const cells = MEASURES.map((measure) => {
      const { worse, total } = worseThanRandom(measure, own);
      return total === 0 ? 'n/a' : `${worse.length} of ${total}`;
    });
    return [strategy, ...cells, String(blocks.length - own.length)];
  });
  return { header: ['worse than random', ...MEASURES.map(({ title }) => title), 'refused'], rows };
}

/** Those of `results` that are worse than the mean of their random sets, and how many could be. */
function worseThanRandom(
  { name, ...measure }: CoverageMeasure,
  results: readonly StrategyResult[],
): { worse: StrategyResult[]; total: number } {
  const known = results.filter(({ values }) => values[name] !== undefined && !Number.isNaN(values[name]));
  const worse = known.filter(({ values, random }) => isWorse({ name, ...measure }, values[name]!, random[name]!.mean));
  return { worse, total: known.length };
}

/** A share as whole per cent. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
