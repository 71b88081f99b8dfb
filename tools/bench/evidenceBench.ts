import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Context } from './context.ts';
import { type EvidenceSet, evidenceSets } from './evidenceSets.ts';
import { type Compared, evidenceSentence, evidenceTable } from './evidenceText.ts';
import { outputOf } from './runChild.ts';
import { markdownTable } from './table.ts';

const MAIN = fileURLToPath(new URL('../../../apps/runner/dist/main.js', import.meta.url));

const SEEDS = 20;

/** What is compared: the strategies by the defaults, and jensen-shannon as it was before there was a whitened space. */
const RUNS: readonly { readonly suffix: string; readonly options: readonly string[] }[] = [
  {
    suffix: '',
    options: [
      ...['--pruner', 'jensen-shannon,coverage,semdedup,similarity-histogram,keep-redundant'],
      ...['--plugin', join(import.meta.dirname, 'keepRedundant.js')],
    ],
  },
  {
    suffix: ', old defaults',
    options: [
      ...['--encoder', 'mfcc', '--encoder.segmentSeconds', '3', '--space', 'standardized', '--min-samples', '10'],
      ...['--theta', 'reliability', '--pruner.scope', 'cluster', '--pruner', 'jensen-shannon'],
    ],
  },
];

/** Strategies against random sets of the same size: what stays of the tracks, and what a probe learns, with intervals. */
export const evidenceBench: Bench = {
  name: 'evidence',
  about: `strategies against random and stratified sets at 75, 50 and 25 %, ${SEEDS} seeds, with intervals, on five small sets: --modes demo,music-2,…`,
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
    try {
      const modes = context.settings.modes;
      const sets = (await evidenceSets(folder)).filter(({ name }) => modes?.includes(name) ?? true);
      const found: Compared[] = [];
      for (const set of sets) found.push(await comparedOn(set, folder, context));
      return {
        header: ['set', 'train clips', 'what the intervals carry'],
        rows: found.map((one) => [one.name, String(one.trainClips), evidenceSentence(one)]),
        notes: [
          `Mean over ${SEEDS} seeds, and the difference to random sets of the same size with its 95 % interval, over seeds and test tracks, ▲ better and ▼ worse after Holm's correction; of the two measures of coverage, which have no seeds, the distance to all ${SEEDS} random sets, ▲ and ▼ where it is above or below every one. Old defaults: MFCC of 3 s, standardized, reliability alone, groups inside clusters, minSamples 10; their random sets are of their own features, so only their differences can be compared. keep-redundant keeps what resembles another clip most.`,
          ...found.flatMap((one) => [`#### ${one.name}`, markdownTable(evidenceTable(one))]),
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function comparedOn({ name, parameters }: EvidenceSet, folder: string, { say }: Context): Promise<Compared> {
  const rows: Compared['rows'][number][] = [];
  let trainClips = 0;
  for (const { suffix, options } of RUNS) {
    say(`${name}${suffix}`);
    const output = join(folder, 'compared');
    await rm(output, { recursive: true, force: true });
    await outputOf(process.execPath, [
      ...[MAIN, 'compare', '--quiet', ...parameters, ...options, '--keep', '75%,50%,25%', '--draws', String(SEEDS)],
      ...['--budget', 'epochs', '--evaluator', 'linear-probe', '--evaluator', 'coverage', '--output', output],
    ]);
    const probe = JSON.parse(await readFile(join(output, 'results.json'), 'utf8'));
    const coverage = JSON.parse(await readFile(join(output, 'coverage', 'results.json'), 'utf8'));
    trainClips = probe.trainClips;
    for (const [at, row] of probe.rows.entries()) {
      if (suffix !== '' && row.role !== 'strategy') continue;
      rows.push({ ...row, strategy: `${row.strategy}${suffix}`, reports: [row, coverage.rows[at]] });
    }
  }
  return { name, trainClips, rows };
}
