import type { Matrix } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { findDuplicates } from './findDuplicates.ts';

/** Unit rows in the plane at the given angles, in degrees; `undefined` is a zero row. */
function atAngles(...degrees: (number | undefined)[]): Matrix {
  const data = degrees.flatMap((angle) =>
    angle === undefined ? [0, 0] : [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)],
  );
  return { data: Float32Array.from(data), rows: degrees.length, cols: 2 };
}

const noAudio = (count: number) => new Array<undefined>(count).fill(undefined);

describe('finding duplicates', () => {
  it('joins what is above the threshold with the first, and nothing else', async () => {
    // cos 0.5° = 0.99996 is a copy; cos 1° = 0.99985 is not.
    const { duplicateSet, representatives } = await findDuplicates(
      atAngles(0, 90, 0.5, 91, 180),
      noAudio(5),
      plainKernel(),
    );
    expect(Array.from(duplicateSet)).toEqual([0, -1, 0, -1, -1]);
    expect(Array.from(representatives)).toEqual([0, 1, 3, 4]);
  });

  it('does not chain: who has most copies represents them, whatever the order', async () => {
    // 0.6° apart is a copy (cos 0.99995), 1.2° is none (0.99978).
    const { duplicateSet, representatives } = await findDuplicates(atAngles(0, 0.6, 1.2), noAudio(3), plainKernel());
    expect(Array.from(duplicateSet)).toEqual([0, 0, 0]);
    expect(Array.from(representatives)).toEqual([1]);
    const { duplicateSet: other } = await findDuplicates(atAngles(0.6, 1.2, 0), noAudio(3), plainKernel());
    expect(Array.from(other)).toEqual([0, 0, 0]);
  });

  it('finds very many equal clips as one set, without a pair for each two', async () => {
    // Of these there would be five thousand million.
    const three = atAngles(90, 0, 0.5);
    const data = Float32Array.from({ length: 300_000 }, (_, at) => three.data[at % 6]!);
    const found = await findDuplicates({ data, rows: 150_000, cols: 2 }, noAudio(150_000), plainKernel());
    expect(Array.from(found.representatives)).toEqual([0, 1]);
    expect(found.duplicateSet.filter((set) => set === 1)).toHaveLength(100_000);
  });

  it('joins equal audio even where the embedding is zero', async () => {
    const { duplicateSet, audioIdentity, representatives } = await findDuplicates(
      atAngles(undefined, 10, undefined),
      ['s', 'x', 's'],
      plainKernel(),
    );
    expect(Array.from(duplicateSet)).toEqual([0, -1, 0]);
    expect(Array.from(audioIdentity)).toEqual([0, -1, 0]);
    expect(Array.from(representatives)).toEqual([0, 1]);
  });

  it('keeps every set covered by its representative', async () => {
    const angles = Array.from({ length: 40 }, (_, i) => i * 0.3);
    const embeddings = atAngles(...angles);
    const { duplicateSet, representatives } = await findDuplicates(embeddings, noAudio(40), plainKernel());
    for (let i = 0; i < 40; i++) {
      const leader = Array.from(representatives).find((r) =>
        duplicateSet[i]! >= 0 ? duplicateSet[r] === duplicateSet[i] : r === i,
      );
      expect(leader).toBeDefined();
      expect(Math.cos(((angles[i]! - angles[leader!]!) * Math.PI) / 180)).toBeGreaterThanOrEqual(1 - 1e-4 - 1e-6);
    }
  });
});
