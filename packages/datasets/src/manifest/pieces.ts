import { type Clip, DataError, type Waveform } from '@refrain/core';

export type Piece = NonNullable<Clip['piece']>;

// Durations in manifests are rounded, and decoders of lossy formats differ by a frame or two of padding.
const TOLERANCE_SECONDS = 0.1;

/**
 * The piece of a file that a row stands for, undefined for all of it: a row without an offset is the whole file, whatever its duration, which
 * says only how long the file is then. `refuse` is told what is wrong with a piece that is none.
 */
export function pieceOf(offset: unknown, duration: unknown, refuse: (reason: string) => never): Piece | undefined {
  if (isEmpty(offset)) return undefined;
  const start = numberOf(offset);
  if (start === undefined || start < 0)
    return refuse(`expected an offset in seconds, 0 or more, found ${JSON.stringify(offset)}.`);
  const seconds = numberOf(duration);
  if (seconds === undefined || seconds <= 0)
    return refuse(
      `expected the duration of the piece in seconds beside its offset, found ${JSON.stringify(duration) ?? 'nothing'}.`,
    );
  return { start, seconds };
}

/**
 * The piece of a file's audio: samples from `start` to `start + seconds`, both rounded to whole samples. A piece may end up to 0.1 s behind
 * the file and is that much shorter then. Throws a DataError that names the clip when it lies outside.
 */
export function cutPiece({ samples, sampleRate }: Waveform, { start, seconds }: Piece, clip: Clip): Waveform {
  const from = Math.round(start * sampleRate);
  const to = Math.round((start + seconds) * sampleRate);
  if (from >= samples.length || to > samples.length + Math.round(TOLERANCE_SECONDS * sampleRate)) {
    const length = (samples.length / sampleRate).toFixed(3);
    throw new DataError(
      clip.path,
      `${clip.path}: the clip ${clip.id.slice(0, 200)} is ${start} to ${start + seconds} s of it, but it is ${length} s long.`,
    );
  }
  if (to <= from)
    throw new DataError(clip.path, `${clip.path}: the clip ${clip.id.slice(0, 200)} is shorter than a sample.`);
  return { samples: samples.slice(from, to), sampleRate };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
