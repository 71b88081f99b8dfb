import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { messageOf } from '@refrain/core';
import { FIRST_PIPE, ffmpegArguments } from './arguments.ts';
import { gatherWav } from './wavOutput.ts';

/** How long a process may take. */
export interface Patience {
  readonly seconds: number;
  /** `all`: from start to end. `silence`: without a byte of output. */
  readonly of: 'all' | 'silence';
}

/** What came of a process. */
export interface FfmpegEnd {
  /** Whether it ended by itself, having written all there is in every file. */
  readonly clean: boolean;
  /** One wav file per input, in their order. Whole only where `clean`. */
  readonly outputs: readonly Uint8Array[];
  /** The input with more audio than allowed, for which the process was killed. */
  readonly tooLong: number | undefined;
  /** Where it is not clean: ffmpeg's last line of error, or what it was killed for. No full stop. */
  readonly reason: string;
}

/** A running ffmpeg. */
export interface FfmpegProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Settled when the process is gone and its pipes are closed. Rejected where it could not be started. */
  readonly ended: Promise<FfmpegEnd>;
  /** Ends it at once. Does nothing when it is over. */
  kill(): void;
}

const LAST_WORDS = 8192;

/** Starts one ffmpeg for all of these files, at most `maxSeconds` of audio each. */
export function startFfmpeg(
  command: string,
  paths: readonly string[],
  maxSeconds: number,
  patience: Patience,
): FfmpegProcess {
  const child = spawnWithPipes(command, paths);
  const exit = exitOf(child, command);
  const [stderr, ...pipes] = readablesOf(child);
  const complaint = lastWords(stderr);
  // There is nothing to clean up on its side: it only reads files and writes to us.
  const kill = () => void child.kill('SIGKILL');
  let tooLong: number | undefined;
  let impatient = false;
  const timer = setTimeout(() => {
    impatient = true;
    kill();
  }, patience.seconds * 1000);
  const outputs = pipes.map((pipe, i) => {
    if (patience.of === 'silence') pipe.on('data', () => timer.refresh());
    return gatherWav(pipe, maxSeconds, () => {
      tooLong ??= i;
      kill();
    });
  });
  const ended = exit
    .finally(() => clearTimeout(timer))
    .then(({ clean, how }) => ({
      clean: clean && !impatient && tooLong === undefined,
      outputs: outputs.map((output) => output.bytes()),
      tooLong,
      reason: impatient ? impatience(patience) : (lastLine(complaint(), paths) ?? `it ended with ${how}`),
    }));
  return { pid: child.pid, ended, kill };
}

function spawnWithPipes(command: string, paths: readonly string[]): ChildProcess {
  return spawn(command, ffmpegArguments(paths), {
    stdio: ['ignore', 'ignore', 'pipe', ...paths.map(() => 'pipe' as const)],
    windowsHide: true,
    env: { ...process.env, AV_LOG_FORCE_NOCOLOR: '1' },
  });
}

/** Its error stream, then the pipes of its outputs; none where there were too few file descriptors to start it. */
function readablesOf(child: ChildProcess): Readable[] {
  const stdio: readonly unknown[] = child.stdio ?? [];
  return [stdio[2], ...stdio.slice(FIRST_PIPE)].filter((pipe) => pipe !== undefined) as Readable[];
}

/** How the process ended, once its pipes are closed too. */
function exitOf(child: ChildProcess, command: string): Promise<{ readonly clean: boolean; readonly how: string }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${command} can't be started any more: ${messageOf(cause)}.`, { cause })),
    );
    child.once('close', (status, signal) =>
      resolve({ clean: status === 0, how: signal === null ? `status ${status}` : `signal ${signal}` }),
    );
  });
}

function lastWords(stream: Readable | undefined): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-LAST_WORDS);
  });
  return () => text;
}

function impatience({ seconds, of }: Patience): string {
  return of === 'all' ? `it took longer than ${seconds} s` : `it gave nothing for ${seconds} s`;
}

/** The last line, without the name of a file and without the address that ffmpeg gives its parts: that differs from run to run. */
function lastLine(text: string, paths: readonly string[]): string | undefined {
  const line = text.trimEnd().split(/\r?\n/).at(-1) ?? '';
  const bare = paths.reduce((left, path) => left.replaceAll(`file:${path}: `, '').replaceAll(`file:${path}`, ''), line);
  return bare.replace(/^\[([^\]]*) @ 0x[0-9a-f]+\] /, '$1: ').replace(/\.$/, '') || undefined;
}
