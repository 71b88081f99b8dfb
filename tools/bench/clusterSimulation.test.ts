import { mean, seededRandom } from '@refrain/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clipsPerJob, drawJobs, type SimulatedCluster, simulate } from './clusterSimulation.ts';

/** Two workers that never fail, and all else for nothing. */
const perfect: SimulatedCluster = {
  workers: 2,
  slowShare: 0,
  slowBy: 10,
  lifetime: Infinity,
  restart: 0,
  lease: 0,
  coordinator: 0,
  store: Infinity,
};

const run = (cluster: Partial<SimulatedCluster>, jobs: readonly number[], bytes = 0, seed = 0) =>
  simulate({ ...perfect, ...cluster }, jobs, bytes, seededRandom(seed));

const equalJobs = (count: number, seconds: number) => Array<number>(count).fill(seconds);

it.each([
  [1, 1],
  [7, 3],
  [12, 4],
  [5, 9],
  [1000, 64],
])('does %i equal jobs on %i workers without failures in ceil(jobs / workers) times', (jobs, workers) => {
  expect(run({ workers }, equalJobs(jobs, 8))).toMatchObject({
    seconds: 8 * Math.ceil(jobs / workers),
    attempts: jobs,
  });
});

it('serves jobs one after another at the coordinator', () => {
  // Given out at 1 and 2, done at 11 and 12; the third is asked for at 11, given out at 12, done at 22.
  const { seconds, coordinatorBusy } = run({ coordinator: 1 }, equalJobs(3, 10));
  expect(seconds).toBe(22);
  expect(coordinatorBusy).toBeCloseTo(3 / 22, 12);
});

it('reads from the store one after another', () => {
  // 100 bytes at 10 a second: there at 10, 20 and 30, however many workers wait.
  expect(run({ workers: 3, store: 10 }, equalJobs(3, 1), 100)).toMatchObject({ seconds: 31, storeBusy: 30 / 31 });
});

it('waits for a slow worker that took a job', () => {
  // The quick one does two jobs, the slow one its first in ten times one.
  expect(run({ slowShare: 0.5 }, equalJobs(3, 1)).seconds).toBe(10);
});

it('begins a job again as often, and takes as long, as the formulas for chance deaths say', () => {
  const [jobs, seconds, lifetime, restart] = [40_000, 1, 2, 3];
  const found = run({ workers: 1, lifetime, restart }, equalJobs(jobs, seconds));
  // A try succeeds with p = exp(−T/L), so tries are geometric: 1/p in the mean with a variance of (1 − p)/p².
  const p = Math.exp(-seconds / lifetime);
  const deviation = Math.sqrt((jobs * (1 - p)) / (p * p));
  expect(Math.abs(found.attempts - jobs / p)).toBeLessThan(4 * deviation);
  // A job that starts anew after each death takes (exp(T/L) − 1)(L + restart) in the mean.
  // With these numbers its standard deviation is about 4 s, of 40,000 jobs together 0.6 % of the mean.
  const ratio = found.seconds / (jobs * (1 / p - 1) * (lifetime + restart));
  expect(Math.abs(ratio - 1)).toBeLessThan(0.025);
});

it('gives the job of a dead worker to one that waits, when its lease is over', () => {
  // Some seed kills one of two workers in its only job: the other is done at 5 and takes that job at the end of the lease.
  const cluster = { lifetime: 6, lease: 100, restart: 1e6 };
  const found = Array.from({ length: 50 }, (_, seed) => run(cluster, [5, 5], 0, seed));
  const once = found.filter(({ attempts }) => attempts === 3);
  expect(once.length).toBeGreaterThan(3);
  for (const { seconds } of once) {
    expect(seconds).toBeGreaterThan(105);
    expect(seconds).toBeLessThan(110);
  }
});

it('is never quicker than its workers, its coordinator and its store, and the same for the same seed', () => {
  const cluster = fc.record({
    workers: fc.integer({ min: 1, max: 20 }),
    slowShare: fc.double({ min: 0, max: 1, noNaN: true }),
    slowBy: fc.constant(2),
    lifetime: fc.constantFrom(50, 500, Infinity),
    restart: fc.constantFrom(0, 10),
    lease: fc.constantFrom(0, 30),
    coordinator: fc.constantFrom(0, 0.5),
    store: fc.constantFrom(10, Infinity),
  });
  fc.assert(
    fc.property(cluster, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }), (kind, jobs) => {
      const found = run(kind, jobs, 4);
      const work = jobs.reduce((sum, seconds) => sum + seconds, 0);
      const least = Math.max(work / kind.workers, kind.coordinator * jobs.length, (4 / kind.store) * jobs.length);
      expect(found.seconds).toBeGreaterThanOrEqual(least - 1e-9);
      expect(found.attempts).toBeGreaterThanOrEqual(jobs.length);
      expect(run(kind, jobs, 4)).toEqual(found);
    }),
    { numRuns: 100 },
  );
});

it('draws the seconds of jobs from those of clips', () => {
  const jobs = drawJobs([1, 3], 2000, 4, seededRandom(1));
  expect(jobs.every((seconds) => Number.isInteger(seconds) && seconds >= 4 && seconds <= 12)).toBe(true);
  // Four clips of 2 s in the mean, each 1 s off: the mean of 2,000 jobs has a standard error of 0.045.
  expect(Math.abs(mean(jobs) - 8)).toBeLessThan(0.2);
});

it('makes jobs of 32 clips, and of fewer for many workers', () => {
  expect([clipsPerJob(1_000_000, 1000), clipsPerJob(10_000, 100), clipsPerJob(10_000, 1000)]).toEqual([32, 25, 3]);
});
