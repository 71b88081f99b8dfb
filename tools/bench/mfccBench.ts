import { mean } from '@refrain/core';
import type { Bench, Context } from './context.ts';
import { corpusFolder } from './corpora.ts';
import { runPython } from './python.ts';
import { type Measurement, runJob } from './runChild.ts';
import { significant, times, whole } from './table.ts';

/** Of so many clips one is embedded, here as in the job `clip-times`. */
const EVERY = 3;

/** The encoder mfcc from file to features, clip by clip, beside librosa. */
export const mfccBench: Bench = {
  name: 'mfcc',
  about: 'the encoder mfcc on clips of music-dev, one thread, beside librosa where Python has it',
  async run({ say }: Context) {
    const dataset = corpusFolder('music-dev');
    say('mfcc: clip by clip');
    const { facts, loadAverage } = await runJob({ kind: 'clip-times', dataset, encoder: 'mfcc' });
    const seconds = String(facts.seconds).split(' ').map(Number);
    say('librosa');
    const librosa = await runPython('librosa_mfcc.py', [dataset, `${EVERY}`]).catch(() => undefined);
    const own = mean(seconds);
    const rows = [['Refrain', whole(seconds.length), significant(1000 * own), times(1), loadAverage.toFixed(2)]];
    if (librosa !== undefined) rows.push(librosaRow(librosa, own));
    return {
      header: ['what', 'clips', 'CPU ms per clip', 'by ours', 'load average'],
      rows,
      notes: [
        librosa === undefined
          ? 'librosa is not installed here; REFRAIN_PYTHON names a python3 that has it.'
          : 'librosa loads with its own decoder, on one thread; the first clip, on which it compiles, does not count, as ours does not.',
      ],
    };
  },
};

function librosaRow({ cost, facts, loadAverage }: Measurement, own: number): string[] {
  const seconds = cost.cpuSeconds / (facts.clips as number);
  return [
    String(facts.version),
    whole(facts.clips as number),
    significant(1000 * seconds),
    times(seconds / own),
    loadAverage.toFixed(2),
  ];
}
