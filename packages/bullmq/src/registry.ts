import type { Redis } from 'ioredis';
import { PREFIX } from './messages.ts';

/** By the clock of Redis, which is the same for all. */
const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) `;
const BEAT = `${NOW} return redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[2])`;
const LIVE = `${NOW} return redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')`;
const SILENT = `${NOW} return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])`;
const FORGET = `${NOW} redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) return redis.call('ZCARD', KEYS[1])`;

/** How long the recipe and the refusals of a run are kept without a sign of it. */
const KEPT_SECONDS = 86_400;

/** A worker as it shows itself. */
export interface ShownWorker {
  readonly name: string;
  readonly concurrency: number;
}

/** Who is there: runs, by the hash of their recipe, and workers. Whoever shows no sign for `ttl` ms counts as gone. */
export class Registry {
  readonly #redis: Redis;
  readonly #ttl: number;

  constructor(redis: Redis, ttl: number) {
    this.#redis = redis;
    this.#ttl = ttl;
  }

  /** Shows a run, whose recipe is that text, and one that runs it. */
  async showRun(run: string, recipe: string, owner: string): Promise<void> {
    await this.#redis.set(key('recipe', run), recipe, 'EX', KEPT_SECONDS);
    await this.#beat(key('owners', run), owner);
    await this.#beat(key('runs'), run);
  }

  recipeOf(run: string): Promise<string | null> {
    return this.#redis.get(key('recipe', run));
  }

  /** The runs of which somebody has shown a sign. */
  liveRuns(): Promise<string[]> {
    return this.#list(LIVE, 'runs');
  }

  /** The runs of which nobody has shown a sign for so many ms longer than `ttl`. */
  silentRuns(milliseconds: number): Promise<string[]> {
    return this.#list(SILENT, 'runs', milliseconds);
  }

  /** Whether a run goes on, has gone silent, or has ended. */
  async stateOf(run: string): Promise<'live' | 'silent' | 'ended'> {
    if ((await this.liveRuns()).includes(run)) return 'live';
    return (await this.#redis.zscore(key('runs'), run)) === null ? 'ended' : 'silent';
  }

  /** Takes an owner away; returns whether it was the last, and the run has ended. */
  async endRun(run: string, owner?: string): Promise<boolean> {
    if (owner !== undefined) await this.#redis.zrem(key('owners', run), owner);
    if (Number(await this.#redis.eval(FORGET, 1, key('owners', run))) > 0) return false;
    await this.#redis.zrem(key('runs'), run);
    await this.#redis.del(key('recipe', run), key('refusals', run), key('owners', run));
    return true;
  }

  async showWorker(worker: ShownWorker): Promise<void> {
    await this.#redis.eval(FORGET, 1, key('workers'));
    await this.#beat(key('workers'), JSON.stringify(worker));
  }

  async endWorker(worker: ShownWorker): Promise<void> {
    await this.#redis.zrem(key('workers'), JSON.stringify(worker));
  }

  /** As they show themselves: text that somebody else wrote. */
  workers(): Promise<string[]> {
    return this.#list(LIVE, 'workers');
  }

  /** Says why a worker does not take part in a run, until it does. */
  async refuse(run: string, worker: string, reason: string | undefined): Promise<void> {
    const refusals = key('refusals', run);
    if (reason === undefined) await this.#redis.hdel(refusals, worker);
    else await this.#redis.multi().hset(refusals, worker, reason).expire(refusals, KEPT_SECONDS).exec();
  }

  refusals(run: string): Promise<Record<string, string>> {
    return this.#redis.hgetall(key('refusals', run));
  }

  async #beat(name: string, member: string): Promise<void> {
    await this.#redis.eval(BEAT, 1, name, this.#ttl, member);
  }

  async #list(script: string, name: string, milliseconds = 0): Promise<string[]> {
    return (await this.#redis.eval(script, 1, key(name), milliseconds)) as string[];
  }
}

const key = (...parts: string[]) => [PREFIX, ...parts].join(':');
