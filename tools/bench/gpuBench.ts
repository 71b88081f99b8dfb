import { messageOf } from '@refrain/core';
import type { Bench, Context } from './context.ts';
import type { KernelChoice } from './job.ts';
import { importKernel } from './kernelChoice.ts';
import { runJob } from './runChild.ts';
import { significant, whole } from './table.ts';

const TILE_ROWS = 2048;
const SIZES = [1000, 2000, 5000, 10_000, 20_000];
const LONGEST_HALF_PASS_SECONDS = 5;

/** The gpu kernel in each mode asked for, beside the cpu kernel. Wall time is what counts here: a GPU's work is no CPU time. */
export const gpuBench: Bench = {
  name: 'gpu',
  about: 'tile rate, nearest and HDBSCAN of the gpu kernel beside the cpu kernel: --modes auto,webgl,webasm [--n 1000]',
  async run(context) {
    await importKernel({ name: 'gpu' });
    const { modes = ['auto'], workers, cols } = context.settings;
    const table: string[][] = [];
    const notes: string[] = [`d = ${cols}; ${workers} workers for cpu.`];
    const sizes = new Set<number>();
    for (const mode of modes) {
      try {
        const kernel = { name: 'gpu', options: { mode, fallback: mode === 'auto' }, workers } as const;
        const measured = await kernelRows(context, kernel, mode);
        table.push(...measured.rows);
        notes.push(...measured.notices);
        for (const n of measured.sizes) sizes.add(n);
      } catch (error) {
        // The reason may hold paths of this machine, so it stays out of the page.
        context.say(messageOf(error));
        notes.push(`Mode ${mode} cannot run here.`);
      }
    }
    const ascending = [...sizes].sort((a, b) => a - b);
    const cpu = { name: 'cpu', workers } as const;
    if (ascending.length > 0) table.push(...(await kernelRows(context, cpu, '', ascending)).rows);
    const header = [
      'kernel',
      'mode that ran',
      'tile GFLOP/s',
      'n',
      'nearest wall s',
      'nearest CPU s',
      'HDBSCAN wall s',
      'HDBSCAN CPU s',
    ];
    return { header, rows: table, notes };
  },
};

/** The rows of one kernel, one for each number of points, and the first sentence of what it told its host. */
async function kernelRows(context: Context, kernel: KernelChoice, asked: string, given = context.settings.rows) {
  const name = `${kernel.name} ${asked}`.trim();
  context.say(`tiles on ${name}`);
  const tile = await runJob({ kind: 'tile', points: await context.points(TILE_ROWS), kernel });
  const rate = tile.facts.operationsPerSecond as number;
  const sizes = given ?? [largestWithin(rate, context.settings.cols)];
  const rows: string[][] = [];
  for (const n of sizes) {
    const points = await context.points(n);
    context.say(`nearest and hdbscan on ${name}, ${n} points`);
    const nearest = await runJob({ kind: 'nearest', points, kernel });
    const hdbscan = await runJob({ kind: 'hdbscan', points, kernel });
    const costs = [
      nearest.cost.wallSeconds,
      nearest.cost.cpuSeconds,
      hdbscan.cost.wallSeconds,
      hdbscan.cost.cpuSeconds,
    ];
    rows.push([
      name,
      (tile.facts.mode as string) || 'n/a',
      significant(rate / 1e9),
      whole(n),
      ...costs.map(significant),
    ]);
  }
  const notice = tile.facts.notices as string;
  if (notice !== '') context.say(notice);
  // Its first sentence names the mode and the adapter; what follows may hold paths of this machine.
  const notices = notice === '' ? [] : [`${notice.split(/[.;] /)[0]!.replace(/\.$/, '')}.`];
  return { rows, sizes, notices };
}

/** As many points as a rate of tiles, in operations per second, takes through half a pass in five seconds: few in software, many on a GPU. */
function largestWithin(rate: number, cols: number): number {
  return SIZES.findLast((n) => (n * n * cols) / rate <= LONGEST_HALF_PASS_SECONDS) ?? SIZES[0]!;
}
