import {
  type ClipGroups,
  ConfigError,
  dot,
  GROUP_KINDS,
  onGrid,
  type Pruning,
  type Removal,
  seededRandom,
  shuffled,
  takeRows,
  zeros,
} from '@refrain/core';
import { withWorstPartner } from '@refrain/core/pruning';
import { plainKernel } from '@refrain/core/testing';
import type { Rule } from '@refrain/pruned-dataset';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Constrained, constrain } from './constrain.ts';
import type { ConstraintInput, Constraints } from './constraints.ts';

interface Case {
  readonly input: ConstraintInput;
  readonly pruning: Pruning;
  readonly constraints: Constraints;
}

/** What a clip has besides its embedding. `nested` puts tracks into albums and albums into artists. */
const clipArbitrary = fc.record({
  track: fc.constantFrom(...'abcd'),
  artist: fc.constantFrom('x', 'y'),
  labels: fc.subarray([0, 1, 2]),
  sound: fc.constantFrom(-1, -1, 0, 1),
  kept: fc.boolean(),
  personal: fc.constantFrom(undefined, undefined, undefined, undefined, 'keep', 'remove'),
});

const limit = (most: number) => fc.option(fc.integer({ min: 1, max: most }), { nil: undefined });

const caseArbitrary = fc
  .record({
    clips: fc.array(clipArbitrary, { minLength: 1, maxLength: 9 }),
    seed: fc.nat(1e6),
    nested: fc.boolean(),
    limits: fc.record({
      minPerLabel: limit(3),
      maxTrack: limit(3),
      maxArtist: limit(4),
      minTrack: limit(2),
      minArtist: limit(2),
      size: limit(9),
    }),
  })
  .map(({ clips, seed, nested, limits }) => makeCase(clips, seed, nested, limits));

type Limits = Partial<
  Record<'minPerLabel' | 'maxTrack' | 'maxArtist' | 'minTrack' | 'minArtist' | 'size', number | undefined>
>;
type MadeClip = typeof clipArbitrary extends fc.Arbitrary<infer T> ? T : never;

function makeCase(clips: readonly MadeClip[], seed: number, nested: boolean, limits: Limits): Case {
  const random = seededRandom(seed);
  const embeddings = zeros(clips.length, 3);
  for (const [i] of clips.entries()) {
    const row = Array.from({ length: 3 }, () => random.uniform() - 0.3);
    embeddings.data.set(
      row.map((value) => value / Math.hypot(...row)),
      3 * i,
    );
  }
  const groups = clips.map(
    ({ track, artist }): ClipGroups => ({ track, artist: nested ? `of ${track < 'c'}` : artist }),
  );
  const keep = Uint32Array.from(clips.keys()).filter((i) => clips[i]!.kept || i === 0);
  const group = new Int32Array(clips.length);
  const labels = group.slice();
  const cluster = {
    label: 0,
    size: clips.length,
    groups: 1,
    kept: keep.length,
    divergenceBefore: 0,
    divergenceAfter: 0,
  };
  const personal = (wanted: string) => new Set([...clips.keys()].filter((i) => clips[i]!.personal === wanted));
  const given = <T extends object>(object: T) =>
    Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
  const input: ConstraintInput = {
    ids: clips.map((_, i) => `clip ${i}`),
    embeddings,
    clustering: { labels, clusterCount: 1, probabilities: new Float32Array(clips.length).fill(1) },
    // A minimum per label without any label is refused.
    labels: clips.map(({ labels: own }, i) => (i === 0 && own.length === 0 ? [0] : own)),
    groups,
    audioIdentity: Int32Array.from(clips, ({ sound }) => sound),
  };
  const rule = { kind: 'pair', thetas: Float64Array.from(clips, () => onGrid(random.uniform())) } as const;
  const gone = [...clips.keys()].filter((index) => !keep.includes(index));
  const removed = gone.map((index) => bestRemoval(input, rule.thetas, keep, index));
  return {
    input,
    pruning: {
      keep,
      removed,
      clusters: [cluster],
      group,
      decisions: withWorstPartner({ decisions: { t: 1 }, rule }, removed),
      rule,
    },
    constraints: {
      protect: personal('keep'),
      exclude: personal('remove'),
      maxPerGroup: given({ track: limits.maxTrack, artist: limits.maxArtist }),
      minPerGroup: given({
        track: limits.minTrack && Math.min(limits.minTrack, limits.maxTrack ?? 9),
        artist: limits.minArtist && Math.min(limits.minArtist, limits.maxArtist ?? 9),
      }),
      ...given({ minPerLabel: limits.minPerLabel, size: limits.size }),
    },
  };
}

/**
 * The kept clip that proves most surely that clip `index` may go: equal sound, else near-identical, else the greatest similarity over θ that reaches
 * 1, else the greatest similarity of all.
 */
function bestRemoval(
  { embeddings, audioIdentity }: ConstraintInput,
  thetas: Float64Array,
  keep: ArrayLike<number>,
  index: number,
): Removal {
  const options = Array.from(keep, (partner) => {
    const similarity = onGrid(dot(embeddings, index, embeddings, partner));
    const theta = Math.max(thetas[index]!, thetas[partner]!);
    const same = audioIdentity![index]! >= 0 && audioIdentity![index] === audioIdentity![partner];
    return { partner, similarity, theta, same, isCopy: similarity >= onGrid(1 - 1e-4) };
  });
  // A θ of 0 or less says nothing: the similarity itself counts.
  const ratio = ({ similarity, theta }: (typeof options)[number]) => (theta > 0 ? similarity / theta : similarity);
  options.sort((a, b) => Number(b.isCopy) - Number(a.isCopy) || ratio(b) - ratio(a) || a.partner - b.partner);
  const base = { index, cluster: 0, group: 0 };
  const same = options.find((option) => option.same);
  if (same !== undefined) {
    const { partner, similarity } = same;
    const theta = Math.min(same.theta, onGrid(1 - 1e-4));
    return { ...base, level: 'identical', partner, similarity, ...(similarity >= theta && { theta }) };
  }
  const proof = options.find(({ similarity, theta, isCopy }) => isCopy || similarity >= theta);
  if (proof === undefined) {
    const { partner, similarity } = options.toSorted(
      (a, b) => b.similarity - a.similarity || a.partner - b.partner,
    )[0]!;
    return { ...base, level: 'unsupported', partner, similarity };
  }
  const { partner, similarity, theta, isCopy } = proof;
  const level = isCopy ? 'near-identical' : 'redundant';
  return { ...base, level, partner, similarity, theta: isCopy ? Math.min(theta, onGrid(1 - 1e-4)) : theta };
}

const constrained = ({ input, pruning, constraints }: Case) => constrain(input, pruning, constraints, plainKernel());

/** The result, or undefined where the constraints were refused. */
const unlessRefused = async (made: Case): Promise<Constrained | undefined> =>
  constrained(made).catch((error: unknown) => {
    expect(error).toBeInstanceOf(ConfigError);
    return undefined;
  });

const labelLists = ({ labels }: ConstraintInput) => labels!.map((own) => own.map(String));

/** Clips of each label, track and artist, by name. */
function sets(lists: readonly (readonly string[])[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  for (const [i, names] of lists.entries())
    for (const name of names) members.set(name, [...(members.get(name) ?? []), i]);
  return members;
}

/** How far each rule is from holding for a set of kept clips, by plain counting: 0 where it holds. */
function shortfalls({ input, pruning, constraints }: Case, kept: ReadonlySet<number>): Record<Rule, number> {
  const { protect = new Set(), exclude = new Set(), maxPerGroup, minPerGroup, minPerLabel = 0, size } = constraints;
  const count = (clips: readonly number[]) => clips.filter((i) => kept.has(i)).length;
  const lacking = (lists: readonly (readonly string[])[], min: number) =>
    [...sets(lists).values()].filter((clips) => count(clips) < Math.min(min, clips.length)).length;
  const sounds = sets(Array.from(input.audioIdentity!, (sound) => (sound < 0 ? [] : [`${sound}`])));
  const lost = [...sounds.values()].filter(
    (clips) => clips.length > 1 && clips.some((i) => pruning.keep.includes(i)) && count(clips) === 0,
  );
  const namesOf = (kind: 'track' | 'album' | 'artist') => input.groups!.map((own) => (own?.[kind] ? [own[kind]] : []));
  let over = 0;
  let under = 0;
  for (const kind of GROUP_KINDS) {
    over += [...sets(namesOf(kind)).values()].filter((clips) => count(clips) > (maxPerGroup?.[kind] ?? 99)).length;
    under += lacking(namesOf(kind), minPerGroup?.[kind] ?? 0);
  }
  return {
    protect: [...protect].filter((i) => !kept.has(i)).length,
    exclude: [...exclude].filter((i) => kept.has(i)).length,
    copies: lost.length,
    maxPerGroup: over,
    minPerLabel: lacking(labelLists(input), minPerLabel),
    minPerGroup: under,
    size: size === undefined ? 0 : Math.abs(size - kept.size),
  };
}

const holdsAll = (made: Case, kept: ReadonlySet<number>) =>
  kept.size > 0 && Object.values(shortfalls(made, kept)).every((shortfall) => shortfall === 0);

/** Every set of clips that meets all rules. */
function solutions(made: Case): Set<number>[] {
  const count = made.input.ids.length;
  return Array.from(
    { length: 2 ** count },
    (_, bits) => new Set([...Array(count).keys()].filter((i) => (bits >> i) & 1)),
  ).filter((kept) => holdsAll(made, kept));
}

const check = (property: (made: Case) => Promise<void>, runs = 400) =>
  fc.assert(fc.asyncProperty(caseArbitrary, property), { numRuns: runs });

describe('constrain, against all choices of up to nine clips', () => {
  it('accounts for every clip, and each removed one has the kept partner that proves it best', () =>
    check(async (made) => {
      const result = await unlessRefused(made);
      if (result === undefined) return;
      const kept = new Set(result.keep);
      const gone = [...made.input.ids.keys()].filter((i) => !kept.has(i));
      expect(result.removed).toEqual(
        gone.map((index) => bestRemoval(made.input, thetasOf(made.pruning), result.keep, index)),
      );
      expect(result.clusters[0]!.kept).toBe(kept.size);
    }));

  it('reports exactly the rules that do not hold, and counts what came and went', () =>
    check(async (made) => {
      const result = await unlessRefused(made);
      if (result === undefined) return;
      const { report } = result;
      const missed = shortfalls(made, new Set(result.keep));
      for (const [rule, shortfall] of Object.entries(missed)) {
        const reported = report.unmet.filter((entry) => entry.rule === rule).reduce((sum, { count }) => sum + count, 0);
        if (rule === 'size') expect(reported > 0).toBe(shortfall > 0);
        else expect([rule, reported]).toEqual([rule, shortfall]);
      }
      const total = (counts: object) => Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);
      expect(report.before + total(report.added) - total(report.removed)).toBe(report.after);
      expect(report.after).toBe(result.keep.length);
      const order = report.unmet.map(({ rule, wonBy }) => [rule, wonBy]);
      for (const [rule, wonBy] of order) expect(rule).not.toBe(wonBy);
    }));

  it('obeys a person always, and keeps recordings unless a person excludes them', () =>
    check(async (made) => {
      const result = await unlessRefused(made);
      if (result === undefined) return;
      const { protect, exclude } = shortfalls(made, new Set(result.keep));
      expect([protect, exclude]).toEqual([0, 0]);
      for (const { rule, wonBy } of result.report.unmet) if (rule === 'copies') expect(wonBy).toBe('exclude');
    }));

  it('leaves a choice that meets all rules as it is', () =>
    check(async (made) => {
      if (!holdsAll(made, new Set(made.pruning.keep))) return;
      const { report, ...result } = await constrained(made);
      expect(result).toEqual(made.pruning);
      expect(report.unmet).toEqual([]);
    }, 2000));

  it('refuses only what no choice can meet', () =>
    check(async (made) => {
      if ((await unlessRefused(made)) === undefined) {
        // Recordings and exclusions give way of themselves, so they must not be what makes it impossible.
        const relaxed = { ...made, input: { ...made.input, audioIdentity: made.input.audioIdentity!.map(() => -1) } };
        const { exclude } = made.constraints;
        if (exclude!.size === 0) expect(solutions(relaxed)).toEqual([]);
      }
    }));

  it('meets every minimum where there is no maximum', () =>
    check(async (made) => {
      const free = { ...made, constraints: { ...made.constraints, maxPerGroup: {} } };
      const result = await unlessRefused(free);
      for (const { rule, wonBy } of result?.report.unmet ?? []) {
        if (rule === 'minPerLabel' || rule === 'minPerGroup') expect(wonBy).toBe('exclude');
      }
    }));

  it('misses the size only where each clip more or less would break a rule', () =>
    check(async (made) => {
      const result = await unlessRefused(made);
      const { size } = made.constraints;
      if (result === undefined || size === undefined || result.keep.length === size) return;
      const kept = new Set(result.keep);
      const excess = kept.size - size;
      const { size: _, ...before } = shortfalls(made, kept);
      const tight = Object.values(before).every((shortfall) => shortfall === 0);
      for (const i of made.input.ids.keys()) {
        if (!tight || kept.has(i) !== excess > 0) continue;
        const { size: __, ...other } = shortfalls(
          made,
          excess > 0 ? new Set([...kept].filter((j) => j !== i)) : new Set([...kept, i]),
        );
        expect(Object.values(other).some((shortfall) => shortfall > 0)).toBe(true);
      }
    }));

  it('meets all rules where one choice does, with nested groups and neither labels nor copies', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(clipArbitrary, { minLength: 1, maxLength: 9 }),
        fc.nat(1e6),
        fc.record({ maxTrack: limit(3), maxArtist: limit(4), minTrack: limit(2), minArtist: limit(3), size: limit(9) }),
        async (clips, seed, limits) => {
          const plain = clips.map((clip) => ({ ...clip, sound: -1 as const }));
          const made = makeCase(plain, seed, true, limits);
          const possible = solutions(made).length > 0;
          const result = await unlessRefused(made);
          if (possible) expect(shortfalls(made, new Set(result!.keep))).toEqual(shortfalls(made, solutions(made)[0]!));
        },
      ),
      { numRuns: 400 },
    ));

  it('leaves no label short that one more clip could help, also in exchange for an unneeded one of its track', () =>
    check(async (made) => {
      const { maxPerGroup, protect } = made.constraints;
      const { minPerGroup: _, ...constraints } = made.constraints;
      const simple = { ...made, constraints: { ...constraints, maxPerGroup: { track: maxPerGroup?.track ?? 1 } } };
      const result = await unlessRefused(simple);
      if (result === undefined) return;
      const kept = new Set(result.keep);
      const now = shortfalls(simple, kept);
      const short = [...sets(labelLists(made.input)).entries()].filter(
        ([, clips]) => clips.filter((i) => kept.has(i)).length < Math.min(constraints.minPerLabel ?? 0, clips.length),
      );
      for (const clip of short.flatMap(([, clips]) => clips)) {
        if (kept.has(clip) || made.constraints.exclude!.has(clip)) continue;
        const mates = [...kept].filter((i) => made.input.groups![i]!.track === made.input.groups![clip]!.track);
        for (const other of [undefined, ...mates]) {
          if (other !== undefined && protect!.has(other)) continue;
          const next = new Set([...kept, clip].filter((i) => i !== other));
          const then = shortfalls(simple, next);
          const isBetter = lackingPositives(simple, next) < lackingPositives(simple, kept);
          const isWorse =
            then.copies > now.copies || then.maxPerGroup > now.maxPerGroup || overfull(simple, clip, next);
          const breaksLabel = [...sets(labelLists(made.input)).values()].some((clips) => {
            const [before, after] = [kept, next].map((chosen) => clips.filter((i) => chosen.has(i)).length);
            return after! < before! && after! < Math.min(constraints.minPerLabel ?? 0, clips.length);
          });
          expect(isBetter && !isWorse && !breaksLabel, `${clip} for ${other}`).toBe(false);
        }
      }
    }));

  it('does not depend on the order of the clips, nor on anything else', () =>
    check(async (made) => {
      // Two clips that are nearest to each other tie, and ties go by index unless one is preferred.
      const input = { ...made.input, audioIdentity: made.input.audioIdentity!.map(() => -1) };
      const priority = Float64Array.from(input.ids, (_, i) => (i * 7) % 10);
      const straight = { ...made, input, constraints: { ...made.constraints, priority } };
      const result = await unlessRefused(straight);
      expect(await unlessRefused(straight)).toEqual(result);
      const turned = await unlessRefused(permuted(straight));
      const kept = (of: Constrained | undefined, ids: readonly string[]) =>
        Array.from(of?.keep ?? [], (i) => ids[i]!).sort();
      expect(kept(turned, permuted(straight).input.ids)).toEqual(kept(result, input.ids));
    }));
});

function lackingPositives({ input, constraints: { minPerLabel = 0 } }: Case, kept: ReadonlySet<number>): number {
  return [...sets(labelLists(input)).values()]
    .map((clips) => Math.max(0, Math.min(minPerLabel, clips.length) - clips.filter((i) => kept.has(i)).length))
    .reduce((sum, count) => sum + count, 0);
}

function overfull({ input, constraints }: Case, clip: number, kept: ReadonlySet<number>): boolean {
  const { track } = input.groups![clip]!;
  return [...kept].filter((i) => input.groups![i]!.track === track).length > constraints.maxPerGroup!.track!;
}

/** θ of each clip; every case here has a pair rule. */
function thetasOf({ rule }: Pruning): Float64Array {
  return 'thetas' in rule ? rule.thetas : new Float64Array();
}

/** The same clips in another order. */
function permuted({ input, pruning, constraints }: Case): Case {
  const order = Array.from(shuffled(seededRandom('order'), input.ids.length));
  const place = new Map(order.map((i, at) => [i, at]));
  const moved = (clips: ReadonlySet<number>) => new Set([...clips].map((i) => place.get(i)!));
  const removed = pruning.removed.map((entry) => ({
    ...entry,
    index: place.get(entry.index)!,
    partner: place.get(entry.partner)!,
  }));
  return {
    input: {
      ...input,
      ids: order.map((i) => input.ids[i]!),
      embeddings: takeRows(input.embeddings, order),
      labels: order.map((i) => input.labels![i]!),
      groups: order.map((i) => input.groups![i]),
      audioIdentity: Int32Array.from(order, (i) => input.audioIdentity![i]!),
    },
    pruning: {
      ...pruning,
      keep: Uint32Array.from(pruning.keep, (i) => place.get(i)!).sort(),
      rule: { kind: 'pair', thetas: Float64Array.from(order, (i) => thetasOf(pruning)[i]!) },
      removed: removed.sort((a, b) => a.index - b.index),
    },
    constraints: {
      ...constraints,
      protect: moved(constraints.protect!),
      exclude: moved(constraints.exclude!),
      priority: Float64Array.from(order, (i) => constraints.priority![i]!),
    },
  };
}
