import { dot, onGrid, type PruneInput, type Pruning, quietHost } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { similarityHistogram } from './similarityHistogramPruner.ts';

const similarityHistogramPruner = prunerOf(similarityHistogram);

type Options = Parameters<typeof similarityHistogramPruner>[0];

const kernel = plainKernel();
const prune = (input: PruneInput, options: Options = {}) => similarityHistogramPruner(options, kernel).prune(input);

/** Every removed clip against every kept one of its cluster. */
function expectPartners({ keep, removed }: Pruning, { embeddings, clustering: { labels } }: PruneInput, theta: number) {
  for (const { index } of removed) {
    const partners = Array.from(keep).filter((kept) => labels[kept] === labels[index]);
    const similarities = partners.map((kept) => onGrid(dot(embeddings, index, embeddings, kept)));
    expect(Math.max(...similarities)).toBeGreaterThanOrEqual(theta);
  }
}

const seeds = fc.integer({ min: 1, max: 1000 });
const input = (seed: number) => syntheticPruneInput({ seed, clusters: 2, tracks: 9, dim: 8 });

describe('similarity-histogram', () => {
  testPruner((kernel) => similarityHistogramPruner({ t: 1, threshold: 0.9 }, kernel));

  it('keeps all at t = 0, and more to t = 1 in nested sets whose removed clips all have a kept partner', async () => {
    const knobs = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(seeds, knobs, fc.constantFrom('prune', 'keep'), async (seed, drawn, noise) => {
        const clips = input(seed);
        let before = Array.from(clips.ids.keys());
        for (const t of [0, ...drawn.sort((a, b) => a - b), 1]) {
          const pruning = await prune(clips, { t, threshold: 0.9, noise });
          if (t === 0) expect(pruning.removed).toEqual([]);
          expect(before).toEqual(expect.arrayContaining(Array.from(pruning.keep)));
          before = Array.from(pruning.keep);
          expectPartners(pruning, clips, 0.9);
          for (const { theta, level } of pruning.removed)
            expect([theta, level]).toEqual([0.9, expect.not.stringMatching('uns')]);
          if (noise === 'keep') expect(pruning.removed.every(({ cluster }) => cluster >= 0)).toBe(true);
        }
        expect(before.length).toBeLessThan(clips.ids.length);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps a wanted share to the clip, in sets nested in each other and in those of t', async () => {
    const shares = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(seeds, shares, fc.double({ min: 0, max: 1, noNaN: true }), async (seed, drawn, t) => {
        const clips = input(seed);
        const count = clips.ids.length;
        const own = await prune(clips, { t, threshold: 0.9 });
        const wanted = [...drawn, own.keep.length / count].sort((a, b) => b - a);
        let before = Array.from(clips.ids.keys());
        for (const keepFraction of wanted) {
          const pruning = await prune({ ...clips, keepFraction }, { threshold: 0.9 });
          expect(pruning.keep).toHaveLength(Math.floor(keepFraction * count + 0.5));
          expect(before).toEqual(expect.arrayContaining(Array.from(pruning.keep)));
          before = Array.from(pruning.keep);
          if (keepFraction === own.keep.length / count) expect(pruning.keep).toEqual(own.keep);
          expectPartners(pruning, clips, Number(pruning.decisions.threshold));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('says what a wanted size costs, and refuses one that leaves a cluster without a clip', async () => {
    const clips = input(1);
    const { decisions, removed } = await prune({ ...clips, keepFraction: 0.2 }, { threshold: 0.9 });
    expect(decisions).toMatchObject({ fraction: 0.2 });
    expect(decisions.threshold).toBeLessThan(0.9);
    expect(decisions.threshold).toBe(Math.min(...removed.map(({ similarity }) => similarity)));
    await expect(prune({ ...clips, keepFraction: 0.02 }, {})).rejects.toThrow(/3 must stay/);
  });

  it('removes silence and clips too short to be compared for a wanted size alone, and by no such clip another one', async () => {
    const clips = syntheticPruneInput({ clusters: 1, tracks: 9 });
    const count = clips.ids.length;
    const excluded = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const { removed } = await prune({ ...clips, excluded }, { t: 1, threshold: 0.9 });
    expect(removed.length).toBeGreaterThan(0);
    expect(removed.filter(({ index }) => excluded[index])).toEqual([]);
    expectPartners({ ...(await prune({ ...clips, excluded }, { t: 1, threshold: 0.9 })), removed }, clips, 0.9);
    const silenced = { ...clips, embeddings: { ...clips.embeddings, data: clips.embeddings.data.slice() } };
    silenced.embeddings.data.fill(0, 0, 5 * clips.embeddings.cols);
    const quiet = await prune(silenced, { t: 1, threshold: 0.9 });
    expect(quiet.removed.every(({ index }) => index >= 5)).toBe(true);
    expect((await prune({ ...silenced, keepFraction: 0.05 }, {})).keep).toHaveLength(Math.floor(0.05 * count + 0.5));
  });

  it('stops where the host says so', async () => {
    const aborted = new AbortController();
    aborted.abort(new Error('stopped'));
    const host = quietHost({ signal: aborted.signal });
    await expect(similarityHistogramPruner({}, kernel, host).prune(input(1))).rejects.toThrow('stopped');
  });
});
