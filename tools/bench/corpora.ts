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

/** The folder of a set of real audio. */
export function corpusFolder(name: string): string {
  return join(testDataFolder, name);
}

const musicDev = join(testDataFolder, 'music-dev');
const musicnn = join(testDataFolder, 'encoders', 'mtat-musicnn.onnx');
const esc10 = join(testDataFolder, 'esc10-dev');
const musicDevParameters = ['--dataset', 'magnatagatune', '--dataset-dir', musicDev];

const esc10Parameters = [
  ...['--dataset', 'manifest', '--dataset-dir', join(esc10, 'clips.csv')],
  ...['--dataset.audioDir', join(esc10, 'audio'), '--dataset.pathColumn', 'file'],
  ...['--dataset.labelsColumn', 'class', '--dataset.trackColumn', 'freesound_id'],
];

const music2 = join(testDataFolder, 'music-2');

/** Each set with no encoder named, so that music has MFCC and Basic Pitch and the short sounds MFCC. Clips of ESC-10 that were cut from one recording count as one track. */
export const CORPORA: readonly Corpus[] = [
  { name: 'music-dev', parameters: musicDevParameters, needs: [musicDev] },
  {
    name: 'music-2',
    parameters: ['--dataset', 'manifest', '--dataset-dir', join(music2, 'clips.csv')],
    needs: [music2],
  },
  { name: 'ESC-10', parameters: esc10Parameters, needs: [esc10] },
  { name: 'demo corpus', parameters: ['--dataset', 'demo'], needs: [] },
];

/** An encoder of the benchmark of retrieval. */
interface EncoderChoice extends Corpus {
  /** By which it is chosen. */
  readonly mode: string;
}

const ENCODERS: readonly EncoderChoice[] = [
  { mode: 'mfcc', name: 'MFCC, 1 s', parameters: ['--encoder', 'mfcc', '--encoder.segmentSeconds', '1'], needs: [] },
  { mode: 'mfcc-3s', name: 'MFCC, 3 s', parameters: ['--encoder', 'mfcc', '--encoder.segmentSeconds', '3'], needs: [] },
  { mode: 'basic-pitch', name: 'Basic Pitch', parameters: ['--encoder', 'basic-pitch'], needs: [] },
  { mode: 'both', name: 'MFCC and Basic Pitch', parameters: ['--encoder', 'mfcc,basic-pitch'], needs: [] },
  {
    mode: 'musicnn',
    name: 'MusiCNN',
    parameters: ['--encoder', 'onnx', '--checkpoint-path', musicnn],
    needs: [musicnn],
  },
];

/** The corpora of the benchmark of retrieval, each with every encoder, or with those of these modes. */
export function retrievalCorpora(modes: readonly string[] = ENCODERS.map(({ mode }) => mode)): Corpus[] {
  const encoders = ENCODERS.filter(({ mode }) => modes.includes(mode));
  return CORPORA.flatMap((set) =>
    encoders.map((encoder) => ({
      name: `${set.name}, ${encoder.name}`,
      parameters: [...set.parameters, ...encoder.parameters],
      needs: [...set.needs, ...encoder.needs],
    })),
  );
}

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
