import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Context } from './context.ts';
import type { PruneCommandJob } from './job.ts';
import { type Measurement, measured, runJob } from './runChild.ts';
import { megabytes, significant, whole } from './table.ts';

/** The labelled part of the Million Song Dataset has 241,904 clips, which take long. */
const DEFAULT_CLIPS = [25_000];
const MOST = 241_904;
/** Segments of a clip of 29 s, and numbers of each, where clips come in segments. */
const SEGMENTS = { perClip: 29, cols: 120 } as const;

type Mode = 'embeddings' | 'segments';

/** Whether `refrain prune` stays within the memory that it is allowed. */
export const memoryBench: Bench = {
  name: 'memory',
  about: `refrain prune with maxMemory, the peak of the process: --n 25000 --modes embeddings,segments (${MOST} takes 20 CPU minutes, and 3.4 GB of disk for segments)`,
  async run(context) {
    const { settings } = context;
    const modes = (settings.modes ?? ['embeddings', 'segments']) as readonly Mode[];
    const rows: string[][] = [];
    for (const clips of settings.rows ?? DEFAULT_CLIPS)
      for (const mode of modes) rows.push(await rowOf(mode, clips, context));
    return {
      header: ['what', 'clips', 'd', 'embeddings MB', 'limit MB', 'peak MB', '', 'CPU s', 'wall s', 'load average'],
      rows,
      notes: [
        `Embeddings of clips in clusters and tracks (as in _Pruning_), or ${SEGMENTS.perClip} segments of each clip (as in _Space_), from a file of float32 to the written folder, without a page; workers: ${settings.workers} at most.`,
      ],
    };
  },
};

/** 1 GB for the largest set; of fewer clips what a process has in any case, and 3.1 kB each. */
function limitOf(clips: number): number {
  return clips === MOST ? 1e9 : 1e7 * Math.ceil((250e6 + 3100 * clips) / 1e7);
}

async function rowOf(mode: Mode, clips: number, { settings, say }: Context): Promise<string[]> {
  const cols = mode === 'segments' ? SEGMENTS.cols : settings.cols;
  const maxMemory = limitOf(clips);
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    say(`making ${clips} clips of ${cols}`);
    const points = await (mode === 'segments' ? makeSegments : makeEmbeddings)(folder, clips, cols, settings.seed);
    say(`refrain prune, ${clips} clips of ${cols}, ${megabytes(maxMemory)} MB`);
    const { cost, loadAverage } = await runJob({
      ...{ kind: 'prune-command', workers: settings.workers, maxMemory },
      ...points,
    });
    return [
      mode,
      ...[whole(clips), whole(cols), megabytes(4 * clips * cols), megabytes(maxMemory), megabytes(cost.peakBytes)],
      cost.peakBytes <= maxMemory ? 'kept' : '**not kept**',
      ...[significant(cost.cpuSeconds), significant(cost.wallSeconds), loadAverage.toFixed(2)],
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Points = Pick<PruneCommandJob, 'points' | 'segmentStarts'>;

async function makeEmbeddings(folder: string, rows: number, cols: number, seed: number): Promise<Points> {
  const largest = Math.min(20_000, Math.round((rows * 6000) / 25_863));
  const shape = { rows, cols, seed, largest, others: rows > 100_000 ? largest : 400 };
  await ofPruning(JSON.stringify({ kind: 'clips', folder, shape }));
  return { points: join(folder, 'points.npy') };
}

async function makeSegments(folder: string, clips: number, cols: number, seed: number): Promise<Points> {
  const files = { points: join(folder, 'segments.npy'), segmentStarts: join(folder, 'starts.npy') };
  await runJob({ kind: 'segments', clips, perClip: SEGMENTS.perClip, cols, seed, ...files });
  return files;
}

function ofPruning(job: string): Promise<Measurement> {
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  return measured(process.execPath, [join(import.meta.dirname, 'pruningChild.js'), job], env);
}
