import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench, Context } from './context.ts';
import { median } from './floor.ts';
import { testDataFolder } from './folders.ts';
import { runPython } from './python.ts';
import { significant, times, whole } from './table.ts';

const COMMAND = fileURLToPath(new URL('../../../apps/runner/dist/bundle/main.js', import.meta.url));

/** Prints the processor time of this process and of all its threads when it ends. */
const CLOCK = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('\\n' + (user + system)); });`;

const LABEL = 'refrain embed, mfcc';

/** What one run took. */
interface Run {
  readonly clips: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Who runs, and what it is called. */
interface Runner {
  readonly label: string;
  readonly workers: number;
  run(): Promise<Run>;
}

/** `refrain embed --encoder mfcc` as a user starts it, beside what Python takes for the same. */
export const defaultPathBench: Bench = {
  name: 'default-path',
  about:
    'the whole command refrain embed --encoder mfcc on music-dev, cold, beside soundfile and numpy, in turns, medians of --repeat 3',
  async run(context) {
    const { workers } = context.settings;
    const runners = [
      ours(1),
      ours(workers),
      python('mfcc', 'soundfile, MFCCs by numpy'),
      python('decode', 'soundfile alone: libmpg123'),
    ];
    const runs = await inTurns(context, runners);
    const wallOfOne = median(runs[0]!.map(({ wallSeconds }) => wallSeconds));
    const absent = runners.filter((_, i) => runs[i]!.length === 0).map(({ label }) => label);
    return {
      header: ['what', 'workers', 'clips', 'CPU s', 'CPU ms a clip', 'wall s', 'speed-up'],
      rows: runners.flatMap((runner, i) => (runs[i]!.length === 0 ? [] : [rowOf(runner, runs[i]!, wallOfOne)])),
      notes: [
        'All from the start of the process to its end, imports, cache and output included; Python computes on one thread, decodes and computes the same numbers, and writes nothing.',
        ...(absent.length === 0 ? [] : [`Python here does not have it, so not measured: ${absent.join('; ')}.`]),
      ],
    };
  },
};

async function inTurns({ settings, say }: Context, runners: readonly Runner[]): Promise<Run[][]> {
  const runs: Run[][] = runners.map(() => []);
  const repeat = settings.repeat ?? 3;
  for (let turn = 1; turn <= repeat; turn++) {
    for (const [i, { label, workers, run }] of runners.entries()) {
      if (turn > 1 && runs[i]!.length === 0) continue;
      say(`${label}, workers: ${workers}, turn ${turn} of ${repeat}`);
      const isOurs = i < 2;
      const done = isOurs ? await run() : await run().catch(() => undefined);
      if (done !== undefined) runs[i]!.push(done);
    }
  }
  return runs;
}

function rowOf({ label, workers }: Runner, runs: readonly Run[], wallOfOne: number): string[] {
  const { clips } = runs[0]!;
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const wall = median(runs.map(({ wallSeconds }) => wallSeconds));
  return [
    ...[label, whole(workers), whole(clips), significant(cpu), significant((1000 * cpu) / clips), significant(wall)],
    label === LABEL ? times(wallOfOne / wall) : 'n/a',
  ];
}

const music = join(testDataFolder, 'music-dev', 'audio');

function ours(workers: number): Runner {
  return {
    label: LABEL,
    workers,
    async run() {
      const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
      const output = join(folder, 'out');
      const clock = `data:text/javascript,${encodeURIComponent(CLOCK)}`;
      const start = performance.now();
      try {
        const { stderr } = await promisify(execFile)(process.execPath, [
          ...['--import', clock, COMMAND, 'embed', '--quiet', '--dataset', 'audio', '--dataset-dir', music],
          ...['--encoder', 'mfcc', '--workers', `${workers}`, '--cache-dir', join(folder, 'cache'), '--output', output],
        ]);
        const wallSeconds = (performance.now() - start) / 1000;
        const lines = (await readFile(join(output, 'clips.jsonl'), 'utf8')).trim().split('\n');
        return { clips: lines.length, cpuSeconds: Number(stderr.trim().split('\n').at(-1)) / 1e6, wallSeconds };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function python(what: 'mfcc' | 'decode', label: string): Runner {
  return {
    label,
    workers: 1,
    async run() {
      const start = performance.now();
      const { cost, facts } = await runPython('default_path.py', [what, music]);
      const wallSeconds = (performance.now() - start) / 1000;
      return { clips: facts.clips as number, cpuSeconds: cost.processCpuSeconds, wallSeconds };
    },
  };
}
