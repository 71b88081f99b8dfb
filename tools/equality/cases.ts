import { join } from 'node:path';

/** What is pruned: a data set and an encoder, or own embeddings. */
export interface Case {
  readonly name: string;
  /** Options of `prune` that say what it reads. */
  readonly source: readonly string[];
}

/** How it is pruned. */
export interface Setting {
  readonly name: string;
  readonly options: readonly string[];
  /** Whether the clips are taken from the folder that the first setting wrote, in place of the source. */
  readonly isReuse?: boolean;
}

/** Every case, on the data in `folder`: 306 clips of music with three encoders, 400 of sounds, and embeddings with and without ids. */
export function casesOn(folder: string): readonly Case[] {
  const at = (...names: string[]) => join(folder, ...names);
  const music = ['--dataset', 'magnatagatune', '--dataset-dir', at('music-dev')];
  const esc10 = [
    ...['--dataset', 'manifest', '--dataset-dir', at('esc10-dev', 'clips.csv')],
    ...['--dataset.audioDir', at('esc10-dev', 'audio'), '--dataset.pathColumn', 'file'],
    ...['--dataset.labelsColumn', 'class', '--dataset.trackColumn', 'freesound_id'],
  ];
  const clmr = at('encoders', 'clmr-open', 'clmr-open.pt');
  const musicnn = at('encoders', 'mtat-musicnn.onnx');
  const own = (name: string) => ['--embeddings', at('embeddings', `${name}.npy`)];
  const ids = (name: string) => ['--ids', at('embeddings', `${name}.rows.txt`)];
  return [
    { name: 'music-dev-mfcc', source: [...music, '--encoder', 'mfcc'] },
    { name: 'music-dev-clmr', source: [...music, '--encoder', 'clmr', '--checkpoint-path', clmr] },
    { name: 'music-dev-musicnn', source: [...music, '--encoder', 'onnx', '--checkpoint-path', musicnn] },
    { name: 'esc10-dev', source: [...esc10, '--encoder', 'mfcc'] },
    { name: 'own-esc10', source: [...own('esc10.mtat-musicnn'), ...ids('esc10')] },
    { name: 'own-music-dev', source: [...own('music-dev.oww'), ...ids('music-dev')] },
    { name: 'own-without-ids', source: own('music-dev.mtat-fcn') },
  ];
}

/** Every setting that each case is pruned with; the first is without any, so that others can reuse it. */
export const SETTINGS: readonly Setting[] = [
  { name: 'defaults', options: [] },
  { name: 't = 0', options: ['--t', '0'] },
  { name: 't = 1', options: ['--t', '1'] },
  { name: 'threshold 0.9, t = 1', options: ['--threshold', '0.9', '--t', '1'] },
  { name: 'keep 60 %', options: ['--keep', '60%'] },
  { name: 'reuse, t = 0.8', options: ['--t', '0.8'], isReuse: true },
  {
    name: 'reuse, similarity-histogram',
    options: ['--pruner', 'similarity-histogram', '--keep', '60%'],
    isReuse: true,
  },
  { name: 'reuse, random', options: ['--pruner', 'random', '--keep', '60%'], isReuse: true },
];
