import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Context } from './context.ts';
import { gemmRate } from './context.ts';
import { median } from './floor.ts';
import { pythonFile, testDataFolder } from './folders.ts';
import { type Measurement, measured, runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** Floating-point operations of CLMR's SampleCNN for a segment of 59,049 samples, a multiplication and an addition each: its eleven convolutions. */
const SEGMENT_OPERATIONS = 3.457e9;

/** A run of the command, and the rate of matrix products around it. */
interface Run extends Measurement {
  /** Operations per CPU second of one thread. */
  readonly rate: number;
}

/** `refrain embed` with CLMR's encoder on real music, by the rate of this machine's matrix product. */
export const embedBench: Bench = {
  name: 'embed',
  about:
    'refrain embed with a CLMR checkpoint on music-dev, one worker and --workers 2 in turns, medians of --repeat 3',
  async run(context) {
    const { workers } = context.settings;
    const counts = [1, workers];
    const runs = await inTurns(context, counts);
    const wall = median(runs[0]!.map(({ cost }) => cost.wallSeconds));
    const rows = counts.map((count, i) => embedRow(count, runs[i]!, wall));
    const torch = await torchRow(context);
    return {
      header: [
        ...['what', 'workers', 'segments', 'wall s', 'CPU s', 'segments/s', 'allowed by Gemm', 'share of it'],
        ...['speed-up', 'peak MB', 'MB per worker', 'load average before each run'],
      ],
      rows: [...rows, ...(torch === undefined ? [] : [torch])],
      notes: [
        `Allowed by Gemm is segments per second when every worker does nothing but the ${SEGMENT_OPERATIONS / 1e9} GFLOP of each segment at the ` +
          'rate of the matrix product; the command decodes, resamples, hashes, starts and writes besides.',
        torch === undefined
          ? 'PyTorch is not installed here; REFRAIN_PYTHON names a python3 that has it.'
          : 'PyTorch has the same weights and one thread, on noise that lies in memory: its best of eager and frozen TorchScript, batches of 1 and 4.',
      ],
    };
  },
};

async function inTurns({ settings, say }: Context, counts: readonly number[]): Promise<Run[][]> {
  const runs: Run[][] = counts.map(() => []);
  const repeat = settings.repeat ?? 3;
  for (let turn = 1; turn <= repeat; turn++) {
    for (const [i, workers] of counts.entries()) {
      say(`refrain embed, workers: ${workers}, turn ${turn} of ${repeat}`);
      runs[i]!.push(await embedOnce(workers, settings.cols));
    }
  }
  return runs;
}

async function embedOnce(workers: number, cols: number): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    const before = await gemmRate(cols);
    const run = await runJob({
      kind: 'embed',
      dataset: join(testDataFolder, 'music-dev'),
      checkpoint: checkpoint('clmr-open.pt'),
      workers,
      folder,
    });
    return { ...run, rate: (before + (await gemmRate(cols))) / 2 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function embedRow(workers: number, runs: readonly Run[], wallOfOne: number): string[] {
  const segments = runs[0]!.facts.segments as number;
  const wall = median(runs.map(({ cost }) => cost.wallSeconds));
  const allowed = (workers * median(runs.map(({ rate }) => rate))) / SEGMENT_OPERATIONS;
  const share = median(
    runs.map(({ cost, rate }) => segments / cost.wallSeconds / ((workers * rate) / SEGMENT_OPERATIONS)),
  );
  const peak = median(runs.map(({ cost }) => cost.peakBytes));
  return [
    'refrain embed',
    whole(workers),
    whole(segments),
    significant(wall),
    significant(median(runs.map(({ cost }) => cost.cpuSeconds))),
    significant(segments / wall),
    significant(allowed),
    times(share),
    times(wallOfOne / wall),
    megabytes(peak),
    megabytes(peak / workers),
    runs.map(({ loadAverage }) => loadAverage.toFixed(2)).join(' '),
  ];
}

/** PyTorch on the same checkpoint; undefined where it is not installed. */
async function torchRow({ settings, say }: Context): Promise<string[] | undefined> {
  const python = process.env.REFRAIN_PYTHON ?? 'python3';
  const script = pythonFile('torch_clmr.py');
  const found = await measured(python, [script, 'find']).catch(() => undefined);
  if (found === undefined) return undefined;
  say('PyTorch');
  const before = await gemmRate(settings.cols);
  const { cost, facts, loadAverage } = await measured(python, [script, checkpoint('clmr-open.pt')]);
  const allowed = (before + (await gemmRate(settings.cols))) / 2 / SEGMENT_OPERATIONS;
  const rate = (facts.segments as number) / cost.wallSeconds;
  return [
    `${facts.version}, ${facts.variant}`,
    '1',
    whole(facts.segments as number),
    significant(cost.wallSeconds),
    significant(cost.cpuSeconds),
    significant(rate),
    significant(allowed),
    times(rate / allowed),
    'n/a',
    megabytes(cost.peakBytes),
    megabytes(cost.peakBytes),
    loadAverage.toFixed(2),
  ];
}

function checkpoint(name: string): string {
  return join(testDataFolder, 'encoders', 'clmr-open', name);
}
