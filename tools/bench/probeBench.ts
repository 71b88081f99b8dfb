import { join } from 'node:path';
import type { CompareJob } from './compareJob.ts';
import type { Bench, Context } from './context.ts';
import type { ProbeSize } from './probeExamples.ts';
import type { ProbeJob } from './probeJob.ts';
import { runPython } from './python.ts';
import { type Measurement, measured } from './runChild.ts';
import { significant, type Table, times, whole } from './table.ts';

/** MagnaTagATune's train split (Pons et al.), its valid split by that of the train one, and its tags. */
const DEFAULT_ROWS = 18_706;
const VALID_SHARE = 1825 / 18_706;
const TAGS = 50;

const EPOCHS = 10;
const TEST_SHARE = 5329 / 18_706;

/** What a comparison of kept sets takes: ten of them with ten seeds each, and at most CLMR's 200 epochs for each probe. */
const SEEDS = 10;
const PROBES = 100;
const MOST_EPOCHS = 200;

interface Row {
  readonly what: string;
  readonly threads: number;
  /** Processor time of an epoch, on all threads. */
  readonly epochSeconds: number;
  /** Of several probes side by side: wall time by the epochs that all of them had. */
  readonly epochWallSeconds?: number;
  readonly loadAverage: number;
}

/** The training of a probe beside a loop, the matrix products it cannot do without, and PyTorch. */
export const probeBench: Bench = {
  name: 'probe',
  about:
    'training a linear probe at batches of 48, beside loops and PyTorch: --n 18706; --modes all makes a comparison of 100 probes',
  async run(context) {
    const { rows = [DEFAULT_ROWS], cols, workers, modes = [] } = context.settings;
    const tables: Table[] = [];
    for (const n of rows) {
      const size = { rows: n, valid: Math.max(1, Math.round(n * VALID_SHARE)), cols, classes: TAGS };
      tables.push(await tableOf(size, context));
    }
    return {
      header: tables[0]!.header,
      rows: tables.flatMap((table) => table.rows),
      notes: [
        `d = ${cols}, ${TAGS} tags, batches of 48, generated embeddings; an epoch has its valid loss, the products have not. The products are those ` +
          'of logits and of the gradient of the weights, on one thread.',
        ...tables.flatMap(({ notes = [] }) => notes),
        modes.includes('all')
          ? `The ${PROBES} probes stop early as CLMR's do.`
          : `--modes all makes a whole comparison of ${PROBES} probes on ${workers} threads.`,
      ],
    };
  },
};

async function tableOf(size: ProbeSize, context: Context): Promise<Table> {
  const { seed, workers, repeat = 5, modes = [] } = context.settings;
  context.say(`one probe, the loop and the products, ${repeat} turns, ${size.rows} clips`);
  const one = await runProbes({ kind: 'one', size, seed, epochs: EPOCHS, repeat });
  const { floorSeconds, loopSeconds, probeSeconds } = one.facts as Record<string, number>;
  const { loadAverage } = one;
  const torch = await torchRow(size, context);
  context.say(`${workers} probes side by side, ${size.rows} clips`);
  const side = await runProbes({ kind: 'many', size, seed, probes: 4 * workers, maxEpochs: 3 * EPOCHS, workers });
  const sideSeconds = side.cost.wallSeconds / (side.facts.epochs as number);
  const sideCpuSeconds = side.cost.cpuSeconds / (side.facts.epochs as number);
  const rows: Row[] = [
    { what: 'matrix products alone', threads: 1, epochSeconds: floorSeconds!, loadAverage },
    { what: 'trainProbe', threads: 1, epochSeconds: probeSeconds!, loadAverage },
    {
      what: 'probeThreads',
      threads: workers,
      epochSeconds: sideCpuSeconds,
      epochWallSeconds: sideSeconds,
      loadAverage: side.loadAverage,
    },
    { what: 'loops in TypeScript', threads: 1, epochSeconds: loopSeconds!, loadAverage },
    ...(torch === undefined ? [] : [torch]),
  ];
  return {
    header: [
      ...['what', 'threads', 'n', 'CPU ms per epoch', 'wall ms per epoch', 'by the products', 'cheaper than loops'],
      'load average',
    ],
    rows: rows.map((row) => [
      row.what,
      whole(row.threads),
      whole(size.rows),
      significant(row.epochSeconds * 1000),
      row.epochWallSeconds === undefined ? 'n/a' : significant(row.epochWallSeconds * 1000),
      times(row.epochSeconds / floorSeconds!),
      times(loopSeconds! / row.epochSeconds),
      row.loadAverage.toFixed(2),
    ]),
    notes: [
      `n = ${whole(size.rows)}: ${PROBES} probes of ${MOST_EPOCHS} epochs, if none stops early, take ` +
        `${significant((PROBES * MOST_EPOCHS * sideSeconds) / 60)} minutes on ${workers} threads by that.`,
      ...(torch === undefined ? ['PyTorch is not installed here; REFRAIN_PYTHON names a python3 that has it.'] : []),
      ...(modes.includes('all') ? [await allSentence(size, context)] : []),
    ],
  };
}

async function allSentence(size: ProbeSize, { settings, say }: Context): Promise<string> {
  const { seed, workers } = settings;
  say(`a comparison of ${PROBES} probes, ${workers} at a time`);
  const test = Math.round(size.rows * TEST_SHARE);
  const job = { kind: 'compare', size, seed, seeds: SEEDS, sets: PROBES / SEEDS, test, workers } as const;
  const { cost, facts } = await runProbes(job);
  const epochs = (facts.epochs as number) / PROBES;
  const probeSeconds = facts.probeSeconds as number;
  return (
    `n = ${whole(size.rows)}: a comparison of ${PROBES} probes (ten sets with ten seeds each) took ${significant(cost.wallSeconds / 60)} minutes on ` +
    `${workers} threads, ${whole(cost.peakBytes / 1e6)} MB at most: ${significant(probeSeconds / 60)} for the probes, ${significant(epochs)} ` +
    `epochs each on average, the rest for the intervals from ${whole(test)} test clips.`
  );
}

/** PyTorch on random numbers of the same size; undefined where it is not installed. */
async function torchRow(size: ProbeSize, { say }: Context): Promise<Row | undefined> {
  const found = await runPython('probe_torch.py', ['find']).catch(() => undefined);
  if (found === undefined) return undefined;
  say('PyTorch');
  const numbers = [size.rows, size.valid, size.cols, size.classes, EPOCHS].map(String);
  const { cost, facts, loadAverage } = await runPython('probe_torch.py', numbers);
  return { what: `${facts.version}`, threads: 1, epochSeconds: cost.cpuSeconds / EPOCHS, loadAverage };
}

// Plain node, without the caller's flags, as in runJob.
async function runProbes(job: ProbeJob | CompareJob): Promise<Measurement> {
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  return measured(process.execPath, [join(import.meta.dirname, 'probeChild.js'), JSON.stringify(job)], env);
}
