import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { encodeWav, readAudioFile, streamAudioFile } from '@refrain/audio';
import { ConfigError, DataError, quietHost } from '@refrain/core';
import { processorSeconds, testDataset } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { magnatagatune, openMagnaTagATune } from './magnatagatune.ts';

const beep = (pitch: number) =>
  encodeWav({ samples: Float32Array.from({ length: 4000 }, (_, n) => Math.sin(n * pitch) / 2), sampleRate: 8000 });

interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** What the directory says in place of the truth. */
  readonly claims?: {
    readonly size?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
  };
}

/** A zip archive (APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16), deflated. */
function zip(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = {} } of entries) {
    const packed = deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(claims.flags ?? 0, 2);
    fields.writeUInt16LE(claims.method ?? 8, 4);
    fields.writeUInt32LE(claims.crc ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claims.size ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name, 'latin1'), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), fields, place, Buffer.from(name, 'latin1')]));
    local.push(header);
    offset += header.length;
  }
  const end = Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1');
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  for (const at of [8, 10]) end.writeUInt16LE(entries.length, at);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

const CLIPS = ['0/a-0-29.mp3', '3/b-0-29.mp3', 'c/c-0-29.mp3', 'f/d-0-29.mp3'];
const ENTRIES: readonly ZipEntry[] = CLIPS.map((name, i) => ({ name, content: beep((i + 1) / 7) }));

/** A folder with the annotations of four clips and these files. */
async function tree(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'refrain-zip-'));
  const rows = CLIPS.map((path, i) => `${i + 1}\t${i % 2}\t${path}\n`);
  await writeFile(join(root, 'annotations_final.csv'), `clip_id\tharp\tmp3_path\n${rows.join('')}`);
  await writeFile(join(root, 'output_labels_mtt.txt'), "MTT_LABELS = ['harp']\n");
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  return root;
}

const inParts = (archive: Buffer, ...cuts: number[]) =>
  Object.fromEntries(
    [0, ...cuts].map((start, i) => [`mp3.zip.00${i + 1}`, archive.subarray(start, cuts[i] ?? archive.length)]),
  );

describe('audio by its path alone', () => {
  it('is that of the dataset, in files, in an archive and in its parts, without any annotation', async () => {
    const archive = zip(ENTRIES);
    const files = await mkdtemp(join(tmpdir(), 'refrain-files-'));
    for (const folder of ['0', '3', 'c', 'f']) await mkdir(join(files, folder));
    for (const { name, content } of ENTRIES) await writeFile(join(files, name), content);
    const decoder = { name: 'builtin', fingerprint: 'd', decode: readAudioFile, stream: streamAudioFile };
    const reader = (await magnatagatune.reader!(
      { dir: '/nowhere', splitName: 'pons2017', tags: 'all' },
      decoder,
      quietHost(),
    ))!;
    const inArchive = async (content: Parameters<typeof tree>[0]) => {
      const root = await tree(content);
      const { clips } = await openMagnaTagATune(root, { tags: 'all' });
      await rm(join(root, 'annotations_final.csv'));
      return clips;
    };
    const whole = await inArchive({ 'mp3.zip': archive });
    const parts = await inArchive(inParts(archive, 100));
    for (const [i, { name, content }] of ENTRIES.entries()) {
      const expected = await readAudioFile(join(files, name));
      for (const path of [join(files, name), whole[i]!.path, parts[i]!.path]) {
        const clip = { id: `${i}`, path, split: 'train', labels: [] } as const;
        expect(await reader.readAudio(clip)).toEqual(expected);
        expect(Buffer.from(await reader.readBytes!(clip))).toEqual(Buffer.from(content));
      }
    }
    const missing = { id: 'x', path: join(files, 'mp3.zip', 'x.mp3'), split: 'train', labels: [] } as const;
    await expect(reader.readAudio(missing)).rejects.toThrow(`${join(files, 'mp3.zip')}: is not there`);
    // Another decoder gets files and what is in an archive in two ways, so it needs the dataset.
    const other = { ...decoder, name: 'ffmpeg' };
    expect(
      await magnatagatune.reader!({ dir: '/nowhere', splitName: 'pons2017', tags: 'all' }, other, quietHost()),
    ).toBeUndefined();
  });
});

describe('audio in mp3.zip', () => {
  const archive = zip(ENTRIES);
  const cuts = [Math.floor(archive.length * 0.4), Math.floor(archive.length * 0.7)];

  describe('in three parts', () => {
    const root = tree(inParts(archive, ...cuts));
    testDataset(async () => openMagnaTagATune(await root));
  });

  it.each<[string, Record<string, Uint8Array>]>([
    ['whole', { 'mp3.zip': archive }],
    ['cut in three', inParts(archive, ...cuts)],
    [
      'cut into pieces, its end too',
      inParts(archive, 10, archive.length - 150, archive.length - 60, archive.length - 10),
    ],
    ['in a folder', { 'mp3.zip': zip(ENTRIES.map((entry) => ({ ...entry, name: `mp3/${entry.name}` }))) }],
    [
      'beside folders and other files',
      { 'mp3.zip': zip([{ name: '0/', content: Buffer.alloc(0) }, ...ENTRIES, { name: 'README', content: beep(1) }]) },
    ],
  ])('is read where it lies: %s', async (_, files) => {
    const root = await tree(files);
    const before = readdirSync(root);
    const { clips, readAudio, readBytes } = await openMagnaTagATune(root);
    expect(clips.map(({ id, split }) => [id, split])).toEqual([
      ['1', 'train'],
      ['2', 'train'],
      ['3', 'valid'],
      ['4', 'test'],
    ]);
    for (const [i, clip] of clips.entries()) {
      expect(clip.path).toMatch(new RegExp(`^${root}/mp3\\.zip/.*${CLIPS[i]}$`));
      expect(Buffer.compare(await readBytes!(clip), ENTRIES[i]!.content)).toBe(0);
      const plain = join(root, 'plain.wav');
      await writeFile(plain, ENTRIES[i]!.content);
      expect(await readAudio(clip)).toEqual(await readAudioFile(plain));
      await rm(plain);
    }
    expect(readdirSync(root)).toEqual(before);
  });

  it('gives way to files', async () => {
    const root = await tree({ 'mp3.zip': archive });
    await mkdir(join(root, 'audio', '0'), { recursive: true });
    await writeFile(join(root, 'audio', CLIPS[0]!), beep(1));
    const { clips, readBytes } = await openMagnaTagATune(root);
    expect(clips[0]!.path).toBe(join(root, 'audio', CLIPS[0]!));
    expect(readBytes).toBeUndefined();
  });

  it('goes through a file for a decoder other than the built-in, which is gone after', async () => {
    const root = await tree({ 'mp3.zip': archive });
    const seen: string[] = [];
    const decode = (path: string) => {
      seen.push(path);
      return readAudioFile(path);
    };
    const host = quietHost({ cacheDir: join(root, 'cache') });
    const decoder = { name: 'other', decode };
    const { clips, readAudio } = await openMagnaTagATune(root, {}, { decoder, host });
    const builtin = await openMagnaTagATune(root);
    expect(await readAudio(clips[0]!)).toEqual(await builtin.readAudio(clips[0]!));
    expect(seen).toEqual([expect.stringMatching(/cache.*\.mp3$/)]);
    expect(existsSync(seen[0]!)).toBe(false);
    const failing = {
      name: 'other',
      decode: async (path: string) => Promise.reject(new DataError(path, `${path}: no audio.`)),
    };
    const refused = await openMagnaTagATune(root, {}, { decoder: failing, host });
    await expect(refused.readAudio(refused.clips[0]!)).rejects.toThrow(`${clips[0]!.path}: no audio.`);
    expect(readdirSync(join(root, 'cache', 'magnatagatune'))).toEqual([]);
  });

  it.each<[string, Record<string, Uint8Array>, typeof ConfigError | typeof DataError, RegExp]>([
    [
      'a missing part',
      { 'mp3.zip.001': archive, 'mp3.zip.004': archive },
      ConfigError,
      /has mp3\.zip\.004, but not mp3\.zip\.002, mp3\.zip\.003/,
    ],
    ['the first part missing', { 'mp3.zip.002': archive }, ConfigError, /has mp3\.zip\.002, but not mp3\.zip\.001/],
    [
      'the last part missing',
      { 'mp3.zip.001': archive.subarray(0, 9000), 'mp3.zip.002': archive.subarray(9000, 12_000) },
      DataError,
      /from 2 parts, up to .*mp3\.zip\.002: is one missing/,
    ],
    [
      'a part that is cut',
      { ...inParts(archive, ...cuts), 'mp3.zip.002': archive.subarray(cuts[0], cuts[1]! - 5) },
      DataError,
      /is one missing or cut/,
    ],
    [
      'a part of another archive',
      { ...inParts(archive, ...cuts), 'mp3.zip.001': Buffer.alloc(cuts[0]!, 'x') },
      DataError,
      /mp3\.zip\.001 does not belong to the other parts/,
    ],
    [
      'no zip at all',
      { 'mp3.zip': Buffer.from('<html>not found</html>'.repeat(9)) },
      DataError,
      /mp3\.zip: can't be read as a zip archive.*Is it whole\?/,
    ],
    ['nothing', { 'mp3.zip': Buffer.alloc(0) }, DataError, /can't be read as a zip archive/],
    [
      'an entry that leads out',
      { 'mp3.zip': zip([...ENTRIES, { name: '../../evil.mp3', content: beep(1) }]) },
      DataError,
      /invalid relative path: \.\.\/\.\.\/evil\.mp3/,
    ],
    [
      'an absolute entry',
      { 'mp3.zip': zip([...ENTRIES, { name: '/etc/evil.mp3', content: beep(1) }]) },
      DataError,
      /absolute path/,
    ],
    [
      'an entry that leads out by backslashes',
      { 'mp3.zip': zip([...ENTRIES, { name: '..\\evil.mp3', content: beep(1) }]) },
      DataError,
      /invalid/,
    ],
    ['an entry twice', { 'mp3.zip': zip([...ENTRIES, ENTRIES[0]!]) }, DataError, /0\/a-0-29\.mp3 stands in it twice/],
    [
      'other files',
      { 'mp3.zip': zip([{ name: 'x.mp3', content: beep(1) }]) },
      DataError,
      /none of 4 clips is in it; looked for 0\/a/,
    ],
  ])('is refused: %s', async (_, files, kind, message) => {
    const root = await tree(files);
    await expect(openMagnaTagATune(root)).rejects.toThrow(kind);
    await expect(openMagnaTagATune(root)).rejects.toThrow(message);
  });

  const bomb = Buffer.alloc(3_000_000);
  it.each<[string, ZipEntry, RegExp]>([
    ['a bomb that says what it is', { name: CLIPS[0]!, content: bomb }, /would unpack to 3000000, more than 100 times/],
    ['a bomb that lies', { name: CLIPS[0]!, content: bomb, claims: { size: 5000 } }, /larger than 5001 bytes/],
    [
      'more than 100 MB',
      { name: CLIPS[0]!, content: bomb, claims: { size: 100_000_001 } },
      /100000001 bytes, up to 100000000/,
    ],
    [
      'less than it says',
      { name: CLIPS[0]!, content: beep(1), claims: { size: 9000 } },
      /bytes, its directory says 9000/,
    ],
    ['another checksum', { name: CLIPS[0]!, content: beep(1), claims: { crc: 7 } }, /CRC-32 does not fit/],
    ['encryption', { name: CLIPS[0]!, content: beep(1), claims: { flags: 1 } }, /encrypted/],
    [
      'another compression',
      { name: CLIPS[0]!, content: beep(1), claims: { method: 12 } },
      /unsupported compression method: 12/,
    ],
    ['no audio', { name: CLIPS[0]!, content: Buffer.from('no audio at all') }, /expected mp3, flac/],
  ])('refuses one clip and reads the others: %s', async (_, entry, message) => {
    const root = await tree({ 'mp3.zip': zip([entry, ...ENTRIES.slice(1)]) });
    const { clips, readAudio } = await openMagnaTagATune(root);
    await expect(readAudio(clips[0]!)).rejects.toThrow(DataError);
    await expect(readAudio(clips[0]!)).rejects.toThrow(message);
    await expect(readAudio(clips[0]!)).rejects.toThrow(clips[0]!.path);
    expect((await readAudio(clips[1]!)).samples).toHaveLength(4000);
  });

  it('names the clip that is not in it, and bytes that were changed since', async () => {
    const root = await tree({ 'mp3.zip': zip(ENTRIES.slice(0, 3)) });
    const { clips, readAudio } = await openMagnaTagATune(root);
    await expect(readAudio(clips[3]!)).rejects.toThrow(/f\/d-0-29\.mp3: there is no such file in the archive/);
    const bytes = await readFile(join(root, 'mp3.zip'));
    await writeFile(join(root, 'mp3.zip'), bytes.fill(0));
    await expect(readAudio(clips[0]!)).rejects.toThrow(DataError);
    await rm(join(root, 'mp3.zip'));
    await expect(readAudio(clips[1]!)).rejects.toThrow(/mp3\.zip: can't be read/);
  });

  it('is listed quickly with as many entries as MagnaTagATune has', async () => {
    const names = Array.from(
      { length: 25_860 },
      (_, i) => `${(i % 16).toString(16)}/some_artist-some_album-${i}-0-29.mp3`,
    );
    const many = zip([...ENTRIES, ...names.map((name) => ({ name, content: Buffer.from(name) }))]);
    const root = await tree({ 'mp3.zip': many });
    const seconds = await processorSeconds(async () => {
      const { clips, readAudio } = await openMagnaTagATune(root);
      expect((await readAudio(clips[0]!)).samples).toHaveLength(4000);
    });
    expect(seconds).toBeLessThan(10);
  });
});
