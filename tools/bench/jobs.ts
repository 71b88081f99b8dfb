import type { Cost } from './cost.ts';
import type { EmbedJob } from './embedJob.ts';

/** A kernel to measure with, and its options as its constructor takes them. */
export interface KernelChoice {
  readonly name: 'cpu' | 'gpu';
  readonly options?: Readonly<Record<string, unknown>>;
  /** Threads, default 1. */
  readonly workers?: number;
}

/** What a process of its own does. `points` is the path of an .npy file. */
export type Job =
  | {
      readonly kind: 'points';
      readonly file: string;
      readonly rows: number;
      readonly cols: number;
      readonly seed: number;
    }
  | { readonly kind: 'gemm'; readonly cols: number }
  | { readonly kind: 'hdbscan'; readonly points: string; readonly kernel: KernelChoice }
  | {
      readonly kind: 'nearest' | 'histogram' | 'pairs-above' | 'tile';
      readonly points: string;
      readonly kernel: KernelChoice;
    }
  | EmbedJob
  | { readonly kind: 'hdbscan-ts' | 'npm-hdbscan'; readonly points: string };

/** What a job found out beside its cost. */
export type Facts = Readonly<Record<string, number | string>>;

/** What a process reports on its standard output, as JSON in the last line. */
export interface Report {
  readonly cost: Cost;
  readonly facts: Facts;
}

/** A job made ready: points are read, nothing that counts has begun. */
export type Prepared = () => Promise<Facts>;

// Every kind is imported alone, so that what another one needs is not in its memory.
const PREPARE: { readonly [Kind in Job['kind']]: (job: Job & { readonly kind: Kind }) => Promise<Prepared> } = {
  points: async (job) => (await import('./pointsJob.ts')).preparePoints(job),
  gemm: async (job) => (await import('./gemmJob.ts')).prepareGemm(job.cols),
  hdbscan: async (job) => (await import('./hdbscanJob.ts')).prepareHdbscan(job.points, job.kernel),
  nearest: async (job) => (await import('./reductionJobs.ts')).prepareNearest(job.points, job.kernel),
  histogram: async (job) => (await import('./reductionJobs.ts')).prepareHistogram(job.points, job.kernel),
  'pairs-above': async (job) => (await import('./reductionJobs.ts')).preparePairsAbove(job.points, job.kernel),
  tile: async (job) => (await import('./reductionJobs.ts')).prepareTile(job.points, job.kernel),
  embed: async (job) => (await import('./embedJob.ts')).prepareEmbed(job),
  'hdbscan-ts': async (job) => (await import('./peerJobs.ts')).prepareHdbscanTs(job.points),
  'npm-hdbscan': async (job) => (await import('./peerJobs.ts')).prepareNpmHdbscan(job.points),
};

/** Makes a job ready. */
export function prepare(job: Job): Promise<Prepared> {
  return (PREPARE[job.kind] as (job: Job) => Promise<Prepared>)(job);
}
