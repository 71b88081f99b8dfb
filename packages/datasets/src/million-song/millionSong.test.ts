import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError } from '@refrain/core';
import { describeWithData, testDataPath, testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { parseClassNames } from '../annotations.ts';
import { MSD_TAGS, openMillionSong } from './millionSong.ts';

const beep = encodeWav({
  samples: Float32Array.from({ length: 800 }, (_, n) => Math.sin(n / 5) / 2),
  sampleRate: 8000,
});

function listeningHost() {
  const notices: string[] = [];
  return { notices, notice: (message: string) => void notices.push(message) };
}

const ANNOTATIONS = 'million_song_dataset/processed_annotations';
const FILES: Readonly<Record<string, string>> = {
  [`${ANNOTATIONS}/output_labels_msd.txt`]: "# Output labels\nMSD_LABELS = ['rock','Hip-Hop']\n",
  [`${ANNOTATIONS}/train_gt_msd.tsv`]: 'TRA\t[0, 1]\r\nTRB\t[1, 1]\r\n',
  [`${ANNOTATIONS}/val_gt_msd.tsv`]: '\uFEFFTRC\t[0, 0]\n',
  [`${ANNOTATIONS}/test_gt_msd.tsv`]: 'TRD\t[1, 0]\n',
  [`${ANNOTATIONS}/index_msd.tsv`]: 'TRA\ta\nTRB\tb\nTRC\tc\nTRD\td\n',
  [`${ANNOTATIONS}/MSD_id_to_7D_id.tsv`]: 'TRA\t12\nTRB\t1234567\nTRC\t777\nTRD\t42\nTRX\t9000\n',
  'million_song_dataset/preprocessed/1/2/12.clip.mp3': '',
  'million_song_dataset/preprocessed/1/2/1234567.clip.mp3': '',
  'million_song_dataset/preprocessed/7/7/777.clip.mp3': '',
  'million_song_dataset/preprocessed/4/2/42.clip.mp3': '',
};

/** A folder with these files; audio files are a beep. */
async function tree(files: Readonly<Record<string, string | Uint8Array | undefined>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-msd-'));
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) continue;
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), name.endsWith('.mp3') ? beep : content);
  }
  return root;
}

const changed = (changes: Readonly<Record<string, string | Uint8Array | undefined>>) =>
  tree({
    ...FILES,
    ...Object.fromEntries(Object.entries(changes).map(([name, text]) => [`${ANNOTATIONS}/${name}`, text])),
  });

describe('the Million Song Dataset', () => {
  const root = tree(FILES);
  testDataset(async () => openMillionSong(await root));

  it('has clips, labels and paths of its files', async () => {
    const host = listeningHost();
    const { name, task, classes, clips } = await openMillionSong(await root, {}, { host });
    expect([name, task, classes]).toEqual(['msd', 'multi-label', ['rock', 'Hip-Hop']]);
    expect(clips.map(({ id, split, labels }) => [id, split, labels])).toEqual([
      ['TRA', 'train', [1]],
      ['TRB', 'train', [0, 1]],
      ['TRC', 'valid', []],
      ['TRD', 'test', [0]],
    ]);
    expect(clips[1]!.path).toBe(join(await root, 'million_song_dataset/preprocessed/1/2/1234567.clip.mp3'));
    expect(host.notices).toEqual([]);
  });

  it('finds the annotations and the audio/ of a folder given itself', async () => {
    const flat = Object.entries(FILES).map(([name, text]) => {
      const short = name.replace(`${ANNOTATIONS}/`, '').replace('million_song_dataset/preprocessed', 'audio');
      return [short, text] as const;
    });
    const folder = await tree(Object.fromEntries(flat));
    expect((await openMillionSong(folder)).clips[0]!.path).toBe(join(folder, 'audio/1/2/12.clip.mp3'));
  });

  // pickle.dumps({'TRA': '12', 'TRB': '1234567', 'TRC': '777', 'TRD': '42'}, 4) of Python 3.11.
  const pickle = 'gASVNwAAAAAAAAB9lCiMA1RSQZSMAjEylIwDVFJClIwHMTIzNDU2N5SMA1RSQ5SMAzc3N5SMA1RSRJSMAjQylHUu';
  it.each<[string, string | Uint8Array]>([
    ['MSD_id_to_7D_id.json', '{"TRA": "12", "TRB": 1234567, "TRC": "777", "TRD": "42"}'],
    ['MSD_id_to_7D_id.pkl', Buffer.from(pickle, 'base64')],
  ])('finds the audio by %s, too', async (name, content) => {
    const folder = await changed({ 'MSD_id_to_7D_id.tsv': undefined, [name]: content });
    const paths = async (path: string) =>
      (await openMillionSong(path)).clips.map((clip) => clip.path.slice(path.length));
    expect(await paths(folder)).toEqual(await paths(await root));
  });

  it('runs nothing of a hostile pickle', async () => {
    const command = `touch ${join(await root, 'run')}`;
    const call = `cposix\nsystem\nX${String.fromCharCode(command.length)}\0\0\0${command}\x85R`;
    const hostile = Buffer.from(`\x80\x02}X\x03\0\0\0TRA${call}s.`, 'latin1');
    const folder = await changed({ 'MSD_id_to_7D_id.tsv': undefined, 'MSD_id_to_7D_id.pkl': hostile });
    await expect(openMillionSong(folder)).rejects.toThrow(DataError);
    await expect(openMillionSong(folder)).rejects.toThrow(
      /MSD_id_to_7D_id\.pkl.*"posix\.system".*Nothing of it was run/,
    );
    expect(existsSync(join(await root, 'run'))).toBe(false);
  });

  it('loses the clips that are not kept, and nothing else', async () => {
    const dataset = await openMillionSong(await root);
    const files = await dataset.filteredFiles!(new Set(['TRB']));
    const again = await tree({
      ...FILES,
      ...Object.fromEntries(files.map(({ name, content }) => [join('million_song_dataset', name), content])),
    });
    expect((await openMillionSong(again)).clips.map(({ id }) => id)).toEqual(['TRB', 'TRC', 'TRD']);
    expect(files).toHaveLength(6);
    for (const { name } of files) {
      const after = await readFile(join(again, 'million_song_dataset', name), 'utf8');
      expect(after).toBe(name.includes('train') ? 'TRB\t[1, 1]\r\n' : FILES[join('million_song_dataset', name)]);
    }
  });

  it('leaves out clips without a 7digital id only if it is told to', async () => {
    const host = listeningHost();
    const folder = await changed({ 'MSD_id_to_7D_id.tsv': 'TRA\t12\nTRD\t42\n' });
    await expect(openMillionSong(folder)).rejects.toThrow(DataError);
    await expect(openMillionSong(folder)).rejects.toThrow(
      /no 7digital id for 2 clips: TRB, TRC\. With dataset\.skipUnmapped/,
    );
    const { clips } = await openMillionSong(folder, { skipUnmapped: true }, { host });
    expect(clips.map(({ id }) => id)).toEqual(['TRA', 'TRD']);
    expect(host.notices).toEqual([expect.stringMatching(/2 clips: TRB, TRC; they are left out/)]);
  });

  it('tells which list is missing and where to get it', async () => {
    const host = listeningHost();
    const folder = await changed({ 'train_gt_msd.tsv': undefined, 'index_msd.tsv': undefined });
    expect((await openMillionSong(folder, {}, { host })).clips.map(({ id }) => id)).toEqual(['TRC', 'TRD']);
    expect(host.notices).toEqual([
      expect.stringMatching(/no train_gt_msd\.tsv, so its clips are left out\. .*jordipons\/musicnn-training/),
    ]);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, typeof ConfigError | typeof DataError, RegExp]>([
    [
      'no list',
      { 'train_gt_msd.tsv': undefined, 'val_gt_msd.tsv': undefined, 'test_gt_msd.tsv': undefined },
      ConfigError,
      /none of train_gt_msd/,
    ],
    [
      'no map',
      { 'MSD_id_to_7D_id.tsv': undefined },
      ConfigError,
      /no MSD_id_to_7D_id\.pkl.*jongpillee\/music_dataset_split/,
    ],
    [
      'a label too many',
      { 'train_gt_msd.tsv': 'TRA\t[0, 1]\nTRB\t[0, 1, 0]\n' },
      DataError,
      /train_gt_msd\.tsv, line 2: expected 2 labels, found 3/,
    ],
    ['a clip in two splits', { 'test_gt_msd.tsv': 'TRA\t[0, 1]\n' }, DataError, /"TRA" is both in train and in test/],
    [
      'an index without a clip',
      { 'index_msd.tsv': 'TRA\ta\n' },
      DataError,
      /index_msd\.tsv: lacks 3 clips: TRB, TRC, TRD/,
    ],
    [
      'an id that leads out',
      { 'MSD_id_to_7D_id.tsv': 'TRA\t../../etc/12\n' },
      DataError,
      /7digital id of "TRA", found "\.\.\/\.\./,
    ],
    [
      'the same track twice',
      { 'MSD_id_to_7D_id.tsv': 'TRA\t12\nTRA\t13\n' },
      DataError,
      /line 2: clip "TRA" stands there twice/,
    ],
    [
      'a list as the map',
      { 'MSD_id_to_7D_id.tsv': undefined, 'MSD_id_to_7D_id.json': '[1]' },
      DataError,
      /json: expected \{"MSD id"/,
    ],
    [
      'labels of code',
      { 'output_labels_msd.txt': 'MSD_LABELS = [__import__("os").system("true")]' },
      DataError,
      /output_labels_msd\.txt: expected a line/,
    ],
  ])('is refused with %s', async (_, changes, kind, message) => {
    const folder = await changed(changes);
    await expect(openMillionSong(folder)).rejects.toThrow(kind);
    await expect(openMillionSong(folder)).rejects.toThrow(message);
  });

  it('says where it looked for audio, where there is none', async () => {
    const folder = await tree(Object.fromEntries(Object.entries(FILES).filter(([name]) => !name.endsWith('.mp3'))));
    expect((await openMillionSong(folder)).missingAudio).toMatch(
      /no audio: looked for 1\/2\/12\.clip\.mp3 and so on in preprocessed\/ and audio\//,
    );
  });
});

describeWithData('msd', 'the real validation list of the Million Song Dataset', () => {
  const text = () => readFileSync(testDataPath('msd', 'val_gt_msd.tsv'), 'utf8');

  it('gives 11,774 clips with their labels', async () => {
    const host = listeningHost();
    const ids = text()
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]!);
    const folder = await tree({
      'processed_annotations/MSD_id_to_7D_id.tsv': ids.map((id, i) => `${id}\t${1_000_000 + i}\n`).join(''),
      'audio/1/0/1000000.clip.mp3': '',
    });
    for (const name of ['val_gt_msd.tsv', 'output_labels_msd.txt']) {
      await copyFile(testDataPath('msd', name), join(folder, 'processed_annotations', name));
    }
    const { clips, classes } = await openMillionSong(folder, {}, { host });
    expect(clips).toHaveLength(11_774);
    expect(clips.every(({ split }) => split === 'valid')).toBe(true);
    expect(classes).toHaveLength(50);
    expect(clips[1]!.labels.map((label) => classes[label])).toEqual(['pop', 'rnb']);
    const ones = text().match(/(?<=[[ ])1(?=[,\]])/g);
    expect(clips.reduce((sum, { labels }) => sum + labels.length, 0)).toBe(ones?.length);
    expect(clips[7]!.path).toBe(join(folder, 'audio/1/0/1000007.clip.mp3'));
    expect(host.notices.map((notice) => /no (\w+\.tsv)/.exec(notice)?.[1])).toEqual([
      'train_gt_msd.tsv',
      'test_gt_msd.tsv',
    ]);
  });

  it('has the 50 tags that are built in, in their order', () => {
    const source = testDataPath('msd', 'output_labels_msd.txt');
    expect(parseClassNames(readFileSync(source, 'utf8'), source)).toEqual(MSD_TAGS);
    const names = readFileSync(testDataPath('msd', '50tagList.txt'), 'utf8').trim().split(/\s*\n/);
    expect(names).toEqual(MSD_TAGS);
  });
});
