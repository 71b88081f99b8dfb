import type { Bench } from './context.ts';
import { median } from './floor.ts';
import type { KernelChoice } from './job.ts';
import { type Measurement, runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** HDBSCAN by the kernel `distributed` on threads of this machine against `cpu` on as many, and once with a worker killed in the middle. */
export const distributedBench: Bench = {
  name: 'distributed',
  about:
    'HDBSCAN by the kernels cpu and distributed in turns, medians of --repeat 3, and with a worker killed: --n 20000',
  async run({ settings, points, say }) {
    const { rows = [20_000], workers, cols, repeat = 3 } = settings;
    const table: string[][] = [];
    for (const n of rows) {
      const file = await points(n);
      const measure = (kernel: KernelChoice, what: string) => {
        say(`hdbscan, ${n} points, ${what}`);
        return runJob({ kind: 'hdbscan', points: file, kernel });
      };
      const runs: Measurement[][] = [[], []];
      for (let turn = 1; turn <= repeat; turn++)
        for (const [at, name] of (['cpu', 'distributed'] as const).entries())
          runs[at]!.push(await measure({ name, workers }, `${name}, turn ${turn} of ${repeat}`));
      const killed = await measure({ name: 'distributed', workers, isKilled: true }, 'a worker killed');
      const [cpu, distributed] = [costOf(runs[0]!), costOf(runs[1]!)];
      const { result } = runs[0]![0]!.facts;
      const sameAs = (others: readonly Measurement[]) =>
        others.every(({ facts }) => facts.result === result) ? 'yes' : 'NO';
      table.push([whole(n), 'cpu', ...cpu.cells, '1.00×', '1.00×', sameAs(runs[0]!)]);
      const ratios = [times(cpu.cpu / distributed.cpu), times(cpu.wall / distributed.wall)];
      table.push([whole(n), 'distributed', ...distributed.cells, ...ratios, sameAs(runs[1]!)]);
      const { wallSeconds } = killed.cost;
      const name = `distributed, ${killed.facts.killed} killed`;
      table.push([
        whole(n),
        name,
        '–',
        significant(wallSeconds),
        '–',
        '–',
        times(cpu.wall / wallSeconds),
        sameAs([killed]),
      ]);
    }
    const header = ['n', 'kernel', 'CPU s', 'wall s', 'peak MB', 'per CPU s', 'per wall s', 'same bits'];
    const note =
      'Same bits: labels, probabilities and the tree with its distances, of every run. The worker that is killed is a process, with SIGKILL, in the middle of its third job; what processes of their own take is not counted here.';
    return { header, rows: table, notes: [`d = ${cols}, workers: ${workers}. ${note}`] };
  },
};

function costOf(runs: readonly Measurement[]) {
  const of = (name: 'cpuSeconds' | 'wallSeconds' | 'peakBytes') => median(runs.map(({ cost }) => cost[name]));
  const [cpu, wall] = [of('cpuSeconds'), of('wallSeconds')];
  return { cpu, wall, cells: [significant(cpu), significant(wall), megabytes(of('peakBytes'))] };
}
