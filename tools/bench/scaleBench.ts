import { join } from 'node:path';
import { mean, quantile, seededRandom } from '@refrain/core';
import { drawJobs, type SimulatedCluster, simulate } from './clusterSimulation.ts';
import { type Bench, type Context, gemmRate } from './context.ts';
import { testDataFolder } from './folders.ts';
import { runJob } from './runChild.ts';
import { crossing, linearAndPairs, type StageCosts, stageCosts, type UnitCosts } from './sizes.ts';
import { markdownTable, significant, whole } from './table.ts';

/** Clips in a job. */
const CLIPS_PER_JOB = 32;
const WORKERS = [1, 3, 10, 30, 100, 300, 1000] as const;
const SIMULATED_CLIPS = [10_000, 100_000, 1_000_000] as const;
const SIZES = [1e4, 1e5, 1e6, 1e7, 1e8] as const;

/** Clips of 29 s by MFCC and Basic Pitch side by side: windows of 1.988 s, 560 numbers each. */
const SHAPE = { segmentsPerClip: 14, dim: 560 } as const;

/** Clips whose space is fitted, and points that are pruned, to find out what one costs. */
const SPACE_CLIPS = 2000;
const POINTS = [10_000, 30_000] as const;

/** Nothing fails, and there is as much of everything as is asked for. */
const IDEAL: Omit<SimulatedCluster, 'workers'> = {
  slowShare: 0,
  slowBy: 10,
  lifetime: Infinity,
  restart: 60,
  lease: 60,
  coordinator: 0,
  store: Infinity,
};

/** What BullMQ takes of the coordinator's process and of Redis for one job, together (docs/scale.md says how that was measured). */
const BULLMQ_SECONDS = 0.0006;

/** Each with one thing that is not ideal, the last with all of them. */
const SCENARIOS: readonly { readonly name: string; readonly cluster: Omit<SimulatedCluster, 'workers'> }[] = [
  { name: 'queue, 0.6 ms a job', cluster: { ...IDEAL, coordinator: BULLMQ_SECONDS } },
  { name: 'queue, 100 ms a job', cluster: { ...IDEAL, coordinator: 0.1 } },
  { name: 'store, 1 Gbit/s', cluster: { ...IDEAL, store: 125e6 } },
  { name: '5 % ten times slower', cluster: { ...IDEAL, slowShare: 0.05 } },
  { name: 'a death every 24 h', cluster: { ...IDEAL, lifetime: 86_400 } },
  { name: 'a death every 5 min', cluster: { ...IDEAL, lifetime: 300 } },
  {
    name: 'all: 0.6 ms, 1 Gbit/s, 5 % slow, 24 h',
    cluster: { ...IDEAL, coordinator: BULLMQ_SECONDS, store: 125e6, slowShare: 0.05, lifetime: 86_400 },
  },
];

/** Processor seconds of each clip, and the mean size of its file. */
interface ClipTimes {
  readonly encoder: string;
  readonly seconds: Float64Array;
  readonly bytes: number;
}

/** What sets of 10⁴ to 10⁸ clips cost by stage, and how long embedding takes with up to 1,000 workers that may be slow, die, or wait. */
export const scaleBench: Bench = {
  name: 'scale',
  about: 'costs of 10⁴ to 10⁸ clips by stage, and simulated clusters of up to 1,000 workers, from times measured now',
  async run(context) {
    const times: ClipTimes[] = [];
    for (const encoder of ['mfcc', 'mfcc,basic-pitch']) times.push(await clipTimes(context, encoder));
    const usual = times[1]!;
    const unit = { clip: mean(usual.seconds), ...(await measuredCosts(context)) };
    context.say('simulating');
    const { header, rows } = simulations(usual, context.settings.seed);
    return {
      header,
      rows,
      notes: [
        `Embedding with MFCC and Basic Pitch in jobs of ${CLIPS_PER_JOB} clips, simulated with seed ${context.settings.seed}: hours if nothing is in the way, then the share of that speed that is left by each single hindrance, last by several together. A worker is one thread. Jobs draw their clips' times from those measured; a worker that dies is replaced after ${IDEAL.restart} s, its job given to another ${IDEAL.lease} s after its death, and the store serves one job's files (${whole(usual.bytes * CLIPS_PER_JOB)} bytes) after another's. Where the clips are few, jobs that are left over at the end cost more than anything else.`,
        `Where it bends: a queue that takes q s a job keeps ${whole(CLIPS_PER_JOB * unit.clip)}/q workers busy (q = 0.0006: ${whole((CLIPS_PER_JOB * unit.clip) / BULLMQ_SECONDS)}), 1 Gbit/s ${whole((unit.clip * 125e6) / usual.bytes)} workers (mfcc: ${whole((mean(times[0]!.seconds) * 125e6) / times[0]!.bytes)}).`,
        'Processor seconds of a clip, one thread, music-dev:',
        markdownTable({
          header: ['encoder', 'clips', 'mean', 'least', 'median', '95 %', 'most', 'bytes'],
          rows: times.map(timesRow),
        }),
        `Processor hours by stage, clips of 29 s, ${SHAPE.segmentsPerClip} segments of ${SHAPE.dim} numbers:`,
        sizesTable(unit),
        `Measured now: ${significant(unit.clip)} s to embed a clip, ${significant(unit.segment * 1e6)} µs a segment for the space (${whole(SPACE_CLIPS)} clips), ${significant(unit.rate / 1e9)} GFLOP per CPU second; \`refrain prune\` on ${POINTS.map(whole).join(' and ')} own embeddings of ${context.settings.cols} numbers comes to ${significant(unit.record * 1000)} ms a clip and ${significant(unit.halfPasses)} half passes over all pairs. All pairs cost as much as embedding at ${whole(crossing(SHAPE.dim, unit))} clips.`,
      ],
    };
  },
};

async function clipTimes({ say }: Context, encoder: string): Promise<ClipTimes> {
  say(`${encoder}: clip by clip`);
  const { facts } = await runJob({ kind: 'clip-times', dataset: join(testDataFolder, 'music-dev'), encoder });
  const seconds = Float64Array.from(String(facts.seconds).split(' '), Number);
  return { encoder, seconds, bytes: Number(facts.bytes) };
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
  const pruned = [];
  for (const clips of POINTS) {
    say(`refrain prune: ${clips} points`);
    const { cost } = await runJob({
      kind: 'prune-command',
      points: await context.points(clips),
      workers: settings.workers,
    });
    pruned.push({ clips, seconds: cost.cpuSeconds });
  }
  const rate = (before + (await gemmRate(settings.cols))) / 2;
  return { segment, rate, ...linearAndPairs([pruned[0]!, pruned[1]!], settings.cols, rate) };
}

function simulations({ seconds, bytes }: ClipTimes, seed: number) {
  const rows: string[][] = [];
  for (const clips of SIMULATED_CLIPS) {
    const jobs = drawJobs(seconds, Math.ceil(clips / CLIPS_PER_JOB), CLIPS_PER_JOB, seededRandom(seed));
    for (const workers of WORKERS) {
      const run = (cluster: Omit<SimulatedCluster, 'workers'>) =>
        simulate({ ...cluster, workers }, jobs, bytes * CLIPS_PER_JOB, seededRandom(seed)).seconds;
      const all = jobs.reduce((sum, time) => sum + time, 0) / workers;
      const share = (cluster: Omit<SimulatedCluster, 'workers'>) => (all / run(cluster)).toFixed(2);
      rows.push([
        ...[whole(clips), whole(workers), significant(all / 3600), share(IDEAL)],
        ...SCENARIOS.map(({ cluster }) => share(cluster)),
      ]);
    }
  }
  return { header: ['clips', 'workers', 'ideal h', 'whole jobs', ...SCENARIOS.map(({ name }) => name)], rows };
}

function timesRow({ encoder, seconds, bytes }: ClipTimes): string[] {
  const ascending = seconds.slice().sort();
  const at = [0, 0.5, 0.95, 1].map((share) => significant(quantile(ascending, share)));
  return [encoder, whole(seconds.length), significant(mean(seconds)), ...at, whole(bytes)];
}

function sizesTable(unit: UnitCosts): string {
  const hours = (seconds: number) => significant(seconds / 3600);
  const rows = SIZES.map((clips) => {
    const costs: StageCosts = stageCosts({ clips, ...SHAPE }, unit);
    const { embed, space, pairs, records } = costs;
    return [
      ...[
        whole(clips),
        hours(embed),
        hours(space),
        hours(records),
        hours(pairs),
        hours(embed + space + records + pairs),
      ],
      ...[significant(costs.cacheBytes / 1e9), significant(costs.rowBytes / 1e9)],
    ];
  });
  return markdownTable({
    header: ['clips', 'embedding', 'space', 'records', 'all pairs', 'together', 'GB of segments', 'GB of rows'],
    rows,
  });
}
