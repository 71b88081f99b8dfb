import { type Matrix, seededRandom, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { fidelity } from './calibration.ts';

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Unit vectors at these angles and opposite to them, so that their mean is 0. */
const onCircle = (...degrees: number[]): Matrix => {
  const angles = [...degrees, ...degrees.map((angle) => angle + 180)].map(radians);
  return {
    data: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
    rows: angles.length,
    cols: 2,
  };
};

const random = (rows: number, cols: number, seed: string): Matrix => {
  const { uniform } = seededRandom(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => uniform() - 0.5), rows, cols };
};

describe('the fidelity of embeddings', () => {
  it('is full for the same ones, moved and scaled', () => {
    const one = random(20, 16, 'fidelity');
    const other = { ...one, data: one.data.map((value, i) => 3 * value + (i % 16)) };
    const { cosine, ...shares } = fidelity(one, other);
    expect(cosine.mean).toBeCloseTo(1, 5);
    expect(cosine.worst).toBeCloseTo(1, 5);
    expect(shares).toMatchObject({ sameNearest: 1, sameNeighbours: 1 });
    expect(shares.largestChange).toBeLessThan(1e-5);
  });

  it('keeps neighbours where all turn alike', () => {
    const { cosine, ...shares } = fidelity(onCircle(0, 10, 30, 70), onCircle(20, 30, 50, 90));
    expect(cosine.mean).toBeCloseTo(Math.cos(radians(20)), 6);
    expect(cosine.worst).toBeCloseTo(Math.cos(radians(20)), 6);
    expect(shares).toMatchObject({ sameNearest: 1, sameNeighbours: 1 });
    expect(shares.largestChange).toBeLessThan(3e-6);
  });

  it('is what is counted by hand where one turns', () => {
    // From 10° to 25° the second clip gets nearer to the third than to the first, and the opposite of the first comes in front of the
    // opposite of the third among its five nearest. Its similarity to the last one changes most, from cos 60° to cos 45°.
    const found = fidelity(onCircle(0, 10, 30, 70), onCircle(0, 25, 30, 70));
    expect(found.cosine.mean).toBeCloseTo((3 + Math.cos(radians(15))) / 4, 6);
    expect(found.cosine.worst).toBeCloseTo(Math.cos(radians(15)), 6);
    expect(found.sameNearest).toBe(0.75);
    expect(found.sameNeighbours).toBeCloseTo((3 + 4 / 5) / 4, 9);
    expect(found.largestChange).toBeCloseTo(Math.SQRT1_2 - 0.5, 5);
  });

  it('is low for embeddings that have nothing in common', () => {
    const found = fidelity(random(60, 32, 'a'), random(60, 32, 'b'));
    expect(Math.abs(found.cosine.mean)).toBeLessThan(0.2);
    expect(found.sameNearest).toBeLessThan(0.2);
    expect(found.sameNeighbours).toBeLessThan(0.3);
  });

  it('has no figure that is none for embeddings that are all the same', () => {
    const { cosine, ...shares } = fidelity(zeros(8, 4), zeros(8, 4));
    for (const figure of [...Object.values(cosine), ...Object.values(shares)]) expect(figure).not.toBeNaN();
  });
});
