/**
 * a(t) = (1−t)/((1−t) + t·R) with R = clips/groups: the share of a group's clips beyond its first that stay. With R > 1 it falls strictly,
 * from 1 at t = 0 to 0 at t = 1. k_g = 1 + (n_g−1)·a(t) makes the distribution of the kept clips over groups equal to Q_t: k_g times
 * (1−t) + t·R is (1−t)·n_g + t·R, which is n·Q_t(g).
 */
export function extraShare(t: number, clips: number, groups: number): number {
  return (1 - t) / (1 - t + (t * clips) / groups);
}

/** Q_t over the groups of a cluster, from their sizes: (1−t) parts of the original distribution n_g/n and t of the uniform 1/G. Sums to 1. */
export function targetDistribution(t: number, sizes: ArrayLike<number>): Float64Array {
  let clips = 0;
  for (let group = 0; group < sizes.length; group++) clips += sizes[group]!;
  return Float64Array.from(sizes, (size) => ((1 - t) * size) / clips + t / sizes.length);
}
