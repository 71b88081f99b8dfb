import { type Random, shuffled } from '@refrain/core';
import { pop, push } from '@refrain/core/pruning';

/** Machines that take jobs from one queue. Times are seconds. */
export interface SimulatedCluster {
  readonly workers: number;
  /** The share of the workers that compute `slowBy` times slower. */
  readonly slowShare: number;
  readonly slowBy: number;
  /** The mean time that a worker lives while it has a job; Infinity for ever. It dies by chance, however old it is; one that waits does not die. */
  readonly lifetime: number;
  /** From the death of a worker until another stands in its place. */
  readonly restart: number;
  /** From the death of a worker until its job is given to another. */
  readonly lease: number;
  /** What each job takes of the coordinator and its queue, which serve one after another. */
  readonly coordinator: number;
  /** Bytes a second that the shared store gives to all together; one job's are read after another's. */
  readonly store: number;
}

/** What a simulated run came to. */
export interface SimulatedRun {
  /** From the start until the last job is done. */
  readonly seconds: number;
  /** How often a job was begun: its count of jobs, and one more for each that died with its worker. */
  readonly attempts: number;
  /** Shares of the run in which the coordinator and the store had something to do. */
  readonly coordinatorBusy: number;
  readonly storeBusy: number;
}

interface Happening {
  /** When, and in what order of those at one time. */
  readonly key: readonly [seconds: number, count: number];
  readonly happen: (now: number) => void;
}

/**
 * Runs jobs on a cluster, event by event. `jobs` has the seconds that each takes a worker once its audio is there, `bytes` are read before each. A job
 * whose worker died is begun anew, before those that were never begun. The same seed gives the same run.
 */
export function simulate(
  cluster: SimulatedCluster,
  jobs: ArrayLike<number>,
  bytes: number,
  random: Random,
): SimulatedRun {
  const { workers, lifetime, restart, lease } = cluster;
  const speeds = slownesses(cluster, random.fork('slow'));
  const deaths = random.fork('deaths');
  const coordinator = new Turns();
  const store = new Turns();
  const happenings: Happening[] = [];
  const idle: number[] = [];
  const returned: number[] = [];
  let [next, attempts, end, count] = [0, 0, 0, 0];
  const at = (seconds: number, happen: Happening['happen']) => push(happenings, { key: [seconds, count++], happen });
  const takeJob = (worker: number, now: number) => {
    const job = returned.shift() ?? (next < jobs.length ? next++ : undefined);
    if (job === undefined) {
      idle.push(worker);
      return;
    }
    attempts++;
    const read = store.serve(coordinator.serve(now, cluster.coordinator), bytes / cluster.store);
    const done = read + jobs[job]! * speeds[worker]!;
    const death = now + (lifetime < Infinity ? -lifetime * Math.log1p(-deaths.uniform()) : Infinity);
    if (done <= death) {
      at(done, (later) => {
        end = later;
        takeJob(worker, later);
      });
      return;
    }
    at(death + restart, (later) => takeJob(worker, later));
    at(death + lease, (later) => {
      returned.push(job);
      if (idle.length > 0) takeJob(idle.shift()!, later);
    });
  };
  for (let worker = 0; worker < workers; worker++) at(0, (now) => takeJob(worker, now));
  while (happenings.length > 0) {
    const { key, happen } = pop(happenings);
    happen(key[0]);
  }
  return { seconds: end, attempts, coordinatorBusy: coordinator.busy / end, storeBusy: store.busy / end };
}

/** How many times slower each worker is. */
function slownesses({ workers, slowShare, slowBy }: SimulatedCluster, random: Random): Float64Array {
  const times = new Float64Array(workers).fill(1);
  for (const worker of shuffled(random, workers).subarray(0, Math.round(slowShare * workers))) times[worker] = slowBy;
  return times;
}

/** What serves one after another, in the order in which they ask. */
class Turns {
  #free = 0;
  busy = 0;

  /** When one that asks at `now`, no earlier than those before it, has been served for `seconds`. */
  serve(now: number, seconds: number): number {
    this.busy += seconds;
    this.#free = Math.max(this.#free, now) + seconds;
    return this.#free;
  }
}

/** How many clips a run puts into a job: 32, and fewer where workers would have less than four jobs each (`embedByJobs` of the pipeline). */
export function clipsPerJob(clips: number, workers: number): number {
  return Math.min(32, Math.ceil(clips / (4 * workers)));
}

/** The seconds of `count` jobs of `clipsEach` clips each, whose own seconds are drawn from the measured ones. */
export function drawJobs(measured: ArrayLike<number>, count: number, clipsEach: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => {
    let seconds = 0;
    for (let clip = 0; clip < clipsEach; clip++) seconds += measured[random.integer(measured.length)]!;
    return seconds;
  });
}
