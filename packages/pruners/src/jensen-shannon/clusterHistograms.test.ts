import { type HistogramQuery, type LoadedPoints, seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { similarityHistograms } from './clusterHistograms.ts';

const LARGE = 4500;
const SMALL = 40;

/** Directions in the plane, of which one cluster has 4,500 and another 40; every hundredth clip is not compared. */
const count = LARGE + SMALL;
const random = seededRandom('directions');
const embeddings = zeros(count, 2);
for (let clip = 0; clip < count; clip++) {
  const angle = 3 * random.uniform() ** 2;
  embeddings.data.set([Math.cos(angle), Math.sin(angle)], 2 * clip);
}
const clusterOf = Int32Array.from({ length: count }, (_, clip) => (clip < LARGE ? 0 : 1));
const membersOf = (cluster: number) => Uint32Array.from(clusterOf.keys()).filter((clip) => clusterOf[clip] === cluster);
const clips = {
  clusterOf,
  clusters: [0, 1].map((label) => ({ label, members: membersOf(label) })),
  excluded: Uint8Array.from(clusterOf, (_, clip) => (clip % 100 === 7 ? 1 : 0)),
};

/** The clips, and which of them similarities are asked of. */
async function listening(): Promise<{ points: LoadedPoints; asked: HistogramQuery[] }> {
  const points = await plainKernel().load(embeddings);
  const asked: HistogramQuery[] = [];
  const { histogram } = points;
  points.histogram = (query) => {
    asked.push(query);
    return histogram.call(points, query);
  };
  return { points, asked };
}

const total = (counts: Float64Array) => counts.reduce((sum, pairs) => sum + pairs, 0);
const pairsAmong = (clips: number) => (clips * (clips - 1)) / 2;

describe('similarities inside clusters', () => {
  it('are told of large ones by some of their clips, unless all were counted', async () => {
    const { signal } = new AbortController();
    const { points, asked } = await listening();
    const fresh = () => similarityHistograms(clips, points, seededRandom(1), signal);
    const histograms = fresh();
    const [large, small] = await histograms.estimated();
    const of = (cluster: number) => asked[0]!.groups.filter((group) => group === cluster).length;
    // One of the small cluster is not compared.
    expect([of(0), of(1)]).toEqual([4096, SMALL - 1]);
    expect(await histograms.estimated()).toEqual([large, small]);
    expect(asked).toHaveLength(1);
    const [allOfLarge, allOfSmall] = await histograms.all();
    expect(small).toEqual(allOfSmall);
    expect(total(allOfLarge!)).toBe(pairsAmong(LARGE - LARGE / 100));
    expect(total(large!)).toBeCloseTo(total(allOfLarge!), 3);
    // How much lies in other bins of a twentieth.
    let moved = 0;
    for (let bin = 0; bin < large!.length; bin += 102) {
      const of = (counts: Float64Array) => total(counts.subarray(bin, bin + 102));
      moved += Math.abs(of(large!) - of(allOfLarge!)) / 2;
    }
    expect(moved / total(allOfLarge!)).toBeGreaterThan(0);
    expect(moved / total(allOfLarge!)).toBeLessThan(0.01);
    expect(await histograms.estimated()).toEqual([allOfLarge, allOfSmall]);
    // Another draw is another estimate, the same the same.
    expect(await fresh().estimated()).toEqual([large, small]);
    const other = await similarityHistograms(clips, points, seededRandom(2), signal).estimated();
    expect(other[0]).not.toEqual(large);
  });
});
