import { type Bench, runAboveFloor } from './context.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** HDBSCAN as it is shipped, over numbers of points, above the floor of half a pass. */
export const hdbscanBench: Bench = {
  name: 'hdbscan',
  about: 'HDBSCAN on the cpu kernel: --n 2000,5000,10000,20000,25863,50000 --workers 2',
  async run(context) {
    const { rows = [2000, 5000, 10_000, 20_000, 25_863, 50_000], workers, cols } = context.settings;
    const table: string[][] = [];
    const rates: number[] = [];
    for (const n of rows) {
      const points = await context.points(n);
      context.say(`hdbscan, ${n} points`);
      const { cost, facts, rate, floorSeconds } = await runAboveFloor(
        context,
        { kind: 'hdbscan', points, kernel: { name: 'cpu', workers } },
        n,
        1,
      );
      rates.push(rate);
      table.push([
        whole(n),
        significant(cost.cpuSeconds),
        significant(cost.wallSeconds),
        megabytes(cost.peakBytes),
        megabytes(cost.baselineBytes),
        significant(floorSeconds),
        times(cost.cpuSeconds / floorSeconds),
        whole(facts.clusters as number),
        whole(facts.noise as number),
        significant(cost.processCpuSeconds),
      ]);
    }
    const header = [
      'n',
      'CPU s',
      'wall s',
      'peak MB',
      'MB before',
      'floor CPU s',
      'CPU/floor',
      'clusters',
      'noise',
      'process CPU s',
    ];
    return { header, rows: table, notes: [`d = ${cols}, workers: ${workers}. ${ratesNote(rates)}`] };
  },
};

/** What the matrix product reached during a benchmark. */
export function ratesNote(rates: readonly number[]): string {
  const [low, high] = [Math.min(...rates), Math.max(...rates)].map((rate) => significant(rate / 1e9));
  return `Matrix product: ${low === high ? low : `${low} to ${high}`} GFLOP per CPU second.`;
}
