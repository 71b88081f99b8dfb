import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mixedMusic } from './mixedMusic.ts';
import { mp3Of, spliced } from './mp3Frames.ts';

/** A frame of MPEG 2, layer III, one channel, 22,050 Hz, 48 kbit/s: 72 · 48,000 / 22,050 = 156.7, so 156 bytes, and one more with padding. */
function frame(fill: number, padding = 0): Buffer {
  const bytes = Buffer.alloc(156 + padding, fill);
  bytes.set([0xff, 0xf3, 0x60 | (padding << 1), 0xc0]);
  return bytes;
}

/** An ID3 tag of 300 bytes (2 · 128 + 44), a frame that says how many there are, and `count` frames. */
function file(fill: number, count: number): Buffer {
  const info = frame(0);
  info.write('Info', 13, 'latin1');
  const tag = Buffer.concat([Buffer.from('ID3'), Buffer.from([3, 0, 0, 0, 0, 2, 44]), Buffer.alloc(300)]);
  return Buffer.concat([tag, info, ...Array.from({ length: count }, (_, at) => frame(fill, at % 2))]);
}

describe('the frames of an mp3 file', () => {
  it('are found behind tag and counts, as long as their headers say', () => {
    const { head, frames, form } = mp3Of(file(7, 5), 'a.mp3');
    expect(head).toHaveLength(310 + 156);
    expect(frames.map((one) => one.length)).toEqual([156, 157, 156, 157, 156]);
    expect(form).toBe(mp3Of(file(9, 1), 'b.mp3').form);
    // MPEG 1, 44,100 Hz, 128 kbit/s: 144 · 128,000 / 44,100 = 417.96.
    const wide = Buffer.alloc(417);
    wide.set([0xff, 0xfb, 0x90, 0x00]);
    expect(mp3Of(wide, 'c.mp3').frames.map((one) => one.length)).toEqual([417]);
    expect(mp3Of(wide, 'c.mp3').form).not.toBe(form);
  });

  it('are put behind one another, the later ones from the second file', () => {
    const [first, second] = [mp3Of(file(7, 5), 'a'), mp3Of(file(9, 4), 'b')];
    const { frames } = mp3Of(spliced(first, second, 3), 'mixed');
    expect(frames.map((one) => one[10])).toEqual([7, 7, 7, 9]);
  });

  it('are missed in a file that has none', () => {
    expect(() => mp3Of(Buffer.from('no mp3'), 'x.mp3')).toThrow(/x\.mp3/);
  });
});

describe('mixed music', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-mixed-'));
    await mkdir(join(folder, 'from', 'audio', '0'), { recursive: true });
    const ids = [0, 1, 2];
    for (const id of ids) await writeFile(join(folder, 'from', 'audio', '0', `${id}.mp3`), file(10 + id, 40));
    const table = (name: string, cell: (id: number) => string, of: readonly number[]) =>
      writeFile(join(folder, 'from', name), of.map((id) => `${id}\t${cell(id)}\n`).join(''));
    await table('index_mtt.tsv', (id) => `0/${id}.mp3`, ids);
    await table('train_gt_mtt.tsv', (id) => `[${id}.0]`, [0, 1]);
    await table('val_gt_mtt.tsv', (id) => `[${id}.0]`, [2]);
    await table('test_gt_mtt.tsv', () => '', []);
    await writeFile(join(folder, 'from', 'output_labels_mtt.txt'), "['one']\n");
  });

  afterEach(() => rm(folder, { recursive: true }));

  const lines = async (made: string, name: string) =>
    (await readFile(join(made, name), 'utf8')).split('\n').filter((line) => line !== '');

  it('has as many clips as asked for, each of its own, in three splits, and is made once', async () => {
    const made = await mixedMusic(folder, join(folder, 'from'), 75, 0);
    expect(await lines(made, 'index_mtt.tsv')).toHaveLength(75);
    // Tracks 0 to 9 and 14 are train, 10 is valid, 11 to 13 are test; five clips each.
    const counts = ['train', 'val', 'test'].map(async (split) => (await lines(made, `${split}_gt_mtt.tsv`)).length);
    expect(await Promise.all(counts)).toEqual([55, 5, 15]);
    const [, path] = (await lines(made, 'index_mtt.tsv'))[0]!.split('\t');
    const { frames } = mp3Of(await readFile(join(made, 'audio', path!)), path!);
    expect(frames).toHaveLength(40);
    const [first, tags] = [frames[0]![10]!, (await lines(made, 'train_gt_mtt.tsv'))[0]!.split('\t')[1]];
    expect(tags).toBe(`[${first - 10}.0]`);
    await rm(join(folder, 'from'), { recursive: true });
    expect(await mixedMusic(folder, join(folder, 'from'), 75, 0)).toBe(made);
    expect((await readdir(folder)).toSorted()).toEqual(['mixed-music-75-0']);
  });
});
