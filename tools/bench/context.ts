import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { floorSeconds } from './floor.ts';
import type { Job } from './job.ts';
import { type Measurement, runJob } from './runChild.ts';
import type { Settings } from './settings.ts';
import type { Table } from './table.ts';

/** What a benchmark is lent. */
export interface Context {
  readonly settings: Settings;
  /** The .npy file of a mixture of so many rows, made when first asked for. */
  points(rows: number): Promise<string>;
  /** Tells whoever waits what is being measured now. */
  say(message: string): void;
  close(): Promise<void>;
}

/** A benchmark: its name on the command line, what it says about itself, and what it measures. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  /** Whether it is left out of `all` where no folder is named. */
  readonly needsFolder?: boolean;
  run(context: Context): Promise<Table>;
}

/** A context with a temporary folder for points, which `close` removes. */
export async function openContext(settings: Settings, say: (message: string) => void): Promise<Context> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  const made = new Map<number, Promise<string>>();
  const make = async (rows: number) => {
    const file = join(folder, `${rows}.npy`);
    say(`making ${rows} points`);
    await runJob({ kind: 'points', file, rows, cols: settings.cols, seed: settings.seed });
    return file;
  };
  return {
    settings,
    points: (rows) => {
      if (!made.has(rows)) made.set(rows, make(rows));
      return made.get(rows)!;
    },
    say,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A measurement, and the floor under it by the rate of matrix products just before and just after. */
export interface AboveFloor extends Measurement {
  /** Operations per CPU second, mean of the two. */
  readonly rate: number;
  readonly floorSeconds: number;
}

/** Measures a job on `rows` points between two measurements of the matrix product, for a floor of `halfPasses`. */
export async function runAboveFloor(context: Context, job: Job, rows: number, halfPasses: number): Promise<AboveFloor> {
  const { cols } = context.settings;
  const before = await gemmRate(cols);
  const measurement = await runJob(job);
  const rate = (before + (await gemmRate(cols))) / 2;
  return { ...measurement, rate, floorSeconds: floorSeconds(halfPasses, rows, cols, rate) };
}

/** Operations per CPU second of this machine's matrix product on one thread. */
export async function gemmRate(cols: number): Promise<number> {
  const { facts } = await runJob({ kind: 'gemm', cols });
  return facts.operationsPerSecond as number;
}
