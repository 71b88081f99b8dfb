import type { Matrix } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { keepOneOfEach } from './keepOne.ts';

/** Unit rows in the plane at the given angles, in degrees. */
function atAngles(...degrees: number[]): Matrix {
  const data = degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]);
  return { data: Float32Array.from(data), rows: degrees.length, cols: 2 };
}

// 0.6° apart is a copy (cos 0.99995), 1.2° is none (0.99978). Clip 2 is a copy of both others.
const embeddings = atAngles(0, 90, 0.6, 1.2);
const duplicateSet = Int32Array.of(0, -1, 0, 0);
const facts = { embeddings, duplicateSet };
const gone = (rules?: Parameters<typeof keepOneOfEach>[2]) =>
  keepOneOfEach({ duplicateSet }, facts, rules).map(({ index, partner }) => [index, partner]);

describe('keepOneOfEach', () => {
  it('keeps the one that stands for all others', () => {
    expect(gone()).toEqual([
      [0, 2],
      [3, 2],
    ]);
  });

  it('says the level of each, and the similarity that it had to reach', () => {
    const audioIdentity = Int32Array.of(7, -1, 7, -1);
    const [first, second] = keepOneOfEach({ duplicateSet }, { ...facts, audioIdentity });
    expect(first).toEqual({ index: 0, partner: 2, level: 'identical', similarity: 0.999945, theta: 0.9999 });
    expect(second).toEqual({ index: 3, partner: 2, level: 'near-identical', similarity: 0.999945, theta: 0.9999 });
  });

  it('keeps what a person protects, and whoever it does not stand for', () => {
    expect(gone({ protect: new Set([2, 3]) })).toEqual([[0, 2]]);
    // 0 stands for 2, and nobody is left to stand for 3.
    expect(gone({ protect: new Set([0]) })).toEqual([[2, 0]]);
    // Without 2, neither of the others stands for the other; the first of them stands for 2.
    expect(gone({ exclude: new Set([2]) })).toEqual([[2, 0]]);
  });

  it('keeps the preferred one of those that stand for as many, then the one most like the others, then the first', () => {
    const rows = atAngles(0.2, 0.1, 0, 0.2);
    const set = Int32Array.of(0, 0, 0, 0);
    const partners = (priority?: Float64Array) => {
      const all = keepOneOfEach(
        { duplicateSet: set },
        { embeddings: rows, duplicateSet: set },
        priority && { priority },
      );
      return [...new Set(all.map(({ partner }) => partner))];
    };
    expect(partners(Float64Array.of(0, 0, 1, 0))).toEqual([2]);
    // Mean angles to the others: 0.1°, 0.1°, 0.17°, 0.1°, but cosines fall with the square: 1 is nearest to all.
    expect(partners()).toEqual([1]);
  });

  it('leaves one of a set that is excluded whole, for whoever takes it out', () => {
    expect(gone({ exclude: new Set([0, 2, 3]) })).toEqual([
      [0, 2],
      [3, 2],
    ]);
  });
});
