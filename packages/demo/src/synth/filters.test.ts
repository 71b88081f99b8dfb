import { largest } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { equalize } from './filters.ts';

const RATE = 22_050;
const sine = (hz: number) => Float32Array.from({ length: RATE }, (_, n) => Math.sin((2 * Math.PI * hz * n) / RATE));
const level = (samples: Float32Array) =>
  Math.sqrt(samples.subarray(2000).reduce((sum, x) => sum + x * x, 0) / (samples.length - 2000));

describe('equalize', () => {
  it('leaves a signal as it is when nothing is turned', () => {
    const tone = sine(440);
    const same = tone.slice();
    equalize(same, RATE, { bass: 1, middle: 1, treble: 1 });
    expect(largest(same.map((sample, i) => Math.abs(sample - tone[i]!)))).toBeLessThan(5e-7);
  });

  it.each([
    [50, 'bass'],
    [900, 'middle'],
    [9000, 'treble'],
  ] as const)('moves %d Hz most with the %s', (hz, band) => {
    const change = (turned: 'bass' | 'middle' | 'treble') => {
      const tone = sine(hz);
      equalize(tone, RATE, { bass: 1, middle: 1, treble: 1, [turned]: 2 });
      return level(tone) / level(sine(hz));
    };
    const others = (['bass', 'middle', 'treble'] as const).filter((other) => other !== band);
    for (const other of others) expect(change(band)).toBeGreaterThan(change(other));
    expect(change(band)).toBeGreaterThan(1.5);
  });
});
