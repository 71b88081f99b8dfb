import { DataError, type NumberRows, type SegmentEmbeddings } from '@refrain/core';

/** Segment embeddings as they came, float64 among them. */
export type WideSegments = Omit<SegmentEmbeddings, 'segments'> & { readonly segments: NumberRows };

/**
 * Checks that every clip has a segment, that offsets and rows fit, and that all numbers are finite. Throws a DataError that names the
 * first clip, by its index, of which that is not so.
 */
export function checkSegments({ segments, segmentStart }: WideSegments): void {
  const { data, rows, cols } = segments;
  const clips = segmentStart.length - 1;
  if (data.length !== rows * cols || segmentStart[0] !== 0 || segmentStart[clips] !== rows) {
    throw new DataError(
      'embeddings',
      `Segment embeddings of ${rows} × ${cols} need ${rows * cols} numbers and offsets from 0 to ${rows}; ` +
        `got ${data.length} numbers and offsets from ${segmentStart[0]} to ${segmentStart[clips]}.`,
    );
  }
  for (let clip = 0; clip < clips; clip++) {
    const [start, end] = [segmentStart[clip]!, segmentStart[clip + 1]!];
    if (start >= end)
      throw new DataError(`clip ${clip}`, `Clip ${clip} has no segment: every clip needs at least one.`);
    for (let at = start * cols; at < end * cols; at++) {
      if (Number.isFinite(data[at])) continue;
      throw new DataError(
        `clip ${clip}`,
        `The embedding of clip ${clip}, segment ${Math.floor(at / cols) - start}, holds ${data[at]}: embeddings must be finite.`,
      );
    }
  }
}
