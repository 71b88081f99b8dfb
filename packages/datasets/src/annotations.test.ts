import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptLines, parseAnnotations, parseClassNames, parsePairs, readTextIfThere } from './annotations.ts';

describe('annotation files', () => {
  it('give the indices of ones, whatever the line ends', () => {
    const text = '\uFEFF2\t[1.0, 0.0, 1.0]\r\n\n7\t[0, 0, 0]\r\n';
    expect(parseAnnotations(text, 'gt.tsv', 3)).toEqual([
      { id: '2', labels: [0, 2] },
      { id: '7', labels: [] },
    ]);
  });

  it.each([
    ['2\t[1.0, 0.0]\n3\t[1.0]\n', /gt\.tsv, line 2: expected 2 labels, found 1/],
    ['2\t[1.0, 0.0, 0.0]\n', /line 1: expected 2 labels, found 3/],
    ['\n\n2\t[1.0, 0.0]\n2\t[1.0, 0.0]\n', /line 4: clip "2" stands there twice/],
    ['2\t[1.0, 0.5]\n', /line 1/],
    ['2\t[1.0, true]\n', /line 1/],
    ['2\t{"length": 2}\n', /line 1/],
    ['2\t__import__("os")\n', /line 1.*found "2\\t__import__/],
    ['2\n', /line 1/],
    ['\t[1.0]\n', /line 1/],
    ['2\t[1.0]\textra\n', /line 1/],
  ])('are refused with their line: %j', (text, message) => {
    expect(() => parseAnnotations(text, 'gt.tsv', 2)).toThrow(DataError);
    expect(() => parseAnnotations(text, 'gt.tsv', 2)).toThrow(message);
  });

  it('have an index that names each clip once', () => {
    expect([...parsePairs('\uFEFF2\ta.mp3\r\n3\tb.mp3\r\n', 'index.tsv')]).toEqual([
      ['2', 'a.mp3'],
      ['3', 'b.mp3'],
    ]);
    expect(() => parsePairs('2\ta.mp3\n2\tb.mp3\n', 'index.tsv')).toThrow(/line 2: clip "2" stands there twice/);
    expect(() => parsePairs('2 a.mp3\n', 'index.tsv')).toThrow(/line 1: expected "id <tab> path"/);
  });

  it('name their classes, quotes and all', () => {
    expect(parseClassNames(`# labels\nMTT_LABELS = ['guitar', "rock'n'roll", 'it\\'s']\n`, 'labels.txt')).toEqual([
      'guitar',
      "rock'n'roll",
      "it's",
    ]);
    for (const text of [
      'nothing here',
      'L = []',
      'L = [1, 2]',
      "L = [__import__('os').system('true')]",
      "L = ['a'] + ['b']",
    ]) {
      expect(() => parseClassNames(text, 'labels.txt')).toThrow(DataError);
    }
    expect(() => parseClassNames("L = ['a', 'b', 'a']", 'labels.txt')).toThrow(/"a" stands there twice/);
  });

  it('may be missing, but not unreadable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-annotations-'));
    expect(await readTextIfThere(join(folder, 'index.tsv'))).toBeUndefined();
    await expect(readTextIfThere(folder)).rejects.toThrow(DataError);
  });
});

const bytes = (text: string) => Buffer.from(text, 'latin1');
const kept = (text: string, ...ids: string[]) => keptLines(bytes(text), (id) => ids.includes(id)).toString('latin1');

describe('lines of kept clips', () => {
  it.each([
    ['1\ta\n2\tb\n3\tc\n', '1\ta\n3\tc\n'],
    ['1\ta\r\n2\tb\r\n3\tc', '1\ta\r\n3\tc'],
    ['\xef\xbb\xbf1\ta\n2\tb\n', '\xef\xbb\xbf1\ta\n'],
    ['\xef\xbb\xbf2\tb\n1\ta\n', '\xef\xbb\xbf1\ta\n'],
    ['1\tno text: \xff\xfe\0\n\n2\n \n', '1\tno text: \xff\xfe\0\n\n \n'],
    ['1\r\n2\r\n', '1\r\n'],
    ['', ''],
  ])('%j become %j', (text, expected) => expect(kept(text, '1', '3')).toBe(expected));

  it('are told by ids that are UTF-8', () => {
    const text = Buffer.from('ä\t1\nö\t2\n');
    expect(keptLines(text, (id) => id === 'ö').toString()).toBe('ö\t2\n');
  });

  it('are all bytes where every clip is kept', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        expect(
          Buffer.compare(
            keptLines(Buffer.from(content), () => true),
            content,
          ),
        ).toBe(0);
      }),
    );
  });
});
