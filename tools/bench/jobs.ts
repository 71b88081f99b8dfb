import type { Job, Prepared } from './job.ts';

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
  'clip-times': async (job) => (await import('./clipTimesJob.ts')).prepareClipTimes(job),
  'prune-command': async (job) => (await import('./pruneCommandJob.ts')).preparePruneCommand(job),
  'whole-run': async (job) => (await import('./wholeRunJob.ts')).prepareWholeRun(job),
  segments: async (job) => (await import('./spaceJob.ts')).prepareSegments(job),
  'made-segments': async (job) => (await import('./spaceJob.ts')).prepareSpace(job),
  'fitted-space': async (job) => (await import('./spaceJob.ts')).prepareSpace(job),
  'train-space': async (job) => (await import('./spaceJob.ts')).prepareSpace(job),
  'hdbscan-ts': async (job) => (await import('./peerJobs.ts')).prepareHdbscanTs(job.points),
  'npm-hdbscan': async (job) => (await import('./peerJobs.ts')).prepareNpmHdbscan(job.points),
};

/** Makes a job ready. */
export function prepare(job: Job): Promise<Prepared> {
  return (PREPARE[job.kind] as (job: Job) => Promise<Prepared>)(job);
}
