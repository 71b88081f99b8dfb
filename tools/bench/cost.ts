/** What a piece of work cost, and what its process cost altogether. */
export interface Cost {
  /** Processor time of the work, user and system, all threads, seconds. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Processor time of the process from its start to the end of the work: start-up of the language, imports and reading points included. */
  readonly processCpuSeconds: number;
  /** Resident memory just before the work began, bytes. */
  readonly baselineBytes: number;
  /** The most resident memory the process ever had, bytes. */
  readonly peakBytes: number;
}

/** Runs `work` once, without a warm-up, and says what it cost. The peak is the process's own only as long as nothing larger ran in it before. */
export async function costOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly cost: Cost }> {
  const baselineBytes = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wallSeconds = (performance.now() - start) / 1000;
  const cost = {
    cpuSeconds: seconds(process.cpuUsage(cpu)),
    wallSeconds,
    processCpuSeconds: seconds(process.cpuUsage()),
    baselineBytes,
    // Node gives kibibytes on every system.
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  return { result, cost };
}

/** User and system time together, of microseconds. */
export function seconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}
