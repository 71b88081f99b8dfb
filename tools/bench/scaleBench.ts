import { join } from 'node:path';
import { mean } from '@refrain/core';
import { type Bench, type Context, gemmRate } from './context.ts';
import { testDataFolder } from './folders.ts';
import { runJob } from './runChild.ts';
import { type ClipTimes, SHAPE, scaleTable } from './scaleTables.ts';
import { recordCost, type UnitCosts } from './sizes.ts';
import { whole } from './table.ts';

/** Clips whose space is fitted, and points that are pruned, to find out what one costs. */
const SPACE_CLIPS = 2000;
const POINTS = 20_000;

/** Searches that `refrain prune` has a kernel make over all pairs: HDBSCAN one, in which scores are counted too. */
const HALF_PASSES = 1;

/** What sets of 10⁴ to 10⁸ clips cost by stage, and how long embedding takes with up to 1,000 workers that may be slow, die, or wait. */
export const scaleBench: Bench = {
  name: 'scale',
  about: 'costs of 10⁴ to 10⁸ clips by stage, and simulated clusters of up to 1,000 workers, from times measured now',
  async run(context) {
    const mfcc = await clipTimes(context, 'mfcc');
    const usual = await clipTimes(context, 'mfcc,basic-pitch');
    const unit = { clip: mean(usual.seconds), ...(await measuredCosts(context)) };
    const { cols, seed } = context.settings;
    const found = `The space of ${whole(SPACE_CLIPS)} clips; \`refrain prune\` on ${whole(POINTS)} own embeddings of ${cols} numbers, which looks at all pairs once.`;
    context.say('simulating');
    return scaleTable({ times: [mfcc, usual], unit, found }, seed);
  },
};

async function clipTimes({ say }: Context, encoder: string): Promise<ClipTimes> {
  say(`${encoder}: clip by clip`);
  const { facts } = await runJob({ kind: 'clip-times', dataset: join(testDataFolder, 'music-dev'), encoder });
  const seconds = Float64Array.from(String(facts.seconds).split(' '), Number);
  return { encoder, seconds, bytes: Number(facts.bytes), hashSeconds: Number(facts.hashSeconds) };
}

async function measuredCosts(context: Context): Promise<Omit<UnitCosts, 'clip'>> {
  const { say, settings } = context;
  say('space');
  const shape = { clips: SPACE_CLIPS, perClip: SHAPE.segmentsPerClip, cols: SHAPE.dim, seed: settings.seed };
  const made = await runJob({ kind: 'made-segments', ...shape });
  const space = await runJob({ kind: 'train-space', ...shape });
  // Segments are made each time they are read, four times.
  const segment = (space.cost.cpuSeconds - 4 * made.cost.cpuSeconds) / (SPACE_CLIPS * SHAPE.segmentsPerClip);
  const before = await gemmRate(settings.cols);
  say(`refrain prune: ${POINTS} points`);
  const points = await context.points(POINTS);
  const { cost } = await runJob({ kind: 'prune-command', points, workers: settings.workers });
  const rate = (before + (await gemmRate(settings.cols))) / 2;
  const record = recordCost(cost.cpuSeconds, POINTS, settings.cols, rate, HALF_PASSES);
  return { segment, rate, record, halfPasses: HALF_PASSES };
}
