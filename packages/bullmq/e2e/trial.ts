import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, type Job, JobError, type Json, type Processors, type Recipe } from '@refrain/core';

/** What a process that serves or runs is told at first. */
export interface Told {
  readonly redis: string;
  /** Where each job that is begun leaves its number, a line. */
  readonly log: string;
  /** How much longer than others it takes. */
  readonly slowness: number;
  /** To run so many jobs; absent for a worker. */
  readonly jobs?: number;
}

export const recipe: Recipe = { task: 'trial', requires: { model: 'abc' }, input: null, patienceSeconds: 60 };

export const POISONED = 13;

/** Jobs of 5 to 40 ms, one of which is poisoned. */
export async function* trialJobs(count: number): AsyncGenerator<Job> {
  for (let n = 0; n < count; n++) yield { id: `clip ${n}`, input: n };
}

/** What comes of job `n`. */
export const outputOf = (n: number) => createHash('sha256').update(`clip ${n}`).digest('hex');

/** Processors in this thread. */
export function trialProcessors(log: string, slowness: number, model = 'abc', milliseconds?: number): Processors {
  return {
    start: () => ({
      open: async ({ requires }) => {
        if (requires.model !== model)
          throw new ConfigError('executor', `model is ${model} here, ${requires.model} where the run began.`);
      },
      process: async ({ input }): Promise<Json> => {
        const n = input as number;
        await appendFile(log, `${n}\n`);
        await sleep((milliseconds ?? 5 + ((n * 7) % 36)) * slowness);
        if (n === POISONED)
          throw new JobError({ kind: 'crashed', reason: 'Its process ended.', lastSign: `clip ${n}` });
        return outputOf(n);
      },
      close: async () => {},
    }),
  };
}
