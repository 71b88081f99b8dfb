import { join } from 'node:path';
import { mean, quantile, seededRandom } from '@refrain/core';
import { clipsPerJob, drawJobs, type SimulatedCluster, simulate } from './clusterSimulation.ts';
import { type Bench, type Context, gemmRate } from './context.ts';
import { testDataFolder } from './folders.ts';
import { runJob } from './runChild.ts';
import { crossing, linearAndPairs, type StageCosts, stageCosts, type UnitCosts } from './sizes.ts';
import { markdownTable, significant, whole } from './table.ts';

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

/** Bytes a second of a link of 1 Gbit/s. */
const GIGABIT = 125e6;

type Scenario = (clipsEach: number, clip: Pick<ClipTimes, 'bytes' | 'hashSeconds'>) => Partial<SimulatedCluster>;

/** The coordinator reads and hashes every file, to know what the cache has, before it sends it. */
const hashed: (link: number) => Scenario =
  (link) =>
  (clipsEach, { bytes, hashSeconds }) => ({ coordinator: BULLMQ_SECONDS + clipsEach * (hashSeconds + bytes / link) });

/** Each with one thing that is not ideal, the last with several. */
const SCENARIOS: readonly { readonly name: string; readonly cluster: Scenario }[] = [
  { name: 'whole jobs', cluster: () => ({}) },
  { name: 'queue', cluster: () => ({ coordinator: BULLMQ_SECONDS }) },
  { name: 'hashing', cluster: hashed(Infinity) },
  { name: 'hashing, 1 Gbit/s', cluster: hashed(GIGABIT) },
  { name: 'store, 1 Gbit/s', cluster: () => ({ store: GIGABIT }) },
  { name: 'store, 10 Gbit/s', cluster: () => ({ store: 10 * GIGABIT }) },
  { name: '5 % slow', cluster: () => ({ slowShare: 0.05 }) },
  { name: 'death in 24 h', cluster: () => ({ lifetime: 86_400 }) },
  { name: 'death in 5 min', cluster: () => ({ lifetime: 300 }) },
  {
    name: 'together',
    cluster: (...clip) => ({ ...hashed(GIGABIT)(...clip), store: 10 * GIGABIT, slowShare: 0.05, lifetime: 86_400 }),
  },
];

/** Processor seconds of each clip, and the means of the size of its file and of reading and hashing it. */
interface ClipTimes {
  readonly encoder: string;
  readonly seconds: Float64Array;
  readonly bytes: number;
  readonly hashSeconds: number;
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
        `Embedding with MFCC and Basic Pitch, simulated with seed ${context.settings.seed}: hours if nothing is in the way, then the share of that speed that is left by each hindrance alone, last by several together. A worker is one thread, and jobs draw their clips' times from those measured. Whole jobs: at the end some workers have none. Queue: ${BULLMQ_SECONDS * 1000} ms a job. Hashing: the coordinator also reads and hashes each file, ${significant(usual.hashSeconds * 1000)} ms of processor time, and over 1 Gbit/s its ${whole(usual.bytes)} bytes have to come. Store: the workers' files come one job's after another's. 5 % slow: one worker in twenty takes ten times as long. Death: each worker dies by chance, once in that time in the mean, another stands in its place after ${IDEAL.restart} s, and its job is given to another after ${IDEAL.lease} s. Together: hashing over 1 Gbit/s, the store at 10 Gbit/s, 5 % slow, a death in 24 h.`,
        bends(times),
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

function simulations(times: ClipTimes, seed: number) {
  const rows = SIMULATED_CLIPS.flatMap((clips) =>
    WORKERS.map((workers) => {
      const clipsEach = clipsPerJob(clips, workers);
      const jobs = drawJobs(times.seconds, Math.ceil(clips / clipsEach), clipsEach, seededRandom(seed));
      const ideal = jobs.reduce((sum, time) => sum + time, 0) / workers;
      const shares = SCENARIOS.map(({ cluster }) => {
        const hindered = { ...IDEAL, workers, ...cluster(clipsEach, times) };
        return (ideal / simulate(hindered, jobs, times.bytes * clipsEach, seededRandom(seed)).seconds).toFixed(2);
      });
      return [whole(clips), whole(workers), whole(clipsEach), significant(ideal / 3600), ...shares];
    }),
  );
  const header = ['clips', 'workers', 'clips a job', 'ideal h', ...SCENARIOS.map(({ name }) => name)];
  return { header, rows };
}

/** How many workers each thing that all share keeps busy, with jobs of 32 clips. */
function bends(times: readonly ClipTimes[]): string {
  const kept = times.map(({ encoder, seconds, bytes, hashSeconds }) => {
    const workers = (secondsPerClip: number) => whole(mean(seconds) / secondsPerClip);
    const queue = BULLMQ_SECONDS / 32;
    return `${encoder} ${workers(queue)} by the queue, ${workers(queue + hashSeconds)} by hashing, ${workers(queue + hashSeconds + bytes / GIGABIT)} by hashing over 1 Gbit/s, ${workers(bytes / GIGABIT)} by a store of 1 Gbit/s`;
  });
  return `Workers that are kept busy, each by the formula "seconds of a clip on a worker by seconds of a clip on what all share": ${kept.join('; ')}.`;
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
