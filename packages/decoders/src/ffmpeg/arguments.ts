import { TRUST } from '../containers.ts';

/** The number of the pipe on which the output of the first input comes; the others follow. */
export const FIRST_PIPE = 3;

/**
 * The arguments with which ffmpeg writes the first audio stream of each file to a pipe of its own: as wav, in 32-bit floats, with the file's
 * rate and channels. `-ac 1` is left out on purpose: where ffmpeg mixes down floats, two channels come out √2 louder than their mean.
 */
export function ffmpegArguments(paths: readonly string[]): string[] {
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
  const trust = Object.entries(TRUST).flatMap(([option, value]) => [`-${option}`, value]);
  // With "file:" before it, nothing in a name is taken for an option, a protocol or a pattern.
  return [...trust, '-threads', '1', '-i', `file:${path}`];
}

function outputArguments(input: number, pipe: number): string[] {
  // "?" leads to a clearer error for a file without audio.
  const first = ['-map', `${input}:a:0?`];
  const bare = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];
  // Otherwise ffmpeg writes after every packet, some 2 kB: twice the work for who reads it.
  const inPieces = ['-flush_packets', '0'];
  return [...first, ...bare, ...inPieces, '-c:a', 'pcm_f32le', '-f', 'wav', `pipe:${pipe}`];
}
