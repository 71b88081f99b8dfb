import { type Matrix, seededRandom } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { projectInto, type SpaceClip, trainSpace } from './space.ts';

const DIM = 7;
const random = seededRandom(3);
const matrices = Array.from({ length: 40 }, (_, clip): Matrix => {
  const rows = 2 + (clip % 5);
  return { data: Float32Array.from({ length: rows * DIM }, () => random.uniform() - 0.5), rows, cols: DIM };
});
const idOf = (clip: number) => ({ id: String(clip).padStart(2, '0') });
const held = matrices.map((matrix, clip): SpaceClip => {
  const { rows, cols } = matrix;
  return { clip: idOf(clip), segments: { rows, cols, read: () => matrix } };
});

/** The same clips, all read into one piece of memory that the next one takes over; `reads` says which were read. */
function streamed(): { readonly clips: readonly SpaceClip[]; readonly reads: number[] } {
  const memory = new Float32Array(6 * DIM);
  const reads: number[] = [];
  const clips = matrices.map(({ rows, data }, clip): SpaceClip => {
    const read = async (): Promise<Matrix> => {
      reads.push(clip);
      memory.fill(Number.NaN);
      await null;
      memory.set(data);
      return { data: memory.subarray(0, data.length), rows, cols: DIM };
    };
    return { clip: idOf(clip), segments: { rows, cols: DIM, read } };
  });
  return { clips, reads };
}

describe('a space of clips that are read one at a time', () => {
  it.each([
    ['whitened', 4],
    ['standardized', 3],
    ['raw', 1],
  ] as const)('is the one of clips in memory, byte for byte: %s', async (space, passes) => {
    const options = { pooling: 'mean', space } as const;
    const { clips, reads } = streamed();
    const [whole, one] = [
      await trainSpace(held, options, seededRandom(0)),
      await trainSpace(clips, options, seededRandom(0)),
    ];
    // In their order, in so many passes, and each only when the one before has been used.
    expect(reads).toEqual(Array.from({ length: passes }, () => [...matrices.keys()]).flat());
    expect(one.embeddings).toEqual(whole.embeddings);
    expect(one.fitted).toEqual(whole.fitted);
    expect(one.reliability).toEqual(whole.reliability);
    expect(await one.features()).toEqual(await whole.features());
    const [others, other] = [await projectInto(whole, held, options), await projectInto(one, clips, options)];
    expect(other.embeddings).toEqual(others.embeddings);
    expect(await other.features()).toEqual(await others.features());
  });
});
