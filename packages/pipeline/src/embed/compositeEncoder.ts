import { createHash } from 'node:crypto';
import { inOnePiece, SampleQueue } from '@refrain/audio';
import {
  type Abortable,
  ConfigError,
  type Encoder,
  type Matrix,
  type SegmentGrid,
  type Waveform,
  zeros,
} from '@refrain/core';
import { encodeParts } from './encodeParts.ts';

/** Of parts that all leave their segments open. */
const USUAL_GRID: SegmentGrid = { windowSeconds: 1, hopSeconds: 1 };

/** Makes a part of a composite encoder. */
export interface MakePart {
  /** With these options beside its own. */
  make(options?: Readonly<Record<string, unknown>>): Promise<Encoder>;
  /** Whether it is ready: then it is the same each time, and stays open. */
  readonly isLent?: boolean;
}

/**
 * Several encoders side by side: the segments of all lie on one grid, and each row holds the features of all parts, one after another. The grid is
 * that of the part whose own is fixed; one that leaves it open is made for it, and one that has none, such as a third party's, is given each segment
 * as a clip. Throws a ConfigError where the fixed grids of two differ.
 */
export async function openComposite(makers: readonly MakePart[]): Promise<CompositeEncoder> {
  const made: Encoder[] = [];
  const owned = () => made.filter((_, i) => makers[i]!.isLent !== true);
  try {
    for (const { make } of makers) made.push(await make());
    const isOpen = (encoder: Encoder, i: number) => encoder.optionsForGrid !== undefined && makers[i]!.isLent !== true;
    const fixed = made.filter((encoder, i) => encoder.grid !== undefined && !isOpen(encoder, i));
    for (const other of fixed.slice(1)) refuseOtherGrid(fixed[0]!, other);
    const grid = [...fixed, ...made].find((encoder) => encoder.grid !== undefined)?.grid ?? USUAL_GRID;
    for (const [i, encoder] of made.entries()) {
      if (!isOpen(encoder, i)) continue;
      await encoder.close?.();
      made[i] = await makers[i]!.make(encoder.optionsForGrid!(grid));
    }
    const parts = made.map((encoder) => (encoder.grid === undefined ? new SegmentwiseEncoder(encoder, grid) : encoder));
    return new CompositeEncoder(parts, grid, owned());
  } catch (error) {
    await Promise.all(owned().map((encoder) => encoder.close?.()));
    throw error;
  }
}

function refuseOtherGrid(one: Encoder, other: Encoder): void {
  const [a, b] = [one.grid!, other.grid!];
  // Half a sample is no difference.
  const isSame = (x: number, y: number) => Math.abs(x - y) < 0.5 / Math.max(one.sampleRate, other.sampleRate);
  if (isSame(a.windowSeconds, b.windowSeconds) && isSame(a.hopSeconds, b.hopSeconds)) return;
  const told = ({ name }: Encoder, { windowSeconds, hopSeconds }: SegmentGrid) =>
    `${name} cuts segments of ${windowSeconds.toFixed(3)} s every ${hopSeconds.toFixed(3)} s`;
  throw new ConfigError(
    'encoder',
    `\`encoder\`: parts side by side need one grid of segments, but ${told(one, a)} and ${told(other, b)}, and neither can take the other's. Leave one of them out, or give one that can be changed the other's length.`,
  );
}

/** Encoders whose segments lie on one grid, as one encoder. `openComposite` makes it. */
export class CompositeEncoder implements Encoder {
  readonly name: string;
  readonly sampleRate: number;
  readonly dim: number;
  readonly fingerprint: string;
  readonly usesDevice: boolean;
  readonly grid: SegmentGrid;
  /** Each with segments on that grid. */
  readonly parts: readonly Encoder[];

  readonly #owned: readonly Encoder[];

  /** It closes those that are `owned`. */
  constructor(parts: readonly Encoder[], grid: SegmentGrid, owned: readonly Encoder[]) {
    this.parts = parts;
    this.#owned = owned;
    this.grid = grid;
    this.name = parts.map(({ name }) => name).join('-and-');
    this.sampleRate = Math.max(...parts.map(({ sampleRate }) => sampleRate));
    this.dim = parts.reduce((sum, { dim }) => sum + dim, 0);
    this.usesDevice = parts.some(({ usesDevice }) => usesDevice === true);
    const identity = [grid.windowSeconds, grid.hopSeconds, ...parts.map(({ fingerprint }) => fingerprint)];
    this.fingerprint = `composite-1-${createHash('sha256').update(JSON.stringify(identity)).digest('hex')}`;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const never = new AbortController().signal;
    return sideBySide(await encodeParts(pieces, this.sampleRate, this.parts, signal ?? never), this.parts);
  }

  async close(): Promise<void> {
    await Promise.all(this.#owned.map((encoder) => encoder.close?.()));
  }
}

/**
 * How many segments of one clip all parts have. A part may see one more than another at the end of a clip, where it is resampled or padded; that is
 * left out. Throws an Error where they differ by more: then a part does not keep to its grid.
 */
export function sharedRows(segments: readonly Pick<Matrix, 'rows'>[], parts: readonly Pick<Encoder, 'name'>[]): number {
  const counts = segments.map(({ rows }) => rows);
  const rows = Math.min(...counts);
  if (Math.max(...counts) <= rows + 1) return rows;
  const told = parts.map(({ name }, i) => `${name} ${counts[i]}`).join(', ');
  throw new Error(`Parts of an encoder cut one clip into different numbers of segments: ${told}.`);
}

/** The features of one clip's segments, those of all parts in a row. Throws what `sharedRows` throws. */
export function sideBySide(matrices: readonly Matrix[], parts: readonly Pick<Encoder, 'name'>[]): Matrix {
  const rows = sharedRows(matrices, parts);
  const cols = matrices.reduce((sum, matrix) => sum + matrix.cols, 0);
  const all = zeros(rows, cols);
  let at = 0;
  for (const { data, cols: width } of matrices) {
    for (let row = 0; row < rows; row++) all.data.set(data.subarray(row * width, (row + 1) * width), row * cols + at);
    at += width;
  }
  return all;
}

/** An encoder that has no grid, on one: each segment is a clip for it, described by the mean of what it gives. */
class SegmentwiseEncoder implements Encoder {
  readonly name: string;
  readonly sampleRate: number;
  readonly dim: number;
  readonly fingerprint: string;
  readonly usesDevice: boolean;
  readonly grid: SegmentGrid;
  readonly #inner: Encoder;

  constructor(inner: Encoder, grid: SegmentGrid) {
    this.#inner = inner;
    this.grid = grid;
    this.name = inner.name;
    this.sampleRate = inner.sampleRate;
    this.dim = inner.dim;
    this.usesDevice = inner.usesDevice === true;
    this.fingerprint = `${inner.fingerprint}/segments-1-${grid.windowSeconds}-${grid.hopSeconds}`;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const window = Math.round(this.grid.windowSeconds * this.sampleRate);
    const hop = Math.round(this.grid.hopSeconds * this.sampleRate);
    const queue = new SampleQueue();
    const rows: Float32Array[] = [];
    const embed = async (start: number, length: number) => {
      signal?.throwIfAborted();
      const samples = queue.read(start, length);
      const embeddings = await this.#inner.encode({ samples, sampleRate: this.sampleRate }, signal && { signal });
      rows.push(meanRow(embeddings));
    };
    for await (const piece of pieces) {
      queue.push(piece);
      for (; queue.end >= rows.length * hop + window; queue.drop(rows.length * hop))
        await embed(rows.length * hop, window);
    }
    // A clip shorter than a segment is one; what is wrong with one that has no sample at all, the encoder knows.
    if (rows.length === 0) await embed(0, queue.end);
    const all = zeros(rows.length, this.dim);
    for (const [i, row] of rows.entries()) all.data.set(row, i * this.dim);
    return all;
  }
}

function meanRow({ data, rows, cols }: Matrix): Float32Array {
  const mean = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) mean[i % cols]! += data[i]! / rows;
  return Float32Array.from(mean);
}
