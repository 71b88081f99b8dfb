import { type Bench, runAboveFloor } from './context.ts';
import { ratesNote } from './hdbscanBench.ts';
import { NEIGHBOURS, PAIRS_PER_POINT } from './reductionJobs.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** What pruners and clusterers ask of a kernel, above the floor of half a pass. */
export const reductionsBench: Bench = {
  name: 'reductions',
  about: 'histogram, pairsAbove and nearest over all points, on the cpu kernel: --n 20000 --workers 2',
  async run(context) {
    const { rows = [20_000], workers, cols } = context.settings;
    const table: string[][] = [];
    const rates: number[] = [];
    for (const n of rows) {
      const points = await context.points(n);
      for (const kind of ['histogram', 'pairs-above', 'nearest'] as const) {
        context.say(`${kind}, ${n} points`);
        const kernel = { name: 'cpu', workers } as const;
        const { cost, facts, rate, floorSeconds } = await runAboveFloor(context, { kind, points, kernel }, n, 1);
        rates.push(rate);
        table.push([
          kind,
          whole(n),
          significant(cost.cpuSeconds),
          significant(cost.wallSeconds),
          megabytes(cost.peakBytes),
          significant(floorSeconds),
          times(cost.cpuSeconds / floorSeconds),
          whole((facts.pairs ?? facts.neighbours) as number),
        ]);
      }
    }
    const header = ['reduction', 'n', 'CPU s', 'wall s', 'peak MB', 'floor CPU s', 'CPU/floor', 'found'];
    const asked = `nearest: k = ${NEIGHBOURS}; pairs-above: a threshold for about ${PAIRS_PER_POINT} pairs a point; loading the points counts.`;
    return { header, rows: table, notes: [`d = ${cols}, workers: ${workers}; ${asked} ${ratesNote(rates)}`] };
  },
};
