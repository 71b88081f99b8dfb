import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError, JobError } from '../errors.ts';
import type { Executor, Job, JobProcessor, JobResult, Json, Processors, Recipe } from '../executor.ts';
import { closing } from './closing.ts';

/** An executor that has everybody who does its jobs, as the suite opens one. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  /** Ends it and whoever serves. */
  close(): Promise<void>;
}

/** Jobs that an executor may have asked for or begun for each that it does at once, beside `SOME_MORE`. */
const AHEAD = 8;
const SOME_MORE = 40;

/**
 * The conformance suite of the Executor contract: call it inside a `describe`, with a function that opens one whose jobs are done by what
 * `processors` starts, in this process.
 */
export function testExecutor(open: (processors: Processors) => Promise<ExecutorUnderTest>): void {
  const withExecutor = (behaviour: Behaviour, use: (executor: Executor, trial: Trial) => Promise<void>) => {
    const trial = new Trial(behaviour);
    return closing(
      () => open(trial),
      ({ executor }) => use(executor, trial),
    );
  };

  describe('keeps the Executor contract', () => {
    it('has a name, and tells how many jobs it does at once', () =>
      withExecutor(echo, async (executor) => {
        expect(executor.name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(await executor.concurrency()).toBeGreaterThanOrEqual(1);
      }));

    it('tells the result of every job once, in any order', () =>
      withExecutor(
        async (n) => {
          if (n % 7 === 0) await sleep(5);
          return { twice: 2 * n };
        },
        async (executor) => {
          const results = await outcome(executor, recipeOf('order'), jobsOf(150));
          expect(results.map(({ id }) => numberOf(id)).toSorted((a, b) => a - b)).toEqual([...Array(150).keys()]);
          for (const result of results) {
            expect(result).toMatchObject({ output: { twice: 2 * numberOf(result.id) }, attempts: 1 });
            expect(result.worker).not.toBe('');
            expect(result.seconds).toBeGreaterThanOrEqual(0);
          }
        },
      ));

    it('runs no jobs, and one recipe after another', () =>
      withExecutor(echo, async (executor, trial) => {
        expect(await outcome(executor, recipeOf('none'), jobsOf(0))).toEqual([]);
        for (const input of ['first', 'second', 'first']) {
          trial.processed.length = 0;
          expect(await outcome(executor, recipeOf(input), jobsOf(2))).toHaveLength(2);
          // At least once each, and all by this recipe; whoever has no job of it may have opened another.
          expect(trial.processed.length).toBeGreaterThanOrEqual(2);
          for (const recipe of trial.processed) expect(recipe).toMatchObject({ input });
        }
      }));

    it('tries again what failed or cost its processor its life, and tells how often it was begun', () =>
      withExecutor(
        async (n, begun) => {
          if (n === 3 && begun === 1) throw new JobError({ kind: 'crashed', reason: 'killed' });
          if (n === 5 && begun === 1) throw new JobError({ kind: 'failed', reason: 'no memory' });
          return n;
        },
        async (executor) => {
          const results = await outcome(executor, recipeOf('again'), jobsOf(20));
          expect(results).toHaveLength(20);
          for (const result of results) {
            const n = numberOf(result.id);
            expect(result).toMatchObject({ output: n, attempts: n === 3 || n === 5 ? 2 : 1 });
          }
        },
      ));

    it('tells the failure of a job after some attempts, and does the others', () =>
      withExecutor(
        async (n) => {
          if (n === 2) throw new JobError({ kind: 'failed', reason: 'clip 2 is no audio' });
          if (n === 4) throw new JobError({ kind: 'crashed', reason: 'its process ended', lastSign: 'clip 4' });
          if (n === 6) throw new JobError({ kind: 'stuck', reason: 'no sign of life', lastSign: 'clip 6' });
          return n;
        },
        async (executor, trial) => {
          const results = await outcome(executor, recipeOf('poisoned'), jobsOf(9));
          const failures = new Map(
            results.flatMap((one) => ('failure' in one ? [[numberOf(one.id), one] as const] : [])),
          );
          expect([...failures.keys()].toSorted((a, b) => a - b)).toEqual([2, 4, 6]);
          expect(failures.get(2)!.failure).toEqual({ kind: 'failed', reason: 'clip 2 is no audio' });
          expect(failures.get(4)!.failure).toEqual({
            kind: 'crashed',
            reason: 'its process ended',
            lastSign: 'clip 4',
          });
          expect(failures.get(6)!.failure).toEqual({ kind: 'stuck', reason: 'no sign of life', lastSign: 'clip 6' });
          for (const [n, { attempts }] of failures) {
            expect(attempts).toBeGreaterThanOrEqual(2);
            expect(trial.begun.get(n)).toBe(attempts);
          }
          expect(results).toHaveLength(9);
        },
      ));

    it('counts a job once in each run, also where two runs have the same', () =>
      withExecutor(echo, async (executor) => {
        const both = await Promise.all([1, 2].map(() => outcome(executor, recipeOf('twice'), jobsOf(60))));
        for (const results of both) {
          expect(new Set(results.map(({ id }) => id)).size).toBe(60);
          expect(results).toHaveLength(60);
        }
      }));

    it('asks for jobs as they are needed, and holds back where results are slow to be taken', () =>
      withExecutor(echo, async (executor, trial) => {
        let asked = 0;
        async function* endless() {
          for (;;) yield jobOf(asked++);
        }
        const stop = new AbortController();
        const reason = new Error('enough');
        let told = 0;
        let go = () => {};
        const gate = new Promise<void>((resolve) => {
          go = resolve;
        });
        const onResult = async () => {
          told++;
          await gate;
          if (told > 300) stop.abort(reason);
        };
        const run = executor.run(recipeOf('endless'), endless(), { signal: stop.signal, onResult });
        run.catch(() => {});
        while (told === 0) await sleep(5);
        await sleep(300);
        const most = AHEAD * (await executor.concurrency()) + SOME_MORE;
        expect(asked).toBeLessThanOrEqual(most);
        expect(trial.begun.size).toBeLessThanOrEqual(most);
        go();
        await expect(run).rejects.toBe(reason);
        expect(told).toBeGreaterThan(300);
        expect(asked - told).toBeLessThanOrEqual(most);
      }));

    it('ends soon when it is aborted, with the reason, and ends what is under way', () =>
      withExecutor(hang, async (executor, trial) => {
        let isReturned = false;
        async function* source() {
          try {
            for (let n = 0; ; n++) yield jobOf(n);
          } finally {
            isReturned = true;
          }
        }
        const stop = new AbortController();
        const reason = new Error('told to stop');
        const run = executor.run(recipeOf('abort'), source(), { signal: stop.signal, onResult() {} });
        run.catch(() => {});
        while (trial.begun.size === 0) await sleep(5);
        stop.abort(reason);
        await expect(run).rejects.toBe(reason);
        while (trial.underWay > 0) await sleep(5);
        expect(isReturned).toBe(true);
        await expect(
          executor.run(recipeOf('abort'), jobsOf(1), { signal: AbortSignal.abort(reason), onResult() {} }),
        ).rejects.toBe(reason);
      }));

    it('ends also where the next job does not come', () =>
      withExecutor(echo, async (executor) => {
        const stop = new AbortController();
        const reason = new Error('told to stop');
        async function* source() {
          yield jobOf(0);
          await new Promise(() => {});
        }
        const onResult = () => stop.abort(reason);
        await expect(executor.run(recipeOf('late'), source(), { signal: stop.signal, onResult })).rejects.toBe(reason);
      }));

    it('throws what its source of jobs or whoever hears the results throws', () =>
      withExecutor(echo, async (executor) => {
        const failing = new Error('cannot go on');
        async function* source() {
          yield jobOf(0);
          throw failing;
        }
        const { signal } = new AbortController();
        await expect(executor.run(recipeOf('source'), source(), { signal, onResult() {} })).rejects.toBe(failing);
        const onResult = async () => {
          throw failing;
        };
        await expect(executor.run(recipeOf('ear'), jobsOf(5), { signal, onResult })).rejects.toBe(failing);
        expect(await outcome(executor, recipeOf('after'), jobsOf(3))).toHaveLength(3);
      }));

    it('refuses a recipe that nobody can process, with what is lacking', () =>
      withExecutor(echo, async (executor) => {
        const recipe = { ...recipeOf('other'), requires: { model: 'abc' } };
        const run = outcome(executor, recipe, jobsOf(3));
        await expect(run).rejects.toBeInstanceOf(ConfigError);
        await expect(run).rejects.toThrow('model is def here, abc where the run began');
      }));
  });
}

/** What a job does: `n` is its number, `begun` how often it has been begun; `ended` is aborted when its processor is closed. */
type Behaviour = (n: number, begun: number, ended: AbortSignal) => Promise<Json>;

const echo: Behaviour = async (n) => n;

const hang: Behaviour = (_n, _begun, ended) =>
  new Promise((_, reject) => {
    ended.addEventListener('abort', () => reject(new JobError({ kind: 'failed', reason: 'ended' })));
  });

/** Processors in this thread, whose jobs do what a test says. */
class Trial implements Processors {
  /** The recipe that was open where a job was processed, for each time. */
  readonly processed: Recipe[] = [];
  /** How often each job was begun. */
  readonly begun = new Map<number, number>();
  underWay = 0;
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  start(): JobProcessor {
    let ending = new AbortController();
    let opened: Recipe | undefined;
    return {
      open: async (recipe) => {
        ending = new AbortController();
        if (recipe.requires.model !== undefined)
          throw new ConfigError('executor', `model is def here, ${recipe.requires.model} where the run began.`);
        opened = recipe;
      },
      process: async ({ input }) => {
        const n = input as number;
        const begun = (this.begun.get(n) ?? 0) + 1;
        this.begun.set(n, begun);
        this.processed.push(opened!);
        this.underWay++;
        try {
          return await this.#behaviour(n, begun, ending.signal);
        } finally {
          this.underWay--;
        }
      },
      close: async () => ending.abort(),
    };
  }
}

const recipeOf = (input: string): Recipe => ({ task: 'trial', requires: {}, input, patienceSeconds: 10 });
const jobOf = (n: number): Job => ({ id: `job ${n}`, input: n });
const numberOf = (id: string) => Number(id.slice('job '.length));

async function* jobsOf(count: number): AsyncGenerator<Job> {
  for (let n = 0; n < count; n++) yield jobOf(n);
}

async function outcome(executor: Executor, recipe: Recipe, jobs: AsyncIterable<Job>): Promise<JobResult[]> {
  const results: JobResult[] = [];
  const { signal } = new AbortController();
  await executor.run(recipe, jobs, { signal, onResult: (result) => void results.push(result) });
  return results;
}
