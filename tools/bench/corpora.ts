import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { testDataFolder } from './folders.ts';

/** A train set and its encoder, as the command takes them. */
export interface Corpus {
  readonly name: string;
  readonly parameters: readonly string[];
  /** What must be there to measure on it; empty where the command makes it. */
  readonly needs: readonly string[];
}

const musicDev = join(testDataFolder, 'music-dev');
const musicnn = join(testDataFolder, 'encoders', 'mtat-musicnn.onnx');
const esc10 = join(testDataFolder, 'esc10-dev');
const musicDevParameters = ['--dataset', 'magnatagatune', '--dataset-dir', musicDev];

/** The corpora of the benchmark of strategies. Clips of ESC-10 that were cut from one recording count as one track. */
export const CORPORA: readonly Corpus[] = [
  {
    name: 'music-dev, MFCC',
    parameters: [...musicDevParameters, '--encoder', 'mfcc'],
    needs: [musicDev],
  },
  {
    name: 'music-dev, MusiCNN',
    parameters: [...musicDevParameters, '--encoder', 'onnx', '--checkpoint-path', musicnn],
    needs: [musicDev, musicnn],
  },
  { name: 'demo corpus, MFCC', parameters: ['--dataset', 'demo', '--encoder', 'mfcc'], needs: [] },
  {
    name: 'ESC-10, MFCC',
    parameters: [
      ...['--dataset', 'manifest', '--dataset-dir', join(esc10, 'clips.csv'), '--encoder', 'mfcc'],
      ...['--dataset.audioDir', join(esc10, 'audio'), '--dataset.pathColumn', 'file'],
      ...['--dataset.labelsColumn', 'class', '--dataset.trackColumn', 'freesound_id'],
    ],
    needs: [esc10],
  },
];

/** Those of `corpora` whose files are all there. */
export async function presentCorpora(corpora: readonly Corpus[]): Promise<Corpus[]> {
  const there = await Promise.all(
    corpora.map(({ needs }) =>
      Promise.all(needs.map((path) => access(path))).then(
        () => true,
        () => false,
      ),
    ),
  );
  return corpora.filter((_, at) => there[at]);
}
