import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Context } from './context.ts';
import { CORPORA, type Corpus, presentCorpora } from './corpora.ts';
import { strategyFindings } from './strategyFindings.ts';
import {
  type Block,
  DRAWS,
  openMeter,
  type SetMeter,
  type StrategyRefusal,
  type StrategyResult,
} from './strategyResults.ts';
import { pruneTo, strategyNames } from './strategyRuns.ts';
import { corpusTable, MARK, refusalLines, summaryTable } from './strategyText.ts';
import { markdownTable } from './table.ts';

const REMOVED_SHARES = [0.1, 0.25, 0.5];
/** These sets are too small for clusters of ten. */
const MIN_CLUSTER_SIZE = 5;

/** Every registered pruner against random sets of the same size, on real and made music and on sounds. */
export const strategiesBench: Bench = {
  name: 'strategies',
  about: 'every pruner at 10, 25 and 50 % removed against random sets of the same size, on four small corpora',
  async run(context) {
    const present = await presentCorpora(CORPORA);
    const strategies = await strategyNames();
    const blocks: Block[] = [];
    for (const corpus of present) blocks.push(...(await blocksOn(corpus, strategies, context)));
    const absent = CORPORA.filter((corpus) => !present.includes(corpus)).map(({ name }) => name);
    return {
      ...summaryTable(blocks),
      notes: [
        `In how many of ${blocks.length} cases (corpus and size) a strategy is worse than the mean of ${DRAWS} random sets of the same size.`,
        strategyFindings('jensen-shannon', blocks),
        ...present.flatMap(({ name }) => corpusNotes(blocks.filter((block) => block.corpus === name))),
        ...(absent.length === 0 ? [] : [`Left out, because their files are not there: ${absent.join('; ')}.`]),
      ],
    };
  },
};

function corpusNotes(blocks: readonly Block[]): string[] {
  const { corpus, clips } = blocks[0]!;
  const refusals = refusalLines(blocks);
  return [
    `### ${corpus}`,
    `${clips} train clips. ${MARK} is worse than the mean of ${DRAWS} random sets of as many clips.`,
    markdownTable(corpusTable(blocks)),
    ...(refusals.length === 0 ? [] : [`Refused:\n\n${refusals.join('\n')}`]),
  ];
}

async function blocksOn(
  { name, parameters }: Corpus,
  strategies: readonly string[],
  context: Context,
): Promise<Block[]> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const shared = [...parameters, '--cache-dir', join(folder, 'cache'), '--min-cluster-size', String(MIN_CLUSTER_SIZE)];
  let meter: SetMeter | undefined;
  let clips = 0;
  const resultAt = async (strategy: string, removedShare: number): Promise<StrategyResult | StrategyRefusal> => {
    context.say(`${name}: ${strategy}, ${removedShare} removed`);
    const size = ['--pruner', strategy, '--keep', String(1 - removedShare), '--seed', String(context.settings.seed)];
    const set = await pruneTo(join(folder, 'out'), [...shared, ...size]);
    if ('refused' in set) return { strategy, ...set };
    meter ??= await openMeter(set.clips, await set.embeddings(), `${name} ${context.settings.seed}`);
    clips = set.clips.length;
    const { keep, acrossTracks, decisions } = set;
    const kept = keep.length;
    return { strategy, kept, removed: clips - kept, acrossTracks, decisions, ...(await meter.measure(keep)) };
  };
  try {
    const blocks: Block[] = [];
    for (const removedShare of REMOVED_SHARES) {
      const results: (StrategyResult | StrategyRefusal)[] = [];
      for (const strategy of strategies) results.push(await resultAt(strategy, removedShare));
      blocks.push({ corpus: name, removedShare, clips, results });
    }
    return blocks;
  } finally {
    await meter?.close();
    await rm(folder, { recursive: true, force: true });
  }
}
