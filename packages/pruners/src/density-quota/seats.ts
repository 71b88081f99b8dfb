/**
 * In which order clusters of the given sizes get seats, so that after N seats cluster j has about max(1, min(n_j, p_j·N + λ)) of them, with λ
 * such that they sum to N: the solution of min ½‖x − p·N‖² with Σx = N and 1 ≤ x_j ≤ n_j (Abbas et al. 2024, Table 4).
 * Every cluster has its first seat before any has a second one; each seat then goes to the cluster that is furthest below p_j·N, ties to the
 * higher p_j, then to the lower index. So seats are never taken back, and their number is exact. Gives the cluster of each seat.
 * Takes seats × clusters steps.
 */
export function seatOrder(probabilities: Float64Array, sizes: readonly number[]): Uint32Array {
  const seats = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0));
  const ranked = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  seats.set(ranked);
  const taken = new Uint32Array(sizes.length).fill(1);
  let open = ranked.filter((cluster) => sizes[cluster]! > 1);
  for (let seat = ranked.length; seat < seats.length; seat++) {
    let next = open[0]!;
    for (const cluster of open) {
      if (shortfall(cluster, seat + 1) > shortfall(next, seat + 1)) next = cluster;
    }
    seats[seat] = next;
    taken[next]!++;
    if (taken[next] === sizes[next]) open = open.filter((cluster) => cluster !== next);
  }
  return seats;

  function shortfall(cluster: number, count: number): number {
    return probabilities[cluster]! * count - taken[cluster]!;
  }
}
