import { ConfigError, DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { parseAnnotations, parseClassNames, parseIndex, readDatasetFile } from './annotations.ts';

describe('annotation files', () => {
  it('give the indices of ones, whatever the line ends', () => {
    const text = '\uFEFF2\t[1.0, 0.0, 1.0]\r\n\n7\t[0.0, 0.0, 0.0]\r\n';
    expect(parseAnnotations(text, 'gt.tsv')).toEqual({
      rows: [
        { id: '2', labels: [0, 2] },
        { id: '7', labels: [] },
      ],
      classCount: 3,
    });
  });

  it.each([
    ['2\t[1.0, 0.0]\n3\t[1.0]\n', /line 2: expected 2 labels.*found 1/],
    ['2\t[1.0, 0.5]\n', /line 1/],
    ['2\t__import__("os")\n', /line 1/],
    ['2\n', /line 1/],
    ['\t[1.0]\n', /line 1/],
    ['2\t[1.0]\textra\n', /line 1/],
  ])('are refused with their line: %j', (text, message) => {
    expect(() => parseAnnotations(text, 'gt.tsv')).toThrow(DataError);
    expect(() => parseAnnotations(text, 'gt.tsv')).toThrow(message);
  });

  it('refuse an index that names a clip twice', () => {
    expect(() => parseIndex('2\ta.mp3\n2\tb.mp3\n', 'index.tsv')).toThrow(/line 2: clip 2 stands there twice/);
  });

  it('name their classes, quotes and all', () => {
    expect(parseClassNames(`# labels\nMTT_LABELS = ['guitar', "rock'n'roll", 'it\\'s']\n`, 'labels.txt')).toEqual([
      'guitar',
      "rock'n'roll",
      "it's",
    ]);
    expect(() => parseClassNames('nothing here', 'labels.txt')).toThrow(DataError);
  });

  it('say what belongs into a folder where one is missing', async () => {
    await expect(readDatasetFile('/nowhere', 'index_mtt.tsv')).rejects.toThrow(ConfigError);
    await expect(readDatasetFile('/nowhere', 'index_mtt.tsv')).rejects.toThrow(
      /has no index_mtt.tsv.*train_gt_mtt.tsv/,
    );
  });
});
