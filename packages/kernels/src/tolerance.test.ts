import { type Matrix, seededRandom, zeros } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { CpuKernel } from './cpu/cpu.ts';
import { ReferenceKernel } from './reference.ts';

function randomPoints(rows: number, cols: number): Matrix {
  const random = seededRandom(`${rows} ${cols}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = random.uniform() - 0.5;
  return points;
}

describe('the tolerance', () => {
  it('holds where float32 loses most, and is not idle', async () => {
    for (const kernel of [new CpuKernel(), new ReferenceKernel()]) {
      // A large common part: the inner products agree to many digits and the distances are what is left.
      const points = randomPoints(40, 513);
      for (let at = 0; at < points.data.length; at++) points.data[at]! += 10;
      const loaded = await kernel.load(points, 'euclidean');
      const whole = { start: 0, end: 40 };
      const tile = await loaded.tile(whole, whole);
      await loaded.close();
      let worst = 0;
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j < 40; j++) {
          let exact = 0;
          for (let k = 0; k < 513; k++) exact -= (points.data[i * 513 + k]! - points.data[j * 513 + k]!) ** 2 / 2;
          worst = Math.max(worst, Math.abs(tile[i * 40 + j]! - exact));
        }
      }
      expect(worst).toBeLessThanOrEqual(loaded.tolerance);
      expect(worst).toBeGreaterThan(loaded.tolerance / 2000);
    }
  });
});
