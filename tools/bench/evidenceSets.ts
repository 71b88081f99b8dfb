import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testDataFolder } from './folders.ts';

/** A dataset with train, valid and test clips, as the command takes it. */
export interface EvidenceSet {
  readonly name: string;
  readonly parameters: readonly string[];
}

const of = (name: string) => join(testDataFolder, name);

/** The sets on which strategies are compared; the files of those that are put together lie in `folder`. */
export async function evidenceSets(folder: string): Promise<EvidenceSet[]> {
  const manifest = ['--dataset', 'manifest', '--dataset-dir'];
  return [
    { name: 'demo corpus', parameters: ['--dataset', 'demo'] },
    { name: 'music-2', parameters: [...manifest, of('music-2/clips.csv')] },
    { name: 'music-dev', parameters: ['--dataset', 'magnatagatune', '--dataset-dir', of('music-dev')] },
    { name: 'music-2 and music-dev', parameters: [...manifest, await bothGames(folder)] },
    { name: 'ESC-10', parameters: [...manifest, await soundsByFold(folder)] },
  ];
}

/** Both sets of game music as one: the label is the game. */
async function bothGames(folder: string): Promise<string> {
  const second = (await rowsOf(of('music-2/clips.csv'))).map(({ path, label, track, split }) => [
    of(`music-2/${path}`),
    ...[label!, track!, split!],
  ]);
  const dev = (await rowsOf(of('music-dev/clips.csv'))).map(({ mp3_path, game, track, split }) => [
    of(`music-dev/audio/${mp3_path}`),
    ...[game!, track!, split!],
  ]);
  return written(join(folder, 'both.csv'), [...second, ...dev]);
}

/** Folds 1 to 3 are train, 4 valid, 5 test; sounds of one recording are in one fold. */
async function soundsByFold(folder: string): Promise<string> {
  const splits = ['train', 'train', 'train', 'valid', 'test'];
  const rows = (await rowsOf(of('esc10-dev/clips.csv'))).map(({ file, class: label, freesound_id, fold }) => [
    of(`esc10-dev/audio/${file}`),
    ...[label!, freesound_id!, splits[Number(fold) - 1]!],
  ]);
  return written(join(folder, 'esc10.csv'), rows);
}

async function written(file: string, rows: readonly (readonly string[])[]): Promise<string> {
  await writeFile(file, [['path', 'label', 'track', 'split'], ...rows].map((row) => `${row.join(',')}\n`).join(''));
  return file;
}

/** Our own files: no cell has a comma. */
async function rowsOf(file: string): Promise<Record<string, string>[]> {
  const [header, ...lines] = (await readFile(file, 'utf8')).trimEnd().split(/\r?\n/);
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at]!, cell])));
}
