import { type AudioStream, type Clip, DataError } from '@refrain/core';

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
 * The piece of a file's audio: samples from `start` to `start + seconds`, both rounded to whole samples; nothing behind it is decoded. A piece
 * may end up to 0.1 s behind the file and is that much shorter then. Throws a DataError that names the clip when it lies outside, behind the
 * audio that is there.
 */
export async function* cutPiece(
  { sampleRate, pieces }: AudioStream,
  { start, seconds }: Piece,
  clip: Clip,
): AsyncGenerator<readonly Float32Array[]> {
  const from = Math.round(start * sampleRate);
  const to = Math.round((start + seconds) * sampleRate);
  if (to <= from)
    throw new DataError(clip.path, `${clip.path}: the clip ${clip.id.slice(0, 200)} is shorter than a sample.`);
  let position = 0;
  for await (const channels of pieces) {
    const next = position + channels[0]!.length;
    const inside = [Math.max(from, position) - position, Math.min(to, next) - position] as const;
    if (inside[0] < inside[1]) yield channels.map((samples) => samples.slice(...inside));
    position = next;
    if (position >= to) return;
  }
  if (from < position && to <= position + Math.round(TOLERANCE_SECONDS * sampleRate)) return;
  throw new DataError(
    clip.path,
    `${clip.path}: the clip ${clip.id.slice(0, 200)} is ${start} to ${start + seconds} s of it, but it is ${(position / sampleRate).toFixed(3)} s long.`,
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
