/**
 * Seconds of processor time that this process takes for `work`, on all of its threads together. Limits on work are
 * checked by it: the time on the clock grows with everything else that the machine has to do.
 */
export async function processorSeconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
