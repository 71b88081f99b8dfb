import { DataError, type NumberRows } from '@refrain/core';

/** The segments of one clip, which are read when they are wanted. */
export interface StoredSegments<Rows extends NumberRows = NumberRows> {
  readonly rows: number;
  readonly cols: number;
  /** Gives all of them, float64 where they came so. Throws a DataError where they are lost. */
  read(): Rows | Promise<Rows>;
}

/** The segments of clips, read one clip after another, as often as they are wanted: they need not all be in memory. */
export interface SegmentSource {
  /** How many clips there are. */
  readonly clips: number;
  /** Numbers per segment. */
  readonly dim: number;
  /** The segments of one clip, `segments × dim`, float64 where they came so. */
  read(clip: number): NumberRows | Promise<NumberRows>;
}

/**
 * The segments of one clip. Throws a DataError that names the clip, by its index, where it has none, where they have another width than
 * `dim`, or where a number is not finite.
 */
export async function readClip(source: SegmentSource, clip: number): Promise<NumberRows> {
  const segments = await source.read(clip);
  const { data, rows, cols } = segments;
  const name = `clip ${clip}`;
  if (cols !== source.dim || data.length !== rows * cols) {
    throw new DataError(
      name,
      `The segment embeddings of clip ${clip}, ${rows} × ${cols}, are ${data.length} numbers; expected ${rows} × ${source.dim}.`,
    );
  }
  if (rows === 0) throw new DataError(name, `Clip ${clip} has no segment: every clip needs at least one.`);
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at])) continue;
    throw new DataError(
      name,
      `The embedding of clip ${clip}, segment ${Math.floor(at / cols)}, holds ${data[at]}: embeddings must be finite.`,
    );
  }
  return segments;
}
