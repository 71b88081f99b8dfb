import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { filteredFiles } from '../annotations.ts';
import { labelsByName, readAllTags, readTagAnnotations } from './tagAnnotations.ts';

const HEADER = '"clip_id"\t"singer"\t"harp"\t"no piano"\t"mp3_path"';
const ROWS = [
  '"2"\t"0"\t"1"\t"1"\t"f/a.mp3"',
  '"6"\t"0"\t"0"\t"0"\t"0/b.mp3"',
  '"10"\t"1"\t"0"\t"0"\t"b/c.mp3"',
  '"11"\t"1"\t"0"\t"0"\t"c/d.mp3"',
];

async function folderWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-tags-'));
  await writeFile(join(folder, 'annotations_final.csv'), text);
  return folder;
}

describe('annotations_final.csv', () => {
  it.each([
    ['as it is distributed', [HEADER, ...ROWS].join('\n')],
    ['with a byte order mark and carriage returns', `\uFEFF${[HEADER, ...ROWS].join('\r\n')}\r\n`],
  ])('gives all tags, split by folder: %s', async (_, text) => {
    const { classes, clips } = await readAllTags(await folderWith(text));
    expect(classes).toEqual(['singer', 'harp', 'no piano']);
    expect(clips).toEqual([
      { id: '2', path: 'f/a.mp3', split: 'test', labels: [1, 2] },
      { id: '6', path: '0/b.mp3', split: 'train', labels: [] },
      { id: '10', path: 'b/c.mp3', split: 'train', labels: [0] },
      { id: '11', path: 'c/d.mp3', split: 'valid', labels: [0] },
    ]);
  });

  it('gives labels by name, in the order of the classes', async () => {
    const folder = await folderWith([HEADER, ...ROWS].join('\n'));
    const annotations = (await readTagAnnotations(folder))!;
    const labelsOf = labelsByName(annotations, ['no piano', 'harp'], folder);
    expect([...annotations.rows.values()].map(labelsOf)).toEqual([[0, 1], [], [], []]);
    expect(() => labelsByName(annotations, ['harp', 'guitar'], folder)).toThrow(
      /none of its 3 tags is called "guitar"/,
    );
  });

  it('loses the train clips that are not kept, and nothing else', async () => {
    const folder = await folderWith(`\uFEFF${[HEADER, ...ROWS].join('\r\n')}`);
    const { files } = await readAllTags(folder);
    const [{ name, content }] = (await filteredFiles(folder, files, new Set(['10']))) as [
      { name: string; content: Buffer },
    ];
    expect(name).toBe('annotations_final.csv');
    expect(Buffer.from(content).toString()).toBe(`\uFEFF${[HEADER, ROWS[0], ROWS[2], ROWS[3]].join('\r\n')}`);
  });

  it.each<[string, string, RegExp]>([
    [
      'a tag that is neither 0 nor 1',
      [HEADER, '"2"\t"0"\t"2"\t"1"\t"f/a.mp3"'].join('\n'),
      /line 2: expected 0 or 1 for "harp", found "2"/,
    ],
    [
      'a row that is too short',
      [HEADER, ROWS[0], '"3"\t"0"\t"f/a.mp3"'].join('\n'),
      /line 3: expected 5 columns.*found 3/,
    ],
    ['the same clip twice', [HEADER, ROWS[0], ROWS[0]].join('\n'), /line 3: clip "2" stands there twice/],
    ['another table', 'id,path\n1,a.mp3\n', /header clip_id/],
    [
      'a path in no hexadecimal folder',
      [HEADER, '"2"\t"0"\t"1"\t"1"\t"../a.mp3"'].join('\n'),
      /"\.\.\/a\.mp3", expected 0\/… to f\/…/,
    ],
  ])('is refused with its line: %s', async (_, text, message) => {
    const folder = await folderWith(text);
    await expect(readAllTags(folder)).rejects.toThrow(DataError);
    await expect(readAllTags(folder)).rejects.toThrow(message);
  });

  it('is asked for where it is missing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'refrain-tags-'));
    await expect(readAllTags(empty)).rejects.toThrow(ConfigError);
    await expect(readAllTags(empty)).rejects.toThrow(/needs annotations_final\.csv/);
  });
});
