import { DataError, type Random, shuffled } from '@refrain/core';

/**
 * Resamples of test clips, drawn once and used for every run, so that differences between runs are paired. Whole groups are drawn, because
 * clips of one track are not independent of each other.
 */
export interface GroupResamples {
  /** The group of each test clip, 0 … `groupCount` − 1. */
  readonly groupOfClip: Uint32Array;
  readonly groupCount: number;
  /** How many bootstrap resamples there are. */
  readonly count: number;
  /** Into how many blocks the groups are dealt for the jackknife: every group its own, or 200 of many. */
  readonly blockCount: number;
  /** How often each group is in each sample, `(count + blockCount) × groupCount`, row-major: the resamples, then all groups without each block. */
  readonly draws: Uint16Array;
}

// The variance that they give is uncertain by √(2 / 199), its root by 5 %: little beside the nine degrees of freedom of ten seeds.
const MOST_BLOCKS = 200;

/**
 * `count` ≥ 1 resamples of the groups, with replacement and each as large in groups as the original (Efron 1979; the groups as the unit: Davison
 * & Hinkley 1997, section 3.8); and the groups without each of up to 200 blocks, which are random where there are more groups, for a jackknife
 * (Shao & Tu 1995, section 2.3). `groups` names the group of each test clip, e.g. its track or artist; a clip without one is its own group.
 * Throws a DataError when there are fewer than two groups.
 */
export function drawGroupResamples(
  groups: readonly (string | undefined)[],
  count: number,
  random: Random,
): GroupResamples {
  const { groupOfClip, groupCount } = numberGroups(groups);
  if (groupCount < 2) {
    throw new DataError(
      'test groups',
      `Expected at least two groups of test clips to resample, got ${groupCount}: use finer groups, such as tracks.`,
    );
  }
  const blockCount = Math.min(groupCount, MOST_BLOCKS);
  const draws = new Uint16Array((count + blockCount) * groupCount);
  for (let resample = 0; resample < count; resample++) {
    const row = draws.subarray(resample * groupCount, (resample + 1) * groupCount);
    for (let i = 0; i < groupCount; i++) row[random.integer(groupCount)]!++;
  }
  draws.fill(1, count * groupCount);
  for (const [place, group] of shuffled(random, groupCount).entries()) {
    draws[(count + (place % blockCount)) * groupCount + group] = 0;
  }
  return { groupOfClip, groupCount, count, blockCount, draws };
}

/** Writes into `weights`, one entry a test clip, how often each clip is in the sample of a row of `draws`. */
export function fillClipWeights(resamples: GroupResamples, row: number, weights: Uint16Array): void {
  const { groupOfClip, groupCount, draws } = resamples;
  const start = row * groupCount;
  for (let clip = 0; clip < weights.length; clip++) weights[clip] = draws[start + groupOfClip[clip]!]!;
}

function numberGroups(groups: readonly (string | undefined)[]): { groupOfClip: Uint32Array; groupCount: number } {
  const numbers = new Map<string, number>();
  let groupCount = 0;
  const groupOfClip = Uint32Array.from(groups, (group) => {
    if (group === undefined) return groupCount++;
    const known = numbers.get(group);
    if (known !== undefined) return known;
    numbers.set(group, groupCount);
    return groupCount++;
  });
  return { groupOfClip, groupCount };
}
