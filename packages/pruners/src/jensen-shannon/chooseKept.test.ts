import type { Matrix } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { chooseKept } from './chooseKept.ts';

/** Unit rows in the plane at the given angles. */
function atAngles(...degrees: number[]): Matrix {
  const data = Float32Array.from(
    degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]),
  );
  return { data, rows: degrees.length, cols: 2 };
}

describe('chooseKept', () => {
  const embeddings = atAngles(0, 10, 40, 25, 10);
  const members = Uint32Array.of(0, 1, 2, 3, 4);

  it('starts with the leader, then takes whoever is farthest from all chosen', () => {
    expect(Array.from(chooseKept(embeddings, members, 1, 1))).toEqual([1]);
    expect(Array.from(chooseKept(embeddings, members, 1, 2))).toEqual([1, 2]);
    // 0 is 10° from 1; 3 is 15° from both 1 and 2.
    expect(Array.from(chooseKept(embeddings, members, 1, 3))).toEqual([1, 2, 3]);
    expect(Array.from(chooseKept(embeddings, members, 1, 4))).toEqual([1, 2, 3, 0]);
  });

  it('takes the lower index of equals, and all when all may stay', () => {
    expect(Array.from(chooseKept(embeddings, members, 2, 4))).toEqual([2, 0, 3, 1]);
    expect(chooseKept(embeddings, members, 1, 5)).toEqual(members);
  });
});
