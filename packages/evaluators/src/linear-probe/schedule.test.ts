import { seededRandom } from '@refrain/core';
import { describeWithData, testDataJson } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { earlyStopping, reduceOnPlateau } from './schedule.ts';

interface Trace {
  /** Valid loss, learning rate after the epoch, bad epochs of the plateau, bad epochs of the stop rule. */
  readonly metrics_lr_after_bad_wait: readonly (readonly [number | string, number, number, number])[];
  readonly stop_after_epoch: number | null;
}

describeWithData('golden/probe', 'the schedule of PyTorch and Lightning', () => {
  const traces = Object.entries(testDataJson<Record<string, Trace>>('golden/probe/schedule_traces.json'));
  it.each(traces)('%s', (_, trace) => {
    const losses = trace.metrics_lr_after_bad_wait.map(([loss]) => Number(loss));
    // The traces start at 0.001, but for the one that shows how far a rate can fall.
    const start = trace.metrics_lr_after_bad_wait[0]![1];
    let stopAfter: number | null = null;
    for (const [index, [, learningRate, badEpochs, wait]] of trace.metrics_lr_after_bad_wait.entries()) {
      const seen = losses.slice(0, index + 1);
      const plateau = reduceOnPlateau(seen, start, 5);
      expect(Math.abs(plateau.learningRate / learningRate - 1)).toBeLessThan(1e-12);
      expect(plateau.badEpochs).toBe(badEpochs);
      const stopping = earlyStopping(seen, 10);
      expect(stopping.badEpochs).toBe(wait);
      if (stopping.stop !== undefined) stopAfter ??= index + 1;
    }
    expect(stopAfter).toBe(trace.stop_after_epoch);
  });
});

describe('the schedule', () => {
  it('goes on at the start', () => {
    expect(reduceOnPlateau([], 0.5, 5)).toEqual({ learningRate: 0.5, badEpochs: 0 });
    expect(earlyStopping([], 10)).toEqual({ badEpochs: 0, stop: undefined });
  });

  it('takes patience as given', () => {
    expect(reduceOnPlateau([1, 1], 0.5, 0).learningRate).toBeCloseTo(0.05, 15);
    expect(earlyStopping([1, 1], 1).stop).toBe('no better');
    expect(earlyStopping([1, 1], 2).stop).toBeUndefined();
  });

  it('stops at once at a figure that is no number', () => {
    expect(earlyStopping([1, Number.NaN], 10).stop).toBe('not finite');
    expect(earlyStopping([Infinity], 10).stop).toBe('not finite');
    expect(earlyStopping([0.5, Number.NaN], 10, 'max').stop).toBe('not finite');
  });

  it('takes the factor as given', () => {
    expect(reduceOnPlateau([1, 1, 1], 0.5, 0, { factor: 0.5 }).learningRate).toBe(0.125);
    // 1.5e-8 could fall by 7.5e-9 only, which is less than eps.
    expect(reduceOnPlateau([1, 1], 1.5e-8, 0, { factor: 0.5 }).learningRate).toBe(1.5e-8);
    expect(reduceOnPlateau([1, 1], 2.5e-8, 0, { factor: 0.5 }).learningRate).toBe(1.25e-8);
  });
});

describe('the schedule by a figure that should be great', () => {
  // Made by hand from PyTorch's rule for mode max (better: above best · (1 + 1e-4)) and Lightning's (better: above best), with MARBLE's
  // factor of a half and patiences of 2 and 4. Figure, learning rate after the epoch, bad epochs of the plateau, of the stop rule.
  const TRACES: readonly {
    name: string;
    stopAfter: number | null;
    trace: readonly [number, number, number, number][];
  }[] = [
    {
      name: 'rises, and stays',
      stopAfter: 6,
      trace: [
        [0.5, 1, 0, 0],
        [0.75, 1, 0, 0],
        [0.75, 1, 1, 1],
        [0.5, 1, 2, 2],
        [0.75, 0.5, 0, 3],
        [0.7, 0.5, 1, 4],
      ],
    },
    {
      name: 'rises by less than a ten-thousandth, so that it never stops',
      stopAfter: null,
      trace: [
        [0.8, 1, 0, 0],
        [0.80002, 1, 1, 0],
        [0.80004, 1, 2, 0],
        [0.80006, 0.5, 0, 0],
        [0.80007, 0.5, 1, 0],
        // Above 0.8 · 1.0001 = 0.80008, the best that the plateau still knows.
        [0.80009, 0.5, 0, 0],
      ],
    },
    {
      name: 'starts at nothing',
      stopAfter: 5,
      trace: [
        [0, 1, 0, 0],
        [0, 1, 1, 1],
        [0, 1, 2, 2],
        [0, 0.5, 0, 3],
        [0, 0.5, 1, 4],
      ],
    },
  ];

  it.each(TRACES)('$name', ({ trace, stopAfter }) => {
    const figures = trace.map(([figure]) => figure);
    let stopped: number | null = null;
    for (const [index, [, learningRate, badEpochs, wait]] of trace.entries()) {
      const seen = figures.slice(0, index + 1);
      expect(reduceOnPlateau(seen, 1, 2, { factor: 0.5, mode: 'max' })).toEqual({ learningRate, badEpochs });
      const stopping = earlyStopping(seen, 4, 'max');
      expect(stopping.badEpochs).toBe(wait);
      if (stopping.stop !== undefined) stopped ??= index + 1;
    }
    expect(stopped).toBe(stopAfter);
  });

  it('is that of the negative figure by a low one, where there is no threshold', () => {
    const { uniform } = seededRandom('figures');
    const figures = Array.from({ length: 60 }, () => Math.floor(8 * uniform()));
    for (let seen = 0; seen <= 60; seen++) {
      const great = figures.slice(0, seen);
      const low = great.map((figure) => -figure);
      expect(earlyStopping(great, 5, 'max')).toEqual(earlyStopping(low, 5, 'min'));
    }
  });
});
