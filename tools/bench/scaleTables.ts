import { mean, quantile, seededRandom } from '@refrain/core';
import { clipsPerJob, drawJobs, type SimulatedCluster, simulate } from './clusterSimulation.ts';
import { crossing, type StageCosts, stageCosts, type UnitCosts } from './sizes.ts';
import { markdownTable, significant, type Table, whole } from './table.ts';

const WORKERS = [1, 3, 10, 30, 100, 300, 1000] as const;
const SIMULATED_CLIPS = [10_000, 100_000, 1_000_000] as const;
const SIZES = [1e4, 1e5, 1e6, 1e7, 1e8] as const;

/** Clips of 29 s by MFCC and Basic Pitch side by side: windows of 1.988 s, 560 numbers each. */
export const SHAPE = { segmentsPerClip: 14, dim: 560 } as const;

/** Nothing fails, and there is as much of everything as is asked for. */
const IDEAL: Omit<SimulatedCluster, 'workers'> = {
  slowShare: 0,
  slowBy: 10,
  lifetime: Infinity,
  restart: 60,
  lease: 15,
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
export interface ClipTimes {
  readonly encoder: string;
  readonly seconds: Float64Array;
  readonly bytes: number;
  readonly hashSeconds: number;
}

/** What was measured: clip by clip, with MFCC and with MFCC and Basic Pitch, and what else a clip costs. */
export interface MeasuredCosts {
  readonly times: readonly [mfcc: ClipTimes, usual: ClipTimes];
  readonly unit: UnitCosts;
  /** How the constants of `unit` were found, a sentence. */
  readonly found: string;
}

/** Costs by stage, and simulated clusters. */
export function scaleTable({ times, unit, found }: MeasuredCosts, seed: number): Table {
  const usual = times[1];
  const { header, rows } = simulations(usual, seed);
  return {
    header,
    rows,
    notes: [
      `Embedding with MFCC and Basic Pitch, simulated with seed ${seed}: hours if nothing is in the way, then the share of that speed that is left by each hindrance alone, last by several together. A worker is one thread, and jobs draw their clips' times from those measured. Whole jobs: at the end some workers have none. Queue: ${BULLMQ_SECONDS * 1000} ms a job. Hashing: the coordinator also reads and hashes each file, ${significant(usual.hashSeconds * 1000)} ms of processor time, and over 1 Gbit/s its ${whole(usual.bytes)} bytes have to come. Store: the workers' files come one job's after another's. 5 % slow: one worker in twenty takes ten times as long. Death: each worker dies by chance, once in that time in the mean, another stands in its place after ${IDEAL.restart} s, and its job is given to another after ${IDEAL.lease} s. Together: hashing over 1 Gbit/s, the store at 10 Gbit/s, 5 % slow, a death in 24 h.`,
      bends(times),
      'Processor seconds of a clip, one thread, music-dev:',
      markdownTable({
        header: ['encoder', 'clips', 'mean', 'least', 'median', '95 %', 'most', 'bytes'],
        rows: times.map(timesRow),
      }),
      `Processor hours by stage, clips of 29 s, ${SHAPE.segmentsPerClip} segments of ${SHAPE.dim} numbers:`,
      sizesTable(unit),
      `${found} Found: ${significant(unit.clip)} s to embed a clip, ${significant(usual.hashSeconds * 1000)} ms to read and hash its file, ${significant(unit.segment * 1e6)} µs a segment for the space, ${significant(unit.record * 1000)} ms a clip for all else, ${whole(unit.halfPasses)} half passes over all pairs at ${significant(unit.rate / 1e9)} GFLOP per CPU second. All pairs cost as much as embedding at ${whole(crossing(SHAPE.dim, unit))} clips.`,
    ],
  };
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
