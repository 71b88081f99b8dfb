import type { Bench } from './context.ts';
import { runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** HDBSCAN that computes similarities again when it needs them, against one that keeps the tiles of the first pass. */
export const tilesBench: Bench = {
  name: 'tiles',
  about: 'HDBSCAN without and with stored tiles: --n 10000,20000 [--tile-memory MIB]',
  async run(context) {
    const { rows = [10_000, 20_000], workers, cols, tileMemory } = context.settings;
    const table: string[][] = [];
    for (const n of rows) {
      const points = await context.points(n);
      const memories = [0, tileMemory ?? enoughFor(n)];
      let without = Number.NaN;
      for (const memory of memories) {
        context.say(`hdbscan, ${n} points, tile memory ${memory} MiB`);
        const { cost } = await runJob({
          kind: 'hdbscan',
          points,
          kernel: { name: 'cpu', options: { tileMemory: memory }, workers },
        });
        if (memory === 0) without = cost.cpuSeconds;
        table.push([
          whole(n),
          whole(memory),
          significant(cost.cpuSeconds),
          significant(cost.wallSeconds),
          megabytes(cost.peakBytes),
          times(cost.cpuSeconds / without),
        ]);
      }
    }
    const header = ['n', 'tile memory MiB', 'CPU s', 'wall s', 'peak MB', 'CPU / without'];
    return { header, rows: table, notes: [`d = ${cols}, workers: ${workers}.`] };
  },
};

/** MiB for half of the n × n similarities in float32, and a tenth more for tiles that reach over the diagonal or the edge. */
function enoughFor(n: number): number {
  return Math.ceil((1.1 * 2 * n * n) / 2 ** 20) + 64;
}
