import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Executor, ExecutorRun, Job, Processors, Recipe, Serving } from '@refrain/core';
import type { Redis } from 'ioredis';
import { coordinate } from './coordinate.ts';
import { readWorker } from './messages.ts';
import { Registry } from './registry.ts';
import { serve } from './serve.ts';
import { connect, type Server, serverOf } from './server.ts';

/** The options as they take effect. */
interface BullmqOptions {
  readonly redis?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly attempts: number;
  readonly lockSeconds: number;
}

/** Has jobs done by workers on this and other machines, which find them in Redis; and is such a worker. */
export class BullmqExecutor implements Executor {
  readonly name = 'bullmq';
  readonly #server: Server;
  readonly #redis: Redis;
  readonly #registry: Registry;
  readonly #processors: Processors;
  readonly #notice: (message: string) => void;
  readonly #attempts: number;
  readonly #lockMs: number;

  private constructor(
    server: Server,
    redis: Redis,
    { attempts, lockSeconds }: BullmqOptions,
    processors: Processors,
    notice: (message: string) => void,
  ) {
    this.#server = server;
    this.#redis = redis;
    this.#attempts = attempts;
    this.#lockMs = lockSeconds * 1000;
    this.#registry = new Registry(redis, this.#lockMs);
    this.#processors = processors;
    this.#notice = notice;
  }

  /** Connects. Throws a ConfigError where there is no Redis that it can use. */
  static async open(
    options: BullmqOptions,
    processors: Processors,
    notice: (message: string) => void,
  ): Promise<BullmqExecutor> {
    const server = await serverOf(options);
    return new BullmqExecutor(server, await connect(server, notice), options, processors, notice);
  }

  async concurrency(): Promise<number> {
    const workers = (await this.#registry.workers()).flatMap((text) => readWorker(text) ?? []);
    return Math.max(
      1,
      workers.reduce((sum, { concurrency }) => sum + concurrency, 0),
    );
  }

  run(recipe: Recipe, jobs: AsyncIterable<Job>, run: ExecutorRun): Promise<void> {
    return coordinate(recipe, jobs, run, {
      connection: this.#server.options,
      registry: this.#registry,
      attempts: this.#attempts,
      lockMs: this.#lockMs,
      notice: this.#notice,
    });
  }

  serve(serving: Serving): Promise<void> {
    return serve(
      {
        redis: this.#redis,
        connection: this.#server.options,
        registry: this.#registry,
        processors: this.#processors,
        lockMs: this.#lockMs,
        // Machines may share a name, and containers have the same number for their first process.
        name: `${hostname()} ${process.pid} ${randomBytes(2).toString('hex')}`,
      },
      serving,
    );
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }
}
