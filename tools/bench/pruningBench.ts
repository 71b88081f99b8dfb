import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClipsShape } from './clusteredClips.ts';
import { type Bench, type Context, gemmRate } from './context.ts';
import { ratesNote } from './hdbscanBench.ts';
import type { PruneCommandJob } from './job.ts';
import { limitSentence, limitsFor } from './limits.ts';
import type { PruningJob } from './pruningJob.ts';
import { runPython } from './python.ts';
import { type Measurement, measured, runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

/** MagnaTagATune has 25,863 clips; the labelled part of the Million Song Dataset 241,904. */
const DEFAULT_ROWS = [25_863];

/** What other strategies take for redundant. */
const EPSILON = 0.05;
/** Of more clips in one cluster coverage takes long. */
const MOST_IN_ONE = 50_000;

/** A run, and the rate of matrix products around it. */
interface Run extends Measurement {
  readonly what: string;
  readonly rows: number;
  readonly rate: number;
  /** n² over all pairs that are looked at: twice their number. */
  readonly squares: number;
  readonly largest: number;
}

/** What jensen-shannon and the search for copies cost after clustering, above the floor of half a pass. */
export const pruningBench: Bench = {
  name: 'pruning',
  about:
    'jensen-shannon, other strategies and the search for copies on clustered clips, SemDeDup in numpy beside: --n 25863 --workers 2 (241904 takes long)',
  async run(context) {
    const runs: Run[] = [];
    for (const rows of context.settings.rows ?? DEFAULT_ROWS) runs.push(...(await runsOn(rows, context)));
    const header = [
      ...['what', 'n', 'largest cluster', 'CPU s', 'wall s', 'peak MB', 'MB before', 'MB on top'],
      ...['floor CPU s', 'CPU/floor', 'kept', 'similar pairs', 'κ', 'load average'],
    ];
    const { cols, workers } = context.settings;
    const ours = runs.filter(({ what }) => what !== NUMPY && what !== COMMAND);
    const limits = ours.map((run) => limitSentence(run.what, run.cost, limitsFor(run.rows))).join(' ');
    const made = `d = ${cols}, workers: ${workers}. ${ratesNote(runs.map(({ rate }) => rate))}`;
    const peer = runs.some(({ what }) => what === NUMPY)
      ? `SemDeDup in numpy has one thread and the clusters as they are; it computes all similarities of a cluster at once, and proves no removal.`
      : 'SemDeDup in numpy is not measured: no Python with numpy was found. REFRAIN_PYTHON names one.';
    return { header, rows: runs.map((run) => rowOfTable(run, cols)), notes: [made, limits, peer] };
  },
};

const COMMAND = 'refrain prune, whole';
const NUMPY = 'SemDeDup, numpy';

/** The shape of the clips: the largest cluster has 6,000 of 25,863, and never more than 20,000. */
function shapeFor(rows: number, { settings }: Context): ClipsShape {
  const largest = Math.min(20_000, Math.round((rows * 6000) / 25_863));
  const { cols, seed } = settings;
  return { rows, cols, seed, largest, others: rows > 100_000 ? largest : 400 };
}

async function runsOn(rows: number, context: Context): Promise<Run[]> {
  const { workers } = context.settings;
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    const shape = shapeFor(rows, context);
    context.say(`making ${rows} clustered clips`);
    const { facts } = await runPruning({ kind: 'clips', folder, shape });
    const inside = facts.pairsInside as number;
    const jobs: readonly (readonly [string, number, PruningJob | PruneCommandJob])[] = [
      [COMMAND, rows * rows, { kind: 'prune-command', points: join(folder, 'points.npy'), workers }],
      ['duplicates', rows * rows, { kind: 'duplicates', folder, workers }],
      ['jensen-shannon, t = 0.5', inside, { kind: 'prune', folder, workers, t: 0.5 }],
      ['jensen-shannon, keep 60 %', inside, { kind: 'prune', folder, workers, keep: 0.6 }],
      ['semdedup', inside, { kind: 'semdedup', folder, workers, epsilon: EPSILON }],
      ...(rows > MOST_IN_ONE ? [] : [['coverage, in one cluster', rows * rows, coverageOf(folder, workers)] as const]),
    ];
    const runs: Run[] = [];
    for (const [what, squares, job] of jobs) {
      context.say(`${what}, ${rows} clips`);
      const run = () => (job.kind === 'prune-command' ? runJob(job) : runPruning(job));
      runs.push({
        what,
        rows,
        squares,
        largest: job.kind === 'coverage' ? rows : shape.largest,
        ...(await rated(run, context.settings.cols)),
      });
    }
    const numpy = await withNumpy(folder, context);
    if (numpy !== undefined) runs.push({ what: NUMPY, rows, squares: inside, largest: shape.largest, ...numpy });
    return runs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function coverageOf(folder: string, workers: number): PruningJob {
  return { kind: 'coverage', folder, workers, epsilon: EPSILON, inOne: true };
}

/** SemDeDup in numpy on the clips of a folder; undefined where there is none. */
async function withNumpy(folder: string, { settings, say }: Context): Promise<Rated | undefined> {
  say(NUMPY);
  const given = [join(folder, 'points.npy'), join(folder, 'facts.npy'), `${EPSILON}`];
  return rated(() => runPython('semdedup_numpy.py', given), settings.cols).catch(() => undefined);
}

type Rated = Measurement & { readonly rate: number };

async function rated(run: () => Promise<Measurement>, cols: number): Promise<Rated> {
  const before = await gemmRate(cols);
  const measurement = await run();
  return { ...measurement, rate: (before + (await gemmRate(cols))) / 2 };
}

// Plain node, without the caller's flags, as in runJob.
async function runPruning(job: PruningJob): Promise<Measurement> {
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  const child = join(import.meta.dirname, 'pruningChild.js');
  return measured(process.execPath, [child, JSON.stringify(job)], env);
}

function rowOfTable({ what, rows, largest, cost, facts, rate, squares, loadAverage }: Run, cols: number): string[] {
  const floor = (squares * cols) / rate;
  return [
    what,
    whole(rows),
    whole(largest),
    significant(cost.cpuSeconds),
    significant(cost.wallSeconds),
    megabytes(cost.peakBytes),
    megabytes(cost.baselineBytes),
    megabytes(cost.peakBytes - cost.baselineBytes),
    significant(floor),
    times(cost.cpuSeconds / floor),
    facts.kept === undefined ? 'n/a' : whole(facts.kept as number),
    facts.similarPairs === undefined ? 'n/a' : whole(facts.similarPairs as number),
    facts.kappaUsed === undefined ? 'n/a' : significant(facts.kappaUsed as number),
    loadAverage.toFixed(2),
  ];
}
