import { readNpy, seededRandom } from '@refrain/core';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy, likeliestClasses, macroAverage, perClass, type Scores } from '../metrics/metrics.ts';
import { averagePrecision, rocAuc } from '../metrics/ranking.ts';
import { summarizeResampled } from './pairedComparison.ts';
import {
  drawGroupResamples,
  fillClipWeights,
  type GroupResamples,
  resampledAccuracy,
  resampledRankings,
} from './resamples.ts';

// Few different scores, so that most of them tie; few positives, so that some classes have none.
const testSets = fc
  .record({ clips: fc.integer({ min: 3, max: 30 }), cols: fc.integer({ min: 2, max: 4 }), seed: fc.integer() })
  .map(({ clips, cols, seed }) => {
    const random = seededRandom(seed);
    const truth = Uint8Array.from({ length: clips * cols }, () => (random.uniform() < 0.2 ? 1 : 0));
    const data = Float32Array.from(truth, () => random.integer(6) / 5);
    const groups = Array.from({ length: clips }, (_, clip) =>
      clip % 3 === 0 ? undefined : `track ${random.integer(5)}`,
    );
    const scores: Scores = { data, rows: clips, cols };
    return { truth, scores, resamples: drawGroupResamples(groups, 5, random) };
  });

// The rows of a sample, each written out as often as it is in it.
function repeatRows<T extends Uint8Array | Float32Array>(data: T, cols: number, weights: Uint16Array): T {
  const rows = Array.from(weights).flatMap((weight, clip) => new Array<number>(weight).fill(clip));
  const repeated = data.slice(0, 0).constructor as new (length: number) => T;
  const out = new repeated(rows.length * cols);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return out;
}

function samplesOf(resamples: GroupResamples, clips: number): Uint16Array[] {
  return Array.from({ length: resamples.count + resamples.blockCount }, (_, row) => {
    const weights = new Uint16Array(clips);
    fillClipWeights(resamples, row, weights);
    return weights;
  });
}

function expectSame(actual: number, expected: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(Math.abs(actual - expected)).toBeLessThan(1e-12);
}

describe('a weighted pass', () => {
  it('gives what the metrics give for repeated rows, ties and one-class columns included', () => {
    fc.assert(
      fc.property(testSets, ({ truth, scores, resamples }) => {
        const { cols } = scores;
        const rankings = resampledRankings(truth, scores, resamples);
        const precisions = [...rankings.averagePrecision.resampled, ...rankings.averagePrecision.withoutBlock];
        const aucs = [...rankings.rocAuc.resampled, ...rankings.rocAuc.withoutBlock];
        for (const [row, weights] of samplesOf(resamples, scores.rows).entries()) {
          const rows = weights.reduce((sum, weight) => sum + weight, 0);
          const repeated = { data: repeatRows(scores.data as Float32Array, cols, weights), rows, cols };
          const repeatedTruth = repeatRows(truth, cols, weights);
          const precision = macroAverage(perClass(averagePrecision, repeatedTruth, repeated)).value;
          const auc = macroAverage(perClass(rocAuc, repeatedTruth, repeated)).value;
          expectSame(precisions[row]!, precision);
          expectSame(aucs[row]!, auc);
        }
        expectSame(rankings.averagePrecision.observed, macroAverage(perClass(averagePrecision, truth, scores)).value);
        expectSame(rankings.rocAuc.observed, macroAverage(perClass(rocAuc, truth, scores)).value);
      }),
    );
  });

  it('gives the accuracy of repeated rows', () => {
    fc.assert(
      fc.property(testSets, ({ scores, resamples }) => {
        const truth = Uint8Array.from({ length: scores.rows }, (_, clip) => clip % scores.cols);
        const { observed, resampled, withoutBlock } = resampledAccuracy(truth, scores, resamples);
        expect(observed).toBe(accuracy(truth, likeliestClasses(scores)));
        for (const [row, weights] of samplesOf(resamples, scores.rows).entries()) {
          const rows = weights.reduce((sum, weight) => sum + weight, 0);
          const repeated = { ...scores, data: repeatRows(scores.data as Float32Array, scores.cols, weights), rows };
          const expected = accuracy(repeatRows(truth, 1, weights), likeliestClasses(repeated));
          expect([...resampled, ...withoutBlock][row]).toBe(expected);
        }
      }),
    );
  });

  it('refuses scores of other clips, and scores that are no numbers', () => {
    const resamples = drawGroupResamples(['a', 'b'], 3, seededRandom(0));
    const scores = (...data: number[]) => ({ data: Float32Array.from(data), rows: data.length, cols: 1 });
    expect(() => resampledRankings(new Uint8Array(3), scores(1, 2, 3), resamples)).toThrow(/scores of 2 test clips/);
    expect(() => resampledRankings(new Uint8Array(1), scores(1, 2), resamples)).toThrow(/Expected 2 labels/);
    expect(() => resampledRankings(new Uint8Array(2), scores(1, Number.NaN), resamples)).toThrow(/clip 1 is NaN/);
    expect(() => resampledAccuracy(new Uint8Array(3), scores(1, 2), resamples)).toThrow(/one a test clip, got 3/);
  });
});

describeWithData('golden/stats', 'the golden bootstrap', () => {
  const numbersOf = async (name: string) => (await readNpy(testDataPath('golden/stats', name))).data;

  it('of 150 clips and 400 given resamples', async () => {
    interface Summary {
      readonly observed: number;
      readonly ci95_percentile_linear: [number, number];
      readonly ci90_percentile_linear: [number, number];
      readonly p_two_sided: number;
    }
    const golden = testDataJson<{ ap: Summary; auc: Summary }>('golden/stats/bootstrap.json');
    const truth = Uint8Array.from(Array.from((await numbersOf('bootstrap_y.npy')) as Uint8Array));
    const indices = (await numbersOf('bootstrap_indices.npy')) as Uint16Array;
    const draws = new Uint16Array(400 * 150);
    indices.forEach((row, i) => {
      draws[Math.floor(i / 150) * 150 + row]!++;
    });
    const groupOfClip = Uint32Array.from({ length: 150 }, (_, clip) => clip);
    const resamples: GroupResamples = { groupOfClip, groupCount: 150, count: 400, blockCount: 0, draws };
    const [a, b] = await Promise.all(
      ['bootstrap_score_a.npy', 'bootstrap_score_b.npy'].map(async (name) => {
        const data = (await numbersOf(name)) as Float32Array;
        return resampledRankings(truth, { data, rows: 150, cols: 5 }, resamples);
      }),
    );
    for (const [metric, expected, file] of [
      ['averagePrecision', golden.ap, 'bootstrap_delta_ap.npy'],
      ['rocAuc', golden.auc, 'bootstrap_delta_auc.npy'],
    ] as const) {
      const differences = b![metric].resampled.map((value, i) => value - a![metric].resampled[i]!);
      const goldenDifferences = (await numbersOf(file)) as Float64Array;
      const worst = differences.map((value, i) => Math.abs(value - goldenDifferences[i]!)).sort()[399]!;
      expect(worst).toBeLessThan(1e-12);
      expect(Math.abs(b![metric].observed - a![metric].observed - expected.observed)).toBeLessThan(1e-12);
      const { interval, pValue } = summarizeResampled(differences);
      const narrower = summarizeResampled(differences, 0.9).interval;
      for (const end of [0, 1] as const) {
        expect(Math.abs(interval[end] - expected.ci95_percentile_linear[end])).toBeLessThan(1e-12);
        expect(Math.abs(narrower[end] - expected.ci90_percentile_linear[end])).toBeLessThan(1e-12);
      }
      expect(Math.abs(pValue / expected.p_two_sided - 1)).toBeLessThan(1e-9);
    }
  });
});
