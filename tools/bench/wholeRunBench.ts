import { ConfigError } from '@refrain/core';
import type { Bench } from './context.ts';
import { corpusFolder } from './corpora.ts';
import { mixedMusic } from './mixedMusic.ts';
import { runJob } from './runChild.ts';
import type { StageCost } from './stageClock.ts';
import { megabytes, significant, whole } from './table.ts';

/** MagnaTagATune's clips. */
const DEFAULT_CLIPS = [25_863];

/** `refrain run` with the encoder that it takes by default, stage by stage, on clips of music-dev mixed with each other. */
export const wholeRunBench: Bench = {
  name: 'whole-run',
  about:
    'refrain run from audio to comparison, stage by stage: --folder DIR --n 25863 (200 take two minutes); clips, 176 kB each, are made in DIR once',
  needsFolder: true,
  async run({ settings, say }) {
    const { folder, workers, seed, rows = DEFAULT_CLIPS } = settings;
    if (folder === undefined) throw new ConfigError('folder', '--folder: name a folder for the clips that are made.');
    const table: string[][] = [];
    const notes: string[] = [];
    for (const clips of rows) {
      say(`making ${clips} clips, unless they are there`);
      const dataset = await mixedMusic(folder, corpusFolder('music-dev'), clips, seed);
      say(`refrain run on ${clips} clips`);
      const { cost, facts, loadAverage } = await runJob({ kind: 'whole-run', dataset, workers });
      const stages = JSON.parse(facts.stages as string) as StageCost[];
      const all = { stage: '**all**', cpuSeconds: cost.cpuSeconds, wallSeconds: cost.wallSeconds };
      table.push(...[...stages, all].map((stage) => rowOf(clips, stage)));
      notes.push(
        `${whole(clips)} clips: ${whole(facts.kept as number)} of the train clips kept, ${whole(facts.removed as number)} removed; ` +
          `${megabytes(cost.peakBytes)} MB at most; load average at the start ${loadAverage.toFixed(2)}.`,
      );
    }
    const how = `${workers} workers, an empty cache, no page. A stage lasts until the next one tells that it begins, so what tells nothing is in the stage before it.`;
    return { header: ['stage', 'clips', 'CPU s', 'wall s', 'CPU ms per clip'], rows: table, notes: [how, ...notes] };
  },
};

function rowOf(clips: number, { stage, cpuSeconds, wallSeconds }: StageCost): string[] {
  return [
    stage,
    whole(clips),
    significant(cpuSeconds),
    significant(wallSeconds),
    significant((1000 * cpuSeconds) / clips),
  ];
}
