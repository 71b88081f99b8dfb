import {
  type Job,
  JobError,
  type JobFailure,
  type JobProcessor,
  type Json,
  type Processors,
  type Recipe,
} from '@refrain/core';
import type { Answer, Question, WorkPlace } from './messages.ts';
import { receivedError } from './sentError.ts';
import { type Apart, processes, type StartApart, threads } from './starters.ts';

/** Opening takes libraries and models from a disk that may be far away. */
const OPENING_SECONDS = 600;

/** A thread or process that was told to end has so long to finish what it does. */
const ENDING_SECONDS = 10;

/** What a timer takes. */
const LONGEST_SECONDS = 2_000_000;

/** Where this thread itself was late, a sign that has come meanwhile is heard in so many ms. */
const GRACE_MS = 250;

/** What processors apart are told and tell. */
export interface ApartOptions {
  readonly place: WorkPlace;
  readonly notice: (message: string) => void;
  /** What starts a thread or process; by default one with the tasks of the pipeline. */
  readonly start?: StartApart;
}

/** Processors in threads of this process, for `local`: quick to start, and they end with a crash of native code. */
export function threadProcessors(options: ApartOptions): Processors {
  return processorsOf({ start: threads(import.meta.url, './workThread'), ...options });
}

/** Processors in processes of their own, for a worker that has to outlive every job. */
export function processProcessors(options: ApartOptions): Processors {
  return processorsOf({ start: processes(import.meta.url, './workProcess'), ...options });
}

function processorsOf({ place, notice, start }: Required<ApartOptions>): Processors {
  return { start: (onSign = () => {}) => new ApartProcessor(place, notice, start, onSign) };
}

/** One question under way. */
interface Asked {
  readonly resolve: (output: Json) => void;
  readonly reject: (error: Error) => void;
  /** Waits for another sign of life. */
  readonly wait: (seconds: number | undefined) => void;
  lastSign?: string;
}

class ApartProcessor implements JobProcessor {
  readonly #place: WorkPlace;
  readonly #notice: (message: string) => void;
  readonly #start: StartApart;
  readonly #onSign: (what: string) => void;
  #apart: Apart | undefined;
  #asked: Asked | undefined;
  #recipe: Recipe | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;
  #onEnd = () => {};

  constructor(place: WorkPlace, notice: (message: string) => void, start: StartApart, onSign: (what: string) => void) {
    this.#place = place;
    this.#notice = notice;
    this.#start = start;
    this.#onSign = onSign;
  }

  async open(recipe: Recipe): Promise<void> {
    await this.#closing;
    this.#recipe = recipe;
    await this.#openApart(recipe);
  }

  async process(job: Job): Promise<Json> {
    const recipe = this.#recipe!;
    if (!this.#isOpen) await this.#openApart(recipe);
    return this.#ask({ process: job }, recipe.patienceSeconds);
  }

  close(): Promise<void> {
    const apart = this.#apart;
    if (apart === undefined || this.#closing !== undefined) return this.#closing ?? Promise.resolve();
    const end = setTimeout(apart.end, ENDING_SECONDS * 1000);
    const ended = new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
    apart.ask({ close: true });
    this.#closing = ended.then(() => {
      clearTimeout(end);
      this.#closing = undefined;
    });
    return this.#closing;
  }

  async #openApart(recipe: Recipe): Promise<void> {
    this.#isOpen = false;
    if (this.#apart === undefined) {
      this.#begin();
      await this.#ask({ begin: this.#place }, OPENING_SECONDS);
    }
    await this.#ask({ open: recipe }, OPENING_SECONDS);
    this.#isOpen = true;
  }

  #begin(): void {
    const hearing = {
      answer: (answer: Answer) => {
        if (this.#apart === apart) this.#hear(answer);
      },
      ended: (how: string) => {
        if (this.#apart === apart) this.#ended('crashed', `What processed it has ended: ${how}.`);
      },
    };
    const apart: Apart = this.#start(hearing, this.#place);
    this.#apart = apart;
  }

  #hear(answer: Answer): void {
    const asked = this.#asked;
    if ('notice' in answer) this.#notice(answer.notice);
    else if ('alive' in answer) {
      if (asked === undefined) return;
      asked.lastSign = answer.alive;
      asked.wait(answer.patienceSeconds);
      this.#onSign(answer.alive);
    } else if ('output' in answer) asked?.resolve(answer.output);
    else if ('error' in answer) asked?.reject(receivedError(answer.error));
  }

  /** Nothing more is heard of it. */
  #ended(kind: JobFailure['kind'], reason: string): void {
    this.#apart = undefined;
    this.#isOpen = false;
    const { lastSign } = this.#asked ?? {};
    this.#asked?.reject(
      this.#closing !== undefined
        ? new JobError({ kind: 'failed', reason: 'It was ended.' })
        : new JobError({ kind, reason, ...(lastSign !== undefined && { lastSign }) }),
    );
    this.#onEnd();
  }

  #ask(question: Question, patienceSeconds: number): Promise<Json> {
    const apart = this.#apart!;
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<Json>((resolve, reject) => {
      const stuck = (seconds: number) => {
        this.#ended('stuck', `It gave no sign of life for ${seconds} s.`);
        apart.end();
      };
      const wait = (seconds = patienceSeconds) => {
        clearTimeout(timer);
        if (seconds === Number.POSITIVE_INFINITY) return;
        timer = setTimeout(() => {
          timer = setTimeout(stuck, GRACE_MS, seconds);
        }, Math.min(seconds, LONGEST_SECONDS) * 1000);
      };
      this.#asked = { resolve, reject, wait };
      wait();
      apart.ask(question);
    });
    return answered.finally(() => {
      clearTimeout(timer);
      this.#asked = undefined;
    });
  }
}
