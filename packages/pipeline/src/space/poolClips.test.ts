import { type Matrix, rowOf } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PooledClips, type Pooling } from './poolClips.ts';

const embeddings = (cols: number, segmentStart: number[], values: number[]): Matrix[] =>
  segmentStart.slice(1).map((end, clip) => {
    const start = segmentStart[clip]!;
    return { data: Float32Array.from(values.slice(start * cols, end * cols)), rows: end - start, cols };
  });

function poolClips(clips: readonly Matrix[], pooling: Pooling) {
  const pooled = new PooledClips(clips.length, pooling);
  for (const clip of clips) pooled.add(clip);
  return pooled.finish();
}

describe('pooling', () => {
  const two = embeddings(2, [0, 2, 4], [1, 0, 5, 8, -2, 0, 0, 0]);

  it('by mean', () => {
    const { embeddings: pooled, silent } = poolClips(two, 'mean');
    expect(pooled).toEqual({ data: Float32Array.of(0.6, 0.8, -1, 0), rows: 2, cols: 2 });
    expect(silent).toEqual([]);
  });

  it('by the first segment', () => {
    expect(poolClips(two, 'first').embeddings.data).toEqual(Float32Array.of(1, 0, -1, 0));
  });

  it('by flattening, all segments of a number side by side', () => {
    const { embeddings: pooled } = poolClips(embeddings(2, [0, 3], [1, 10, 2, 20, 3, 30]), 'flatten');
    const length = Math.sqrt(14 + 1400);
    expect(pooled).toEqual({ data: Float32Array.from([1, 2, 3, 10, 20, 30], (x) => x / length), rows: 1, cols: 6 });
  });

  it('by flattening refuses clips of different lengths', () => {
    expect(() => poolClips(embeddings(1, [0, 2, 4, 7], [1, 1, 1, 1, 1, 1, 1]), 'flatten')).toThrow(
      'clip 0 has 2 segments and clip 2 has 3',
    );
  });

  it('reports zero rows and leaves them zero', () => {
    const cancelling = embeddings(2, [0, 1, 3, 4], [0, 0, 1, 2, -1, -2, 3, 0]);
    expect(poolClips(cancelling, 'mean')).toEqual({
      embeddings: { data: Float32Array.of(0, 0, 0, 0, 1, 0), rows: 3, cols: 2 },
      silent: [0, 1],
    });
    expect(poolClips(cancelling, 'first').silent).toEqual([0]);
  });

  it('gives unit rows, however small or large the numbers', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 12, maxLength: 12 }),
        fc.constantFrom('mean', 'flatten', 'first'),
        (values, pooling) => {
          const { embeddings: pooled, silent } = poolClips(embeddings(2, [0, 2, 4, 6], values), pooling);
          for (let clip = 0; clip < 3; clip++) {
            const length = Math.hypot(...rowOf(pooled, clip));
            expect(length).toBeCloseTo(silent.includes(clip) ? 0 : 1, 5);
          }
        },
      ),
    );
  });

  it('gives no rows for no clips', () => {
    expect(poolClips(embeddings(3, [0], []), 'flatten').embeddings.rows).toBe(0);
  });

  it('names the clip whose embedding overflows', () => {
    const far: Matrix = { data: Float64Array.of(1e200) as never, rows: 1, cols: 1 };
    expect(() => poolClips([...embeddings(1, [0, 1], [1]), far], 'mean')).toThrow(
      expect.objectContaining({ source: 'clip 1' }),
    );
  });
});
