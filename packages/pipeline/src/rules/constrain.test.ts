import { type ClipGroups, onGrid, type Pruning, type Removal } from '@refrain/core';
import { plainKernel, prunerOf, syntheticPruneInput } from '@refrain/core/testing';
import { JensenShannonPruner, random } from '@refrain/pruners';
import { describe, expect, it } from 'vitest';
import { constrain } from './constrain.ts';
import type { ConstraintInput, Constraints } from './constraints.ts';

const randomPruner = prunerOf(random);

interface SceneClip {
  /** Direction in the plane, in degrees: two clips have the cosine of the difference as their similarity. */
  readonly at: number;
  readonly labels?: readonly string[];
  readonly groups?: ClipGroups;
  /** Clips with equal numbers sound exactly alike. */
  readonly sound?: number;
}

const cosine = (degrees: number) => onGrid(Math.cos((degrees * Math.PI) / 180));

/** One cluster that is one redundancy group with θ = cos 30°, of which `keep` was kept. */
function scene(clips: readonly SceneClip[], keep: readonly number[]): { input: ConstraintInput; pruning: Pruning } {
  const radians = clips.map(({ at }) => (at * Math.PI) / 180);
  const labels = new Int32Array(clips.length);
  const classes = [...new Set(clips.flatMap((clip) => clip.labels ?? []))];
  const input: ConstraintInput = {
    ids: clips.map((_, i) => `clip ${i}`),
    embeddings: {
      data: Float32Array.from(radians.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
      rows: clips.length,
      cols: 2,
    },
    clustering: { labels, clusterCount: 1, probabilities: new Float32Array(clips.length).fill(1) },
    labels: clips.map((clip) => (clip.labels ?? []).map((label) => classes.indexOf(label))),
    classes,
    groups: clips.map((clip) => clip.groups),
    audioIdentity: Int32Array.from(clips, ({ sound }) => sound ?? -1),
  };
  const removed = [...clips.keys()]
    .filter((i) => !keep.includes(i))
    .map((index): Removal => {
      const similarity = cosine(clips[index]!.at - clips[keep[0]!]!.at);
      return { index, cluster: 0, group: 0, level: 'redundant', partner: keep[0]!, similarity, theta: cosine(30) };
    });
  const cluster = {
    label: 0,
    size: clips.length,
    groups: 1,
    kept: keep.length,
    divergenceBefore: 0,
    divergenceAfter: 0,
  };
  return {
    input,
    pruning: {
      keep: Uint32Array.from(keep),
      removed,
      clusters: [cluster],
      group: labels,
      decisions: { t: 0.5 },
      rule: { kind: 'pair', thetas: new Float64Array(clips.length).fill(cosine(30)) },
    },
  };
}

async function after(clips: readonly SceneClip[], keep: readonly number[], constraints: Constraints) {
  const { input, pruning } = scene(clips, keep);
  const result = await constrain(input, pruning, constraints, plainKernel());
  return { ...result, keep: Array.from(result.keep) };
}

const track = (name: string) => ({ track: name });

describe('constrain', () => {
  it('returns the pruning as it is where nothing is asked', async () => {
    const input = syntheticPruneInput();
    for (const pruner of [randomPruner({}, plainKernel()), new JensenShannonPruner({}, plainKernel())]) {
      const pruning = await pruner.prune(input);
      const priority = new Float64Array(input.ids.length).fill(1);
      const { report, ...result } = await constrain(input, pruning, { priority }, plainKernel());
      expect(result).toEqual(pruning);
      expect(report).toMatchObject({ before: pruning.keep.length, after: pruning.keep.length, added: {}, unmet: [] });
    }
  });

  it('leaves a choice that meets everything as it is', async () => {
    const input = syntheticPruneInput();
    const pruning = await new JensenShannonPruner({}, plainKernel()).prune(input);
    const kept = pruning.keep.length;
    const { report, ...result } = await constrain(
      input,
      pruning,
      { size: kept, protect: new Set([pruning.keep[0]!]) },
      plainKernel(),
    );
    expect(result).toEqual(pruning);
    expect(report.unmet).toEqual([]);
  });

  it('keeps protected clips, removes excluded ones, and names a kept partner again', async () => {
    const clips = [{ at: 0 }, { at: 10 }, { at: 15 }, { at: 80 }];
    const result = await after(clips, [0, 3], { protect: new Set([2]), exclude: new Set([0]) });
    expect(result.keep).toEqual([2, 3]);
    // 1 is 5° from 2; 0 is 15° from it.
    expect(result.removed).toEqual([
      { index: 0, cluster: 0, group: 0, level: 'redundant', partner: 2, similarity: cosine(15), theta: cosine(30) },
      { index: 1, cluster: 0, group: 0, level: 'redundant', partner: 2, similarity: cosine(5), theta: cosine(30) },
    ]);
    expect(result.report).toEqual({
      before: 2,
      after: 2,
      added: { protect: 1 },
      removed: { exclude: 1 },
      unsupported: 0,
      unmet: [],
    });
    expect(result.clusters[0]).toMatchObject({ kept: 2, divergenceAfter: 0 });
  });

  it('says unsupported, without θ, where no kept clip of the group reaches θ', async () => {
    const result = await after([{ at: 0 }, { at: 10 }, { at: 80 }], [0, 2], { exclude: new Set([0]) });
    expect(result.removed).toEqual([
      { index: 0, cluster: 0, group: 0, level: 'unsupported', partner: 2, similarity: cosine(80) },
      { index: 1, cluster: 0, group: 0, level: 'unsupported', partner: 2, similarity: cosine(70) },
    ]);
    expect(result.report.unsupported).toBe(2);
  });

  it('keeps one clip where all that was kept is excluded: the preferred one', async () => {
    const priority = Float64Array.of(5, 1, 2);
    const result = await after([{ at: 0 }, { at: 10 }, { at: 20 }], [0], { exclude: new Set([0]), priority });
    expect(result.keep).toEqual([2]);
    expect(result.report).toMatchObject({ added: { exclude: 1 }, removed: { exclude: 1 } });
  });

  describe('copies', () => {
    const sound = 1;
    const clips = [{ at: 0, sound }, { at: 0, sound }, { at: 0, sound }, { at: 80 }];

    it('brings the preferred copy where the kept one is excluded', async () => {
      const priority = Float64Array.of(0, 0, 1, 0);
      const result = await after(clips, [0, 3], { exclude: new Set([0]), priority });
      expect(result.keep).toEqual([2, 3]);
      const equal = { level: 'identical', partner: 2, similarity: 1 };
      expect(result.removed).toMatchObject([
        { index: 0, ...equal },
        { index: 1, ...equal },
      ]);
      expect(result.report).toMatchObject({ added: { copies: 1 }, removed: { exclude: 1 }, unsupported: 0 });
    });

    it('gives way to a person who excludes them all', async () => {
      const result = await after(clips, [0, 3], { exclude: new Set([0, 1, 2]) });
      expect(result.keep).toEqual([3]);
      expect(result.report.unmet).toEqual([{ rule: 'copies', wonBy: 'exclude', count: 1, names: ['clip 0'] }]);
    });

    it('says nothing of a recording that the strategy itself removed', async () => {
      const result = await after(clips, [3], { protect: new Set([3]) });
      expect(result.keep).toEqual([3]);
      expect(result.report.unmet).toEqual([]);
    });

    it('wins over a size', async () => {
      const result = await after([{ at: 0, sound }, { at: 10 }, { at: 0, sound }], [0, 1], { size: 1 });
      expect(result.keep).toEqual([0]);
    });

    it('wins over a maximum, which moves the copy to another track where it can', async () => {
      const one = { maxPerGroup: { track: 1 } };
      const stuck = [
        { at: 0, sound: 1, groups: track('a') },
        { at: 0, sound: 1, groups: track('a') },
        { at: 50, sound: 2, groups: track('a') },
        { at: 50, sound: 2, groups: track('a') },
      ];
      const both = await after(stuck, [0, 2], one);
      expect(both.keep).toEqual([0, 2]);
      expect(both.report.unmet).toEqual([{ rule: 'maxPerGroup', wonBy: 'copies', count: 1, names: ['track a'] }]);

      const movable = stuck.with(3, { at: 50, sound: 2, groups: track('b') });
      const moved = await after(movable, [0, 2], one);
      expect(moved.keep).toEqual([0, 3]);
      expect(moved.report.unmet).toEqual([]);
    });
  });

  describe('maxPerGroup', () => {
    const clips = [0, 4, 20, 45, 90].map((at, i) => ({ at, groups: { track: i < 4 ? 'a' : 'b', artist: 'x' } }));
    const all = [0, 1, 2, 3, 4];

    it('removes the clip most similar to a kept one, of a pair the later', async () => {
      // 1 goes for 0 (4°), then 2 for 0 (20° against 25° to 3).
      const result = await after(clips, all, { maxPerGroup: { track: 2 } });
      expect(result.keep).toEqual([0, 3, 4]);
      expect(result.report.removed).toEqual({ maxPerGroup: 2 });
    });

    it('removes the least preferred first', async () => {
      const priority = Float64Array.of(0, 1, 1, 0, 0);
      const result = await after(clips, all, { maxPerGroup: { track: 2 }, priority });
      expect(result.keep).toEqual([1, 2, 4]);
    });

    it('counts tracks and artists, and leaves alone clips of which they are not known', async () => {
      const result = await after([...clips, { at: 1 }, { at: 2 }], [...all, 5, 6], {
        maxPerGroup: { track: 2, artist: 1 },
      });
      expect(result.keep).toHaveLength(3);
      expect(result.keep).toEqual(expect.arrayContaining([5, 6]));
    });

    it('gives way to protected clips and says so', async () => {
      const result = await after(clips, all, { maxPerGroup: { track: 1 }, protect: new Set([0, 1]) });
      expect(result.keep).toEqual([0, 1, 4]);
      expect(result.report.unmet).toEqual([{ rule: 'maxPerGroup', wonBy: 'protect', count: 1, names: ['track a'] }]);
    });
  });

  describe('minPerLabel', () => {
    const clips = [
      { at: 0, labels: ['rock'] },
      { at: 10, labels: ['jazz'] },
      { at: 70, labels: ['folk'] },
      { at: 50, labels: ['jazz', 'folk'] },
      { at: 30, labels: ['jazz'] },
    ];

    it('brings the clip that helps most labels, and all of a label that has fewer', async () => {
      const result = await after(clips, [0], { minPerLabel: 1 });
      expect(result.keep).toEqual([0, 3]);
      expect(result.report.added).toEqual({ minPerLabel: 1 });
      expect(result.report.unmet).toEqual([]);
      expect((await after(clips, [0], { minPerLabel: 9 })).keep).toEqual([0, 1, 2, 3, 4]);
    });

    it('then the preferred, then the least similar to what is kept', async () => {
      // Jazz needs a second: 4 is 20° from 3, 1 is 10° from 0.
      const again = { protect: new Set([2]), minPerLabel: 2 };
      expect((await after(clips, [0], again)).keep).toEqual([0, 2, 3, 4]);
      const priority = Float64Array.of(0, 1, 0, 0, 0);
      expect((await after(clips, [0], { ...again, priority })).keep).toEqual([0, 1, 2, 3]);
    });

    it('gives way to exclusion', async () => {
      const result = await after(clips, [0], { minPerLabel: 1, exclude: new Set([2, 3]) });
      expect(result.keep).toEqual([0, 4]);
      expect(result.report.unmet).toEqual([{ rule: 'minPerLabel', wonBy: 'exclude', count: 1, names: ['folk'] }]);
    });

    it('exchanges clips inside a full track, and gives way where none can be spared', async () => {
      const one = { minPerLabel: 1, maxPerGroup: { track: 1 } };
      const spare = [
        { at: 0, labels: ['rock'], groups: track('a') },
        { at: 20, labels: ['rock', 'jazz'], groups: track('a') },
      ];
      const exchanged = await after(spare, [0], one);
      expect(exchanged.keep).toEqual([1]);
      expect(exchanged.report).toMatchObject({ added: { minPerLabel: 1 }, removed: { minPerLabel: 1 }, unmet: [] });

      const none = await after([spare[0]!, { ...spare[1]!, labels: ['jazz'] }], [0], one);
      expect(none.keep).toEqual([0]);
      expect(none.report.unmet).toEqual([{ rule: 'minPerLabel', wonBy: 'maxPerGroup', count: 1, names: ['jazz'] }]);
    });
  });

  it('minPerGroup brings the farthest clip of a group, and gives way to a maximum of a larger one', async () => {
    const clips = [0, 10, 30, 50, 90].map((at, i) => ({
      at,
      groups: { track: 'aabbc'[i]!, artist: i < 4 ? 'x' : 'y' },
    }));
    const each = { minPerGroup: { track: 1 } };
    expect((await after(clips, [0], each)).keep).toEqual([0, 3, 4]);
    const limited = await after(clips, [0], { ...each, maxPerGroup: { artist: 1 } });
    expect(limited.keep).toEqual([0, 4]);
    expect(limited.report.unmet).toEqual([{ rule: 'minPerGroup', wonBy: 'maxPerGroup', count: 1, names: ['track b'] }]);
  });

  describe('size', () => {
    const clips = [0, 3, 20, 45, 90].map((at) => ({ at, labels: at === 3 ? ['rare'] : [] }));

    it('too many: the most similar go first', async () => {
      expect((await after(clips, [0, 1, 2, 3, 4], { size: 3 })).keep).toEqual([0, 3, 4]);
      // Now 1 is needed, so 0 goes for it; then 2 for 1 (17°).
      const result = await after(clips, [0, 1, 2, 3, 4], { size: 3, minPerLabel: 1 });
      expect(result.keep).toEqual([1, 3, 4]);
      expect(result.report.removed).toEqual({ size: 2 });
    });

    it('too few: the farthest come first', async () => {
      const result = await after(clips, [0], { size: 3 });
      expect(result.keep).toEqual([0, 3, 4]);
      expect(result.report.added).toEqual({ size: 2 });
    });

    it('says what stood in the way', async () => {
      const needy = clips.map(({ at }, i) => ({ at, labels: [`label ${i % 4}`], groups: track(`${i % 2}`) }));
      const many = await after(needy, [0, 1, 2, 3], { size: 2, minPerLabel: 1, protect: new Set([0]) }).catch(
        (error) => error,
      );
      expect(many.option).toBe('minPerLabel');
      const paired = clips.map(({ at }, i) => ({ at, labels: ['ab', 'bc', 'ca', 'd', 'd'][i]!.split('') }));
      const stuck = await after(paired, [0, 1, 2, 3, 4], { size: 2, minPerLabel: 1 });
      expect(stuck.keep).toHaveLength(3);
      expect(stuck.report.unmet).toMatchObject([{ rule: 'size', wonBy: 'minPerLabel', count: 3 }]);
    });
  });

  it('by a rule per clip asks the θ of the clip that goes, and of one without θ that a copy stays', async () => {
    const { input, pruning } = scene([{ at: 0 }, { at: 10 }, { at: 15 }, { at: 60 }], [0, 3]);
    const thetas = Float64Array.of(Infinity, cosine(30), Infinity, Infinity);
    const perClip: Pruning = { ...pruning, rule: { kind: 'per-clip', thetas } };
    const constraints = { protect: new Set([2]), exclude: new Set([0]) };
    const { removed, report } = await constrain(input, perClip, constraints, plainKernel());
    expect(removed).toEqual([
      { index: 0, cluster: 0, group: 0, level: 'unsupported', partner: 2, similarity: cosine(15) },
      { index: 1, cluster: 0, group: 0, level: 'redundant', partner: 2, similarity: cosine(5), theta: cosine(30) },
    ]);
    expect(report.unsupported).toBe(1);
  });

  it('measures divergences and the worst similarity anew', async () => {
    const { input, pruning } = scene([{ at: 0 }, { at: 10 }, { at: 80 }], [0, 2]);
    const two = {
      ...pruning,
      clusters: [{ ...pruning.clusters[0]!, groups: 2, divergenceAfter: 0 }],
      group: Int32Array.of(0, 0, 1),
      decisions: { t: 1, worstPartnerSimilarity: cosine(10) },
    };
    const { clusters, decisions } = await constrain(input, two, { exclude: new Set([2]) }, plainKernel());
    // (1, 0) against (½, ½): ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2 2) bits.
    const expected = 0.5 * Math.log2(4 / 3) + 0.25 * Math.log2(2 / 3) + 0.25;
    expect(clusters[0]).toMatchObject({ size: 3, kept: 1 });
    expect(clusters[0]!.divergenceAfter).toBeCloseTo(expected, 12);
    expect(decisions).toEqual({ t: 1, worstPartnerSimilarity: cosine(80) });
  });

  it('lists ten names and counts the rest', async () => {
    const clips = Array.from({ length: 24 }, (_, i) => ({
      at: 3 * i,
      labels: [`label ${i}`],
      groups: track(`${Math.floor(i / 2)}`),
    }));
    const keep = Array.from({ length: 12 }, (_, i) => 2 * i);
    const { report } = await after(clips, keep, { minPerLabel: 1, maxPerGroup: { track: 1 } });
    expect(report.unmet).toMatchObject([{ rule: 'minPerLabel', wonBy: 'maxPerGroup', count: 12 }]);
    expect(report.unmet[0]!.names).toHaveLength(10);
  });

  it('stops when asked to', async () => {
    const { input, pruning } = scene([{ at: 0 }, { at: 10 }], [0]);
    const constraints = { exclude: new Set([0]), size: 1 };
    await expect(constrain(input, pruning, constraints, plainKernel(), AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
