import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bench } from './context.ts';
import type { ExecutorsChild } from './executorsChild.ts';
import { startRedis } from './redisServer.ts';
import { megabytes, significant, whole } from './table.ts';

const JOBS = [10_000, 100_000, 1_000_000] as const;
const WORKERS = 2;
const AT_ONCE = 16;

/** What a run of jobs took. */
interface Passed {
  readonly told: number;
  readonly seconds: number;
  /** Largest resident memory of its process, in bytes. */
  readonly largest: number;
  /** Processor time, in seconds. */
  readonly cpu: number;
}

function start(told: ExecutorsChild): ChildProcess {
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  const child = fork(join(import.meta.dirname, 'executorsChild.js'), { env, execArgv: [] });
  child.send(told);
  return child;
}

async function passed(told: ExecutorsChild): Promise<Passed> {
  const child = start(told);
  const exit = once(child, 'exit').then(([status]) => {
    throw new Error(`the process that runs jobs ended with ${status}`);
  });
  const [found] = await Promise.race([once(child, 'message'), exit]);
  await exit.catch(() => {});
  return found as Passed;
}

/** `local`, and `bullmq` with workers of their own, pass jobs that do nothing. */
export const executorsBench: Bench = {
  name: 'executors',
  about: 'what a job costs besides its work: local, and bullmq with two workers; memory of a million jobs',
  async run({ say, settings }) {
    const sizes = settings.rows ?? JOBS;
    const rows: string[][] = [];
    const row = (name: string, jobs: number, { told, seconds, largest, cpu }: Passed, redis: string) => {
      if (told !== jobs) throw new Error(`${name}: ${told} results of ${jobs} jobs`);
      const each = (all: number) => `${significant((1000 * all) / jobs)} ms`;
      rows.push([
        name,
        whole(jobs),
        `${significant(seconds)} s`,
        each(seconds),
        each(cpu),
        `${megabytes(largest)} MB`,
        redis,
      ]);
    };
    for (const jobs of sizes) {
      say(`local, ${jobs} jobs`);
      row('local', jobs, await passed({ executor: 'local', concurrency: WORKERS * AT_ONCE, jobs }), '');
      const redis = await startRedis();
      const workers: ChildProcess[] = [];
      try {
        for (let i = 0; i < WORKERS; i++) {
          const worker = start({ executor: 'bullmq', redis: redis.url, concurrency: AT_ONCE });
          workers.push(worker);
          await once(worker, 'message');
        }
        say(`bullmq, ${jobs} jobs`);
        const found = await passed({ executor: 'bullmq', redis: redis.url, concurrency: AT_ONCE, jobs });
        const info = execFileSync('redis-cli', ['-p', String(redis.port), 'info', 'all'], { encoding: 'utf8' });
        const figure = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
        let cpu = found.cpu + figure('used_cpu_user') + figure('used_cpu_sys');
        for (const worker of workers) {
          worker.send('cpu');
          cpu += Number((await once(worker, 'message'))[0]);
        }
        row('bullmq', jobs, { ...found, cpu }, `${megabytes(figure('used_memory_peak'))} MB`);
      } finally {
        for (const worker of workers) worker.kill('SIGKILL');
        await redis.stop();
      }
    }
    return {
      header: ['executor', 'jobs', 'in all', 'each', 'processor time each', 'coordinator', 'Redis'],
      rows,
      notes: [
        `Jobs of 32 keys (2 kB) that do nothing; ${WORKERS} workers with ${AT_ONCE} jobs at once each, Redis and the coordinator on one machine. Processor time is that of all of them, with their start. Memory is the largest: resident of the coordinator, used by Redis.`,
      ],
    };
  },
};
