import type { Bench, Context } from './context.ts';
import { median } from './floor.ts';
import { type Measurement, runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** One worker against several, measured in turns so that both meet the same load. */
export const workersBench: Bench = {
  name: 'workers',
  about: 'HDBSCAN with one worker and with --workers 2, in turns, medians of --repeat 3: --n 20000',
  async run(context) {
    const { rows = [20_000], workers, cols } = context.settings;
    const table: string[][] = [];
    for (const n of rows) {
      const [alone, together] = await inTurns(context, n, [1, workers]);
      const wall = median(alone!.map(({ cost }) => cost.wallSeconds));
      for (const [count, runs] of [
        [1, alone!],
        [workers, together!],
      ] as const) {
        const runWall = median(runs.map(({ cost }) => cost.wallSeconds));
        table.push([
          whole(n),
          whole(count),
          significant(runWall),
          significant(median(runs.map(({ cost }) => cost.cpuSeconds))),
          megabytes(median(runs.map(({ cost }) => cost.peakBytes))),
          times(wall / runWall),
          runs.map(({ loadAverage }) => loadAverage.toFixed(2)).join(' '),
        ]);
      }
    }
    const header = ['n', 'workers', 'wall s', 'CPU s', 'peak MB', 'speed-up', 'load average before each run'];
    return { header, rows: table, notes: [`d = ${cols}. Speed-up is wall time of one worker by wall time.`] };
  },
};

async function inTurns(context: Context, n: number, counts: readonly number[]): Promise<Measurement[][]> {
  const points = await context.points(n);
  const repeat = context.settings.repeat ?? 3;
  const runs: Measurement[][] = counts.map(() => []);
  for (let turn = 1; turn <= repeat; turn++) {
    for (const [index, workers] of counts.entries()) {
      context.say(`hdbscan, ${n} points, workers: ${workers}, turn ${turn} of ${repeat}`);
      runs[index]!.push(await runJob({ kind: 'hdbscan', points, kernel: { name: 'cpu', workers } }));
    }
  }
  return runs;
}
