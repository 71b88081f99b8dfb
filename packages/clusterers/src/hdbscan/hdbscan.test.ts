import { type Matrix, type Progress, parseOptions, quietHost, seededRandom } from '@refrain/core';
import { plainKernel, testClusterer } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { Hdbscan, hdbscan } from './hdbscan.ts';

testClusterer(() => new Hdbscan({ minClusterSize: 10 }, plainKernel()));

const line = (...values: number[]): Matrix => ({ data: Float32Array.from(values), rows: values.length, cols: 1 });

describe('HDBSCAN', () => {
  it('finds by hand what can be found by hand', async () => {
    // With minSamples 1 core distances are 1, 1, 1, 2, 2, 2 and 30; the groups join at 20 − 2 = 18, the last point at 30.
    const points = line(0, 1, 2, 20, 22, 24, 54);
    const result = await new Hdbscan({ minClusterSize: 3, minSamples: 1 }, plainKernel()).fit(points);
    expect([...result.singleLinkageTree.distances]).toEqual([1, 1, 2, 2, 18, 30]);
    expect([...result.labels]).toEqual([0, 0, 0, 1, 1, 1, -1]);
    expect([...result.probabilities]).toEqual([1, 1, 1, 1, 1, 1, 0]);
    // λ_max of the root's points is that of the densest cluster, 1/1; the last point leaves at λ = 1/30.
    expect(result.outlierScores[6]).toBeCloseTo(1 - 1 / 30, 12);
    // Three points from λ = 1/18 to 1 of at most 3 · 1, and from 1/18 to 1/2.
    expect(result.persistence[0]).toBeCloseTo(1 - 1 / 18, 12);
    expect(result.persistence[1]).toBeCloseTo(1 / 2 - 1 / 18, 12);
  });

  it('does not count the point itself among minSamples', async () => {
    const points = line(0, 1, 3, 7);
    const weights = async (minSamples: number) =>
      (await new Hdbscan({ minClusterSize: 2, minSamples }, plainKernel()).fit(points)).singleLinkageTree.distances;
    expect([...(await weights(1))]).toEqual([1, 2, 4]);
    expect([...(await weights(2))]).toEqual([3, 3, 6]);
    // Clipped to the three others there are.
    expect([...(await weights(50))]).toEqual([...(await weights(3))]);
  });

  it('divides distances by alpha, but not core distances', async () => {
    const weights = async (alpha: number) =>
      (await new Hdbscan({ minClusterSize: 2, minSamples: 1, alpha }, plainKernel()).fit(line(0, 1, 3, 7)))
        .singleLinkageTree.distances;
    expect([...(await weights(1.25))]).toEqual([1, 2, 4]);
    expect([...(await weights(0.5))]).toEqual([2, 4, 8]);
  });

  it('gives all noise where there are fewer points than a cluster needs', async () => {
    const { labels, clusterCount } = await new Hdbscan({ minClusterSize: 10 }, plainKernel()).cluster(line(1, 2, 3));
    expect([...labels]).toEqual([-1, -1, -1]);
    expect(clusterCount).toBe(0);
  });

  it('takes rows of zeros as noise under the cosine metric only', async () => {
    const data = Float32Array.from([1, 0, 2, 0.01, 3, 0, 0, 0, 0, 1, 0, 2, 0.01, 3]);
    const points = { data, rows: 7, cols: 2 };
    const options = { minClusterSize: 3, minSamples: 1 };
    const { labels } = await new Hdbscan({ ...options, metric: 'cosine' }, plainKernel()).cluster(points);
    // The second three come first: both clusters have three points, and (0, 1) is the least of all directions.
    expect([...labels]).toEqual([1, 1, 1, -1, 0, 0, 0]);
  });

  it('tells how far it is and stops when the host says so', async () => {
    const shown: { label: string; total: number; done: number; ends: number }[] = [];
    const progress = (label: string, total: number): Progress => {
      const one = { label, total, done: 0, ends: 0 };
      shown.push(one);
      return {
        advance: (more = 1) => {
          one.done += more;
        },
        end: () => {
          one.ends++;
        },
      };
    };
    const random = seededRandom(1);
    const points = line(...Array.from({ length: 60 }, (_, i) => (i % 2) * 9 + random.uniform()));
    await new Hdbscan({}, plainKernel(), quietHost({ progress })).cluster(points);
    // Near ones first, then all that matter.
    expect(shown).toEqual([{ label: 'finding near points', total: 60, done: 60, ends: 1 }]);
    const before = shown.length;
    const reason = new Error('interrupted');
    const host = quietHost({ progress, signal: AbortSignal.abort(reason) });
    await expect(new Hdbscan({}, plainKernel(), host).cluster(points)).rejects.toBe(reason);
    expect(shown.slice(before).map(({ done, ends }) => [done, ends])).toEqual([[0, 1]]);
  });

  it('takes options as text, as a command line gives them', async () => {
    const options = parseOptions(hdbscan.options, { minClusterSize: '3', minSamples: '1', alpha: '1' }, 'clusterer');
    const clusterer = await hdbscan.create(options, plainKernel(), quietHost());
    expect([...(await clusterer.cluster(line(0, 1, 2, 20, 22, 24))).labels]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it.each([
    { minClusterSize: 1 },
    { minSamples: 0 },
    { minSamples: 1.5 },
    { alpha: 0 },
    { clusterSelectionEpsilon: -1 },
    { maxClusterSize: -1 },
    { metric: 'manhattan' },
    { clusterSelectionMethod: 'best' },
    { ties: 'both' },
    { minClusterSise: 5 },
  ])('refuses %j', (options) => {
    const option = Object.keys(options)[0];
    expect(() => new Hdbscan(options as object, plainKernel())).toThrow(
      expect.objectContaining({ name: 'ConfigError', option: `hdbscan.${option}` }),
    );
  });
});
