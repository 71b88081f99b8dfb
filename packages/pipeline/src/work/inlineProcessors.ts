import {
  type Alive,
  ConfigError,
  type Job,
  JobError,
  type JobProcessor,
  type JobTask,
  type Json,
  messageOf,
  type OpenedTask,
  type Processors,
  type Recipe,
  type TaskMeans,
} from '@refrain/core';

/** Finds the task of a recipe. */
export type FindTask = (name: string) => Promise<JobTask>;

/** Processors in the calling thread: what a thread or process of its own has inside, too. */
export function inlineProcessors(taskNamed: FindTask, means: TaskMeans, alive: Alive = () => {}): Processors {
  return {
    start: (onSign) =>
      new InlineProcessor(taskNamed, means, (what, patienceSeconds) => {
        alive(what, patienceSeconds);
        onSign?.(what);
      }),
  };
}

class InlineProcessor implements JobProcessor {
  readonly #taskNamed: FindTask;
  readonly #means: TaskMeans;
  readonly #alive: Alive;
  #opened: OpenedTask | undefined;
  #underWay: Promise<unknown> | undefined;

  constructor(taskNamed: FindTask, means: TaskMeans, alive: Alive) {
    this.#taskNamed = taskNamed;
    this.#means = means;
    this.#alive = alive;
  }

  async open(recipe: Recipe): Promise<void> {
    await this.close();
    const opened = await (await this.#taskNamed(recipe.task)).open(recipe, this.#means);
    const differences = differencesOf(recipe.requires, opened.has);
    if (differences.length > 0) {
      await opened.close?.();
      throw new ConfigError('executor', `This worker cannot take part: ${differences.join('; ')}.`);
    }
    this.#opened = opened;
  }

  async process({ input }: Job): Promise<Json> {
    try {
      const performed = this.#opened!.perform(input, this.#alive);
      this.#underWay = performed;
      return await performed;
    } catch (error) {
      if (error instanceof JobError) throw error;
      throw new JobError({ kind: 'failed', reason: messageOf(error) }, { cause: error });
    }
  }

  /** Nothing but the host's signal ends a job here. */
  async close(): Promise<void> {
    await this.#underWay?.catch(() => {});
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.close?.();
  }
}

/** A clause for each thing that is required and here otherwise, or not at all. */
function differencesOf(
  requires: Readonly<Record<string, string>>,
  has: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(requires)
    .filter(([name, value]) => has[name] !== value)
    .map(([name, value]) => `${name} is ${has[name] ?? 'missing'} here, ${value} where the run began`);
}
