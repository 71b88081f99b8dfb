import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeWav, readAudioFile } from '@refrain/audio';
import { ConfigError, DataError, type Dataset, parseOptions, quietHost } from '@refrain/core';
import { describeWithData, testDataPath, testDataset } from '@refrain/core/testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { type ManifestSettings, manifest, openManifest } from './manifest.ts';

const RATE = 8000;

/** A second of a rising line, so that a sample's value says where it stood. */
const ramp = encodeWav({ samples: Float32Array.from({ length: RATE }, (_, n) => n / RATE / 2), sampleRate: RATE });

/** A folder with the given files and the wavs a.wav, b c.wav and deep/d.wav. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-manifest-'));
  await mkdir(join(root, 'deep'));
  for (const path of ['a.wav', 'b c.wav', 'deep/d.wav']) await writeFile(join(root, path), ramp);
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  return root;
}

async function open(name: string, content: string | Uint8Array, settings?: ManifestSettings): Promise<Dataset> {
  return openManifest(join(await folderWith({ [name]: content }), name), settings);
}

const seen = ({ clips, classes }: Dataset) =>
  clips.map(({ id, split, labels, groups }) => [id, split, labels.map((label) => classes[label]).join('+'), groups]);

const json = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const rows = [
  { id: 'x', path: 'a.wav', split: 'train', tags: ['rock', 'live'], artist: 'ann', album: 'one' },
  { id: 'y', path: 'b c.wav', split: 'valid', tags: [], artist: 'bo', album: 'one' },
  { id: 'z', path: 'deep/d.wav', split: 'test', tags: ['live'], artist: 'ann', album: 'two' },
];

const lhotseRecording = (id: string, source: string) => ({
  id,
  sources: [{ type: 'file', channels: [0], source }],
  sampling_rate: RATE,
  num_samples: RATE,
  duration: 1.0,
});

const samples: Readonly<Record<string, string | Uint8Array>> = {
  'clips.jsonl': json(rows),
  'clips.json': JSON.stringify(rows, undefined, 2),
  'clips.csv': 'id,path,split,genre\r\nx,a.wav,Training,rock\r\ny,b c.wav,dev,pop\r\nz,deep/d.wav,eval,rock\r\n',
  'clips.tsv': 'file_name\ttags\na.wav\t["rock", \'live\']\nb c.wav\t[]\n',
  'clips.csv.gz': gzipSync('file_name;label\na.wav;rock|pop\nb c.wav;rock\n'),
  'nemo.json': json([
    { audio_filepath: 'a.wav', duration: 0.4, offset: 0.1, text: 'one' },
    { audio_filepath: 'a.wav', duration: 0.5, offset: 0.5, text: 'two' },
    { audio_filepath: 'b c.wav', duration: 1.0, text: 'three' },
  ]),
  'recordings.jsonl': json([lhotseRecording('r1', 'a.wav'), lhotseRecording('r2', 'b c.wav')]),
  'cuts.jsonl.gz': gzipSync(
    json([
      { id: 'c1', start: 0.25, duration: 0.5, channel: 0, recording: lhotseRecording('r1', 'a.wav'), type: 'MonoCut' },
      { id: 'c2', start: 0, duration: 1.0, channel: 0, recording: lhotseRecording('r1', 'a.wav'), type: 'MonoCut' },
    ]),
  ),
  'index.json': JSON.stringify({
    version: '1',
    tracks: { t1: { audio: ['a.wav', ''] }, t2: { audio: ['b c.wav', ''] } },
  }),
  'metadata.parquet': new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'file_name', data: ['a.wav', 'b c.wav'], type: 'STRING' },
        { name: 'label', data: [1n, 0n], type: 'INT64' },
      ],
    }),
  ),
};

describe.each(Object.entries(samples))('the manifest %s', (name, content) => {
  const folder = folderWith({ [name]: content });
  testDataset(async () => openManifest(join(await folder, name)));

  it('gives itself back when all clips are kept, and less when some are not', async () => {
    const root = await folder;
    const dataset = await openManifest(join(root, name));
    const { clips } = dataset;
    const [all] = await dataset.filteredFiles!(new Set(clips.map(({ id }) => id)));
    expect(all!.name).toBe(name);
    if (!name.endsWith('.parquet')) expect(Buffer.from(all!.content)).toEqual(Buffer.from(content as Uint8Array));
    const kept = new Set(clips.slice(1).map(({ id }) => id));
    const [less] = await dataset.filteredFiles!(kept);
    await writeFile(join(root, `less-${name}`), less!.content);
    const again = await openManifest(join(root, `less-${name}`));
    expect(seen(again)).toEqual(seen(dataset).slice(1));
  });
});

describe('a manifest', () => {
  it('says what it says of each clip', async () => {
    const expected = [
      ['x', 'train', 'live+rock', { album: 'one', artist: 'ann' }],
      ['y', 'valid', '', { album: 'one', artist: 'bo' }],
      ['z', 'test', 'live', { album: 'two', artist: 'ann' }],
    ];
    expect(seen(await open('m.jsonl', samples['clips.jsonl']!))).toEqual(expected);
    expect(seen(await open('m.json', samples['clips.json']!))).toEqual(expected);
    const csv = await open('m.csv', samples['clips.csv']!);
    expect(csv.task).toBe('single-label');
    expect(seen(csv)).toEqual([
      ['x', 'train', 'rock', undefined],
      ['y', 'valid', 'pop', undefined],
      ['z', 'test', 'rock', undefined],
    ]);
  });

  it('takes the path as the id where there is no other, and all as train where there is no split', async () => {
    expect(seen(await open('m.tsv', samples['clips.tsv']!))).toEqual([
      ['a.wav', 'train', 'live+rock', undefined],
      ['b c.wav', 'train', '', undefined],
    ]);
    expect(seen(await open('m.csv.gz', samples['clips.csv.gz']!)).map(([id, , labels]) => [id, labels])).toEqual([
      ['a.wav', 'pop+rock'],
      ['b c.wav', 'rock'],
    ]);
  });

  it('cuts pieces out of files, whose track is the file', async () => {
    const dataset = await open('nemo.json', samples['nemo.json']!);
    expect(dataset.clips.map(({ id, piece, groups }) => [id, piece, groups])).toEqual([
      ['a.wav@0.1+0.4', { start: 0.1, seconds: 0.4 }, { track: 'a.wav' }],
      ['a.wav@0.5+0.5', { start: 0.5, seconds: 0.5 }, { track: 'a.wav' }],
      ['b c.wav', undefined, undefined],
    ]);
    const audio = await Promise.all(dataset.clips.map((clip) => dataset.readAudio(clip)));
    expect(audio.map((one) => one.samples.length)).toEqual([3200, 4000, 8000]);
    for (const [index, from] of [800, 4000, 0].entries())
      expect(audio[index]!.samples[0]).toBeCloseTo(from / RATE / 2, 4);
    const [cut] = (await open('cuts.jsonl.gz', samples['cuts.jsonl.gz']!)).clips;
    expect(cut).toMatchObject({ id: 'c1', piece: { start: 0.25, seconds: 0.5 } });
  });

  it('decodes a file once for pieces that follow each other', async () => {
    const root = await folderWith({ 'nemo.json': samples['nemo.json']! });
    const decoded: string[] = [];
    const decode = (path: string) => {
      decoded.push(path);
      return readAudioFile(path);
    };
    const dataset = await openManifest(join(root, 'nemo.json'), {}, { decoder: { decode } });
    for (const clip of dataset.clips) await dataset.readAudio(clip);
    expect(decoded).toEqual([join(root, 'a.wav'), join(root, 'b c.wav')]);
  });

  it('refuses a piece outside of its file when it is read', async () => {
    const dataset = await open('m.jsonl', json([{ audio_filepath: 'a.wav', offset: 0.5, duration: 0.7 }]));
    await expect(dataset.readAudio(dataset.clips[0]!)).rejects.toThrow(DataError);
    await expect(dataset.readAudio(dataset.clips[0]!)).rejects.toThrow(/a.wav: the clip a.wav@0.5\+0.7 .*1.000 s long/);
  });

  it('compares files with the MD5 of an index if asked', async () => {
    const md5 = createHash('md5').update(ramp).digest('hex');
    const index = JSON.stringify({ tracks: { t1: { audio: ['a.wav', md5] }, t2: { audio: ['b c.wav', 'ff'] } } });
    const dataset = await open('index.json', index, { checkMd5: true });
    await expect(dataset.readAudio(dataset.clips[0]!)).resolves.toHaveProperty('sampleRate', RATE);
    await expect(dataset.readAudio(dataset.clips[1]!)).rejects.toThrow(/b c.wav: its MD5 is .*the index says ff/);
    const unchecked = await open('index.json', index);
    await expect(unchecked.readAudio(unchecked.clips[1]!)).resolves.toBeDefined();
    await expect(open('m.csv', samples['clips.csv']!, { checkMd5: true })).rejects.toThrow(/dataset.checkMd5/);
  });

  it('tells once how it was understood', async () => {
    const root = await folderWith({
      'metadata.csv': 'path,genre,tags,offset\na.wav,x,p|q,3\n',
      'manifest.jsonl': '{}',
    });
    const notices: string[] = [];
    await openManifest(root, {}, { host: { notice: (message) => notices.push(message) } });
    expect(notices).toEqual([
      `${root}: metadata.csv is read, not manifest.jsonl.`,
      'metadata.csv: path from column path, labels from tags (not genre); multi-label, 2 classes, separated by "|".',
      'metadata.csv: the column offset is left out, as there is no column duration.',
    ]);
  });

  it('takes absolute paths, and relative ones from another folder', async () => {
    const root = await folderWith({});
    const text = json([{ path: join(root, 'a.wav') }, { path: '../b c.wav' }]);
    const { clips } = await open('m.jsonl', text, { audioDir: join(root, 'deep') });
    expect(clips.map(({ path }) => path)).toEqual([join(root, 'a.wav'), join(root, 'b c.wav')]);
  });

  it('takes ids of any length and script', async () => {
    const ids = ['a'.repeat(300), '曲 🎵', '=1+1', ' spaced ', '__proto__', 'x\ny'];
    const dataset = await open('m.jsonl', json(ids.map((id) => ({ id, path: 'a.wav' }))));
    expect(dataset.clips.map(({ id }) => id)).toEqual(ids);
  });

  it.each<[string, RegExp, ManifestSettings?]>([
    ['id,path\nx,a.wav\n"y\n",a.wav\nx,a.wav\n', /m.csv: line 2 and line 5 have the same id, x. .*idColumn/],
    ['path\na.wav\nb.wav\na.wav\n', /line 2 and line 4 have the same id, a.wav. Ids are the values of path/],
    ['id,path\nx,a.wav\ny,\n', /line 3: has no path/],
    ['id,path\n,a.wav\n', /line 2: has no id/],
    ['path,split\na.wav,train\nb.wav,holdout\n', /line 3: expected the split train, valid or test, found "holdout"/],
    ['path,split\na.wav,\n', /line 2: expected the split.*found nothing/],
    ['path\n" "\n', /line 2: has no path/],
    ['{"path": "caf\\udce9.wav"}\n', /line 1: the path caf\\xe9\.wav has bytes that are not UTF-8/],
    ['path\ncaf\uFFFD.wav\n', /line 2: the path caf\uFFFD\.wav had bytes that are not UTF-8/],
    ['{"path": "a.wav", "id": null}\n', /line 1: has no id/],
    ['{"path": "a.wav", "id": 1e20}\n', /line 1: its id is a floating point number, 100000000000000000000/],
    ['path\nfile://server/a.wav\n', /line 2: .* is an address/],
    ['path\nhttps://x.org/a.wav\n', /line 2: https:.* is an address/],
    ['path\ns3://bucket/a.wav\n', /is an address/],
    ['path\n"sox a.wav -t wav - |"\n', /is a command; nothing is ever run/],
    ['path\npipe:cat a.wav\n', /is an address/],
    ['path,shard_id\na.wav,0\n', /line 2: a.wav is in a tar file/],
    ['path\nshard_0.tar\n', /is in a tar file/],
    ['text,label\na,b\n', /expected a column with the paths/],
    ['path,offset,duration\na.wav,-1,2\n', /line 2: expected an offset/],
    ['path,label\na.wav,x\nb c.wav,\n', /line 3: expected one label, found none/],
    [
      'path,label\na.wav,x|y\n',
      /line 2: expected one label, found x, y/,
      { task: 'single-label', labelSeparator: '|' },
    ],
  ])('is refused with its line: %j', async (text, message, settings) => {
    await expect(open('m.csv', text, settings)).rejects.toThrow(DataError);
    await expect(open('m.csv', text, settings)).rejects.toThrow(message);
  });

  it('is refused as a setting where a setting would help', async () => {
    const refused = async (opening: Promise<unknown>, option: string, message: RegExp) => {
      const error = await opening.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ option, message: expect.stringMatching(message) as unknown });
    };
    await refused(openManifest('/nowhere'), 'dataset.dir', /no file or folder \/nowhere/);
    await refused(openManifest(await folderWith({})), 'dataset.dir', /looked for metadata.{csv,.*or manifest/);
    expect((await open('m.csv', 'path\nx.wav\n')).missingAudio).toMatch(/none of the first 1 audio files.*x.wav/);
    await refused(open('m.csv', 'path\na.wav\n', { idColumn: 'key' }), 'dataset.idColumn', /no column "key"/);
    await refused(open('m.csv', 'path\na.wav\n', { task: 'multi-label' }), 'dataset.labelsColumn', /multi-label/);
  });

  it('reports one missing file only when it is read', async () => {
    const dataset = await open('m.csv', 'path\na.wav\nmissing.wav\n');
    await expect(dataset.readAudio(dataset.clips[1]!)).rejects.toThrow(/missing.wav: there is no such file/);
  });

  it('is not filtered when it was changed in between', async () => {
    const root = await folderWith({ 'm.csv': 'path\na.wav\n' });
    const dataset = await openManifest(join(root, 'm.csv'));
    await writeFile(join(root, 'm.csv'), 'path\nb c.wav\na.wav\n');
    await expect(dataset.filteredFiles!(new Set())).rejects.toThrow(/m.csv was changed since it was opened/);
  });

  it('is a component with options as a command line gives them', async () => {
    const root = await folderWith({ 'm.csv': 'file,mood,name\na.wav,sad,1\nb c.wav,sad,1\n' });
    const options = parseOptions(
      manifest.options,
      { dir: join(root, 'm.csv'), labelsColumn: 'mood', idColumn: 'none', checkMd5: 'off' },
      'dataset',
    );
    const decoder = { name: 'plain', fingerprint: '', decode: readAudioFile };
    const dataset = await manifest.create(options, decoder, quietHost());
    expect(seen(dataset).map(([id, , labels]) => [id, labels])).toEqual([
      ['a.wav', 'sad'],
      ['b c.wav', 'sad'],
    ]);
  });
});

describeWithData('music-dev', 'a manifest of music-dev', () => {
  const file = testDataPath('music-dev', 'clips.csv');
  const settings = { audioDir: join(dirname(file), 'audio'), labelSeparator: ' ' };

  it('says what clips.csv says', async () => {
    // No field of this file holds a comma or a quote.
    const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const fields = lines.map((line) => line.split(','));
    expect(new Set(fields.map((one) => one.length))).toEqual(new Set([9]));
    const dataset = await openManifest(file, settings);
    expect(dataset.task).toBe('multi-label');
    expect(dataset.clips).toHaveLength(306);
    const expected = fields.map(([id, path, , track, , split, tags]) => [
      id,
      join(settings.audioDir, path!),
      split,
      tags!.split(' ').sort(),
      { track },
    ]);
    const { classes } = dataset;
    expect(
      dataset.clips.map(({ id, path, split, labels, groups }) => [
        id,
        path,
        split,
        labels.map((label) => classes[label]),
        groups,
      ]),
    ).toEqual(expected);
  });

  it('is read', async () => {
    const dataset = await openManifest(file, { ...settings, labelsColumn: 'game', task: 'single-label' });
    expect(dataset.classes).toHaveLength(6);
    const { samples: audio, sampleRate } = await dataset.readAudio(dataset.clips[0]!);
    expect(audio.length / sampleRate).toBeCloseTo(29.1, 1);
  });
});
