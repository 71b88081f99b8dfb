import { readNpy } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelShape, resampleKernel } from './resampleKernel.ts';

describe('kernelShape', () => {
  it('reduces the rates and widens the filter for lower ones', () => {
    expect(kernelShape(16_000, 22_050)).toEqual({ up: 441, down: 320, taps: 32, center: 15 });
    // 32 / (0.97 / 2) = 65.98.
    expect(kernelShape(44_100, 22_050)).toEqual({ up: 1, down: 2, taps: 66, center: 32 });
  });
});

describe('resampleKernel', () => {
  it('lets a constant through in every phase', () => {
    const rate = fc.constantFrom(8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000);
    fc.assert(
      fc.property(rate, rate, (source, target) => {
        const { up, taps, phases } = resampleKernel(source, target);
        for (let phase = 0; phase < up; phase++) {
          const sum = phases.subarray(phase * taps, (phase + 1) * taps).reduce((total, value) => total + value, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-3);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describeWithData('golden/resample', 'resampleKernel against the golden taps', () => {
  it.each([
    [16_000, [0, 1, 220, 440]],
    [44_100, [0]],
    [48_000, [0, 1, 73, 146]],
  ])('%d Hz to 22,050', async (source, named) => {
    const facts = testDataJson<Record<string, unknown>>('golden', 'resample', 'facts.json')[`${source} -> 22050`];
    const { up, down, taps, center, phases } = resampleKernel(source, 22_050);
    expect(facts).toMatchObject({ up, down, taps, center });
    const file = `taps_${source}_to_22050_phases_${named.join('_')}_f64.npy`;
    const golden = await readNpy(testDataPath('golden', 'resample', file));
    expect(golden.shape).toEqual([named.length, taps]);
    for (const [row, phase] of named.entries()) {
      for (let i = 0; i < taps; i++) {
        const expected = Number(golden.data[row * taps + i]);
        expect(Math.abs(phases[phase * taps + i]! - expected)).toBeLessThanOrEqual(1e-12);
      }
    }
  });
});
