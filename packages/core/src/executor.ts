import type { ContentStore } from './contentStore.ts';
import type { Host } from './host.ts';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What the jobs of one run have in common, as data alone: it can be sent, kept and compared, and nothing in it is ever run. */
export interface Recipe {
  /** Name of the task that its jobs are, e.g. `embed`. */
  readonly task: string;
  /** What must be equal wherever they are processed, by what it is called: versions, fingerprints of components, hashes of model files. */
  readonly requires: Readonly<Record<string, string>>;
  /** What the task works with, which checks it: names and options of components, keys of content. */
  readonly input: Json;
  /** A job that gives no sign of life for so many seconds is stuck. */
  readonly patienceSeconds: number;
}

/** A piece of work that can be done anywhere, and twice: it gives the same, and whatever it keeps it keeps under the same names. */
export interface Job {
  /** Unique in its run, and equal for equal work. */
  readonly id: string;
  readonly input: Json;
}

/** Why a job came to nothing. */
export interface JobFailure {
  /** It said why; or what processed it ended; or it gave no sign of life. */
  readonly kind: 'failed' | 'crashed' | 'stuck';
  /** A sentence. */
  readonly reason: string;
  /** The last sign of life, where there was one: what the job had begun with. */
  readonly lastSign?: string;
}

/** What became of a job. */
export type JobResult = {
  readonly id: string;
  /** Who processed it last: a name that people can find, such as host and process. */
  readonly worker: string;
  /** How long that took. */
  readonly seconds: number;
  /** How often it was begun, ≥ 1. */
  readonly attempts: number;
} & ({ readonly output: Json } | { readonly failure: JobFailure });

/** How a run of jobs is watched. */
export interface ExecutorRun {
  /** Aborted, the run ends soon and throws its `reason`. */
  readonly signal: AbortSignal;
  /** Told of every job once, in any order; while it has not come back, few more jobs are begun. */
  onResult(result: JobResult): void | Promise<void>;
}

/** How a worker serves. */
export interface Serving {
  /** Aborted, it takes no more jobs, ends those under way, and returns. */
  readonly signal: AbortSignal;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Told what happens, as data for a log. */
  onEvent(event: WorkerEvent): void;
}

/** What happens to a worker. */
export type WorkerEvent =
  | { readonly event: 'ready' | 'disconnected' | 'reconnected' | 'draining' | 'ended' }
  | { readonly event: 'refused'; readonly recipe: string; readonly reason: string }
  | { readonly event: 'began'; readonly job: string }
  | { readonly event: 'done'; readonly job: string; readonly seconds: number }
  | { readonly event: 'failed'; readonly job: string; readonly failure: JobFailure };

/** Has jobs done: by threads of this process, by workers on other machines. */
export interface Executor {
  readonly name: string;
  /** How many jobs it does at once, as far as it is known now, ≥ 1: into so many shares, and some more, a piece of work is best divided. */
  concurrency(): Promise<number>;
  /**
   * Has all jobs done, each at least once, and tells the result of each once. Jobs are asked for as there is somebody to do them, so there may
   * be any number of them. It may be long until the next one: the run, and what its processors have opened, lasts until there are no more. One
   * that fails, or that costs its processor its life, is tried again a few times before its failure is its result.
   * Throws a ConfigError where nobody can process the recipe, with what they lack.
   */
  run(recipe: Recipe, jobs: AsyncIterable<Job>, run: ExecutorRun): Promise<void>;
  /** Does jobs of the runs of others until it is told to end. Absent where whoever runs also does the work. */
  serve?(serving: Serving): Promise<void>;
  close?(): Promise<void>;
}

/** Processes jobs one after another, apart from who asks: a crash of a job ends the job alone. */
export interface JobProcessor {
  /**
   * Opens what the jobs of the recipe need, in place of what was open. Throws a ConfigError with every difference between what the recipe
   * requires and what is here, or what the task throws that cannot open.
   */
  open(recipe: Recipe): Promise<void>;
  /**
   * What comes of a job of the recipe that was opened last. Throws a JobError; the next job is processed all the same, by a new thread or process
   * where the last one ended. Whatever else it throws says that no job of the recipe can be processed here any more.
   */
  process(job: Job): Promise<Json>;
  /** Ends a job under way soon, which fails then, and gives back what was opened. */
  close(): Promise<void>;
}

/** What starts processors on this machine. */
export interface Processors {
  /** `onSign` is told the signs of life of what it processes. */
  start(onSign?: (what: string) => void): JobProcessor;
}

/** The jobs of one kind: what a processor opens for their recipe, and does for each. */
export interface JobTask {
  readonly name: string;
  open(recipe: Recipe, means: TaskMeans): Promise<OpenedTask>;
}

/** What a task has where it is opened. */
export interface TaskMeans {
  /** One thread, a cache on this machine or shared by all. */
  readonly host: Host;
  readonly store: ContentStore;
}

/**
 * Gives a sign of life and says with what the job begins now. The next sign has to come within the recipe's patience, or within so many seconds:
 * Infinity for work that ends by itself and must not be ended from outside.
 */
export type Alive = (what: string, patienceSeconds?: number) => void;

/** A task with what it needs. */
export interface OpenedTask {
  /** What must be equal to the recipe's `requires`, as it is here. */
  readonly has: Readonly<Record<string, string>>;
  /** What comes of a job: a few words and keys; what is large is put into the store. Ends soon where the host's signal is aborted. */
  perform(input: Json, alive: Alive): Promise<Json>;
  close?(): Promise<void>;
}
