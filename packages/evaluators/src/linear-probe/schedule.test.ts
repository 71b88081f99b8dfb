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

  it('stops at once at a loss that is no number', () => {
    expect(earlyStopping([1, Number.NaN], 10).stop).toBe('not finite');
    expect(earlyStopping([Infinity], 10).stop).toBe('not finite');
  });
});
