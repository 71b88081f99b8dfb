import { constants } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { messageOf } from '@refrain/core';

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
interface FfmpegProcess {
  /** Settled when the process is gone and its pipes are closed. Rejected where it could not be started. */
  readonly ended: Promise<FfmpegEnd>;
  /** Ends it at once. Does nothing when it is over. */
  kill(): void;
}

const LAST_WORDS = 8192;

/** The number of the pipe on which the output of the first input comes; the others follow. */
const FIRST_PIPE = 3;

/** Where the header of a wav file tells the channels (16 bits) and the rate (32 bits), as ffmpeg writes it: format chunk first. */
const HEADER = { channels: 22, sampleRate: 24, length: 28 };
const HEADER_SLACK = 4096;

/** Starts one ffmpeg for all of these files, at most `maxSeconds` of audio each. It is killed after `silentSeconds` without a byte of output. */
export function startFfmpeg(
  command: string,
  paths: readonly string[],
  maxSeconds: number,
  silentSeconds: number,
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
  }, silentSeconds * 1000);
  const outputs = pipes.map((pipe, i) => {
    pipe.on('data', () => timer.refresh());
    return gatherWav(pipe, maxSeconds, () => {
      tooLong ??= i;
      kill();
    });
  });
  const ended = exit
    .finally(() => clearTimeout(timer))
    .then(({ clean, how }) => ({
      clean: clean && !impatient && tooLong === undefined,
      outputs: outputs.map((bytes) => bytes()),
      tooLong,
      reason: impatient
        ? `it gave nothing for ${silentSeconds} s`
        : (lastLine(complaint(), paths) ?? `it ended with ${how}`),
    }));
  return { ended, kill };
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

/** The last line, without the name of a file and without the address that ffmpeg gives its parts: that differs from run to run. */
function lastLine(text: string, paths: readonly string[]): string | undefined {
  const line = text.trimEnd().split(/\r?\n/).at(-1) ?? '';
  const bare = paths.reduce((left, path) => left.replaceAll(`file:${path}: `, '').replaceAll(`file:${path}`, ''), line);
  return bare.replace(/^\[([^\]]*) @ 0x[0-9a-f]+\] /, '$1: ').replace(/\.$/, '') || undefined;
}

/**
 * Containers that hold their audio themselves, by the names of FFmpeg's demuxers; a version that lacks one passes over its name. Playlists and
 * manifests (HLS, DASH, ffconcat, SDP …) are not among them: they make FFmpeg open other files, so that a result would no longer depend on
 * the file that was named.
 */
const CONTAINERS: readonly string[] = [
  ...['wav', 'w64', 'aiff', 'au', 'caf', 'voc', 'ircam', 'pvf', 'sox', 'avr', 'iff'],
  ...['mp3', 'aac', 'loas', 'ac3', 'eac3', 'dts', 'dtshd', 'truehd', 'mlp', 'amr', 'gsm', 'qcp'],
  ...['flac', 'ape', 'wv', 'tta', 'tak', 'shn', 'mpc', 'mpc8', 'dsf'],
  ...['ogg', 'mov', 'matroska', 'asf', 'xwma', 'rm', 'oma', 'aa', 'avi', 'flv', 'mpeg', 'mpegts', 'mxf', 'nut'],
];

// For an input that nobody vouches for: local files only, and only containers that name no other file.
const TRUST = ['-protocol_whitelist', 'file', '-format_whitelist', CONTAINERS.join(',')];

/**
 * The arguments with which ffmpeg writes the first audio stream of each file to a pipe of its own: as wav, in 32-bit floats, with the file's
 * rate and channels. `-ac 1` is left out on purpose: where ffmpeg mixes down floats, two channels come out √2 louder than their mean.
 */
function ffmpegArguments(paths: readonly string[]): string[] {
  const everywhere = ['-nostdin', '-v', 'error', '-filter_threads', '1'];
  // The rate of errors is one for all inputs: with a limit, a damaged file would end differently beside others than alone.
  const damaged = ['-max_error_rate', '1'];
  return [
    ...everywhere,
    ...damaged,
    ...paths.flatMap(inputArguments),
    ...paths.flatMap((_, i) => outputArguments(i, FIRST_PIPE + i)),
  ];
}

function inputArguments(path: string): string[] {
  // With "file:" before it, nothing in a name is taken for an option, a protocol or a pattern.
  return [...TRUST, '-threads', '1', '-i', `file:${path}`];
}

function outputArguments(input: number, pipe: number): string[] {
  // "?" leads to a clearer error for a file without audio.
  const first = ['-map', `${input}:a:0?`];
  const bare = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];
  // Otherwise ffmpeg writes after every packet, some 2 kB: twice the work for who reads it.
  const inPieces = ['-flush_packets', '0'];
  return [...first, ...bare, ...inPieces, '-c:a', 'pcm_f32le', '-f', 'wav', `pipe:${pipe}`];
}

/**
 * Gathers what ffmpeg writes to `pipe`. `onExcess` is called when that is longer than `maxSeconds` of audio, or than memory can hold in one
 * piece, 4 GiB; nothing more is kept then. The result gives the bytes that have come so far.
 */
function gatherWav(pipe: Readable, maxSeconds: number, onExcess: () => void): () => Uint8Array {
  const chunks: Buffer[] = [];
  let size = 0;
  let largest: number | undefined;
  pipe.on('data', (chunk: Buffer) => {
    if (size > (largest ?? Number.POSITIVE_INFINITY)) return;
    chunks.push(chunk);
    size += chunk.length;
    if (largest === undefined && size >= HEADER.length) largest = largestSize(Buffer.concat(chunks), maxSeconds);
    if (size > (largest ?? Number.POSITIVE_INFINITY)) {
      chunks.length = 0;
      onExcess();
    }
  });
  // What the pipe has to say of a process that was killed is known already.
  pipe.on('error', () => {});
  return () => Buffer.concat(chunks);
}

function largestSize(header: Buffer, maxSeconds: number): number {
  const frameSize = header.readUInt16LE(HEADER.channels) * Float32Array.BYTES_PER_ELEMENT;
  const audio = maxSeconds * header.readUInt32LE(HEADER.sampleRate) * frameSize;
  return Math.min(audio + HEADER_SLACK, constants.MAX_LENGTH);
}
