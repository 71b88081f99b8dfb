import { requireFile } from '@refrain/audio';
import { type DataError, refusal } from '@refrain/core';
import { type FfmpegEnd, startFfmpeg } from './process.ts';

/** What holds for all processes of one decoder. */
export interface GroupSettings {
  /** The program. */
  readonly command: string;
  /** How many files one process reads, ≥ 1. */
  readonly filesAtOnce: number;
  /** How many groups are read at the same time, ≥ 1. */
  readonly groups: number;
  /** The longest audio that is read. */
  readonly maxSeconds: number;
  /** How long a group may give nothing before its files are tried one by one. Default 20. */
  readonly groupSeconds?: number;
}

const GROUP_SECONDS = 20;
const SILENT_SECONDS = 60;

/**
 * Reads audio files by ffmpeg, several per process: calls that are made in the same turn of the event loop, or wait at the same time. Where a
 * group does not end well, each of its files is read again in a process of its own, so that a result never depends on the neighbours. A
 * process is killed when none of its calls is waited for any more.
 */
export class FfmpegGroups {
  readonly #settings: GroupSettings;
  #waiting: Call[] = [];
  readonly #open = new Set<Call>();
  readonly #work = new Set<Promise<void>>();
  #running = 0;
  #closed = false;

  constructor(settings: GroupSettings) {
    this.#settings = settings;
  }

  /**
   * The first audio stream of a file as the bytes of a wav file with 32-bit floats.
   * Throws a DataError that names the path, the signal's reason, or an Error after `close`.
   */
  async read(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error(`${path}: the decoder is closed.`);
    const call = openCall(path, signal);
    this.#open.add(call);
    this.#waiting.push(call);
    if (this.#waiting.length === 1) setImmediate(() => this.#start());
    return call.answer.finally(() => this.#open.delete(call));
  }

  /** Refuses what is still waited for, kills all processes and waits until they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const call of this.#open) call.refuse(new Error(`${call.path}: the decoder was closed.`));
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #start(): void {
    this.#waiting = this.#waiting.filter((call) => call.open());
    while (this.#running < this.#settings.groups && this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#settings.filesAtOnce);
      this.#running++;
      const read = this.#readGroup(group).finally(() => {
        this.#running--;
        this.#start();
      });
      this.#track(read, group);
    }
  }

  /** What goes wrong beside the files themselves is told to all who wait. */
  #track(work: Promise<void>, calls: readonly Call[]): void {
    const tracked = work
      .catch((error: unknown) => {
        for (const call of calls) call.refuse(error);
      })
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #readGroup(calls: readonly Call[]): Promise<void> {
    const files = await wantedFiles(calls);
    if (files.length === 0) return;
    if (files.length === 1) return this.#readAlone(files[0]!);
    const end = await this.#run(files, this.#settings.groupSeconds ?? GROUP_SECONDS);
    for (const [i, call] of files.entries()) {
      // Not waited for: one of them may hang, and the next group need not wait for it.
      if (!this.#answer(call, end, i) && call.open()) this.#track(this.#readAlone(call), [call]);
    }
  }

  async #readAlone(call: Call): Promise<void> {
    const end = await this.#run([call], SILENT_SECONDS);
    if (this.#answer(call, end, 0)) return;
    const reason = end.clean ? 'it found no audio in it' : end.reason;
    call.refuse(
      refusal(
        call.path,
        `ffmpeg can't decode it: ${reason}. Expected an audio file that is whole; get it again, or leave it out.`,
      ),
    );
  }

  /** Gives the call what it waits for, if this end tells it. */
  #answer(call: Call, end: FfmpegEnd, input: number): boolean {
    const wav = end.outputs[input]!;
    if (end.tooLong === input) call.refuse(tooLong(call.path, this.#settings.maxSeconds));
    else if (end.clean && wav.length > 0) call.give(wav);
    else return false;
    return true;
  }

  #run(calls: readonly Call[], silentSeconds: number): Promise<FfmpegEnd> {
    const { command, maxSeconds } = this.#settings;
    const paths = calls.map(({ path }) => path);
    const { ended, kill } = startFfmpeg(command, paths, maxSeconds, silentSeconds);
    void Promise.allSettled(calls.map(({ answer }) => answer)).then(kill);
    return ended;
  }
}

/** One file that somebody waits for. */
interface Call {
  readonly path: string;
  /** The bytes of its audio as a wav file. */
  readonly answer: Promise<Uint8Array>;
  /** Whether there is no answer yet. */
  open(): boolean;
  give(wav: Uint8Array): void;
  refuse(error: unknown): void;
}

/** A call that answers for itself when `signal` is aborted, with its reason. Only the first answer counts. */
function openCall(path: string, signal: AbortSignal | undefined): Call {
  let open = true;
  let resolve: (wav: Uint8Array) => void;
  let reject: (error: unknown) => void;
  const answer = new Promise<Uint8Array>((give, refuse) => {
    [resolve, reject] = [give, refuse];
  });
  const onAbort = () => end(() => reject(signal?.reason));
  const end = (settle: () => void) => {
    if (!open) return;
    open = false;
    signal?.removeEventListener('abort', onAbort);
    settle();
  };
  signal?.addEventListener('abort', onAbort);
  return {
    path,
    answer,
    open: () => open,
    give: (wav) => end(() => resolve(wav)),
    refuse: (error) => end(() => reject(error)),
  };
}

/** The calls for files that are there, and still waited for; the others are refused. */
async function wantedFiles(calls: readonly Call[]): Promise<Call[]> {
  await Promise.all(calls.map((call) => requireFile(call.path).catch((error: unknown) => call.refuse(error))));
  return calls.filter((call) => call.open());
}

function tooLong(path: string, maxSeconds: number): DataError {
  return refusal(
    path,
    `holds more than ${maxSeconds} s of audio, or more than 4 GiB of it as floats; at most that is decoded. Cut the file or raise decoder.maxSeconds.`,
  );
}
