import type { LeaksPage } from '@refrain/pruned-dataset';
import { expect, it } from 'vitest';
import { csvText } from '../pictures/table.ts';
import { leakPicture } from './leakPicture.ts';
import { leakHeadline, leakSentences } from './leakWords.ts';

const page = {
  sizes: { train: 10, test: 4 },
  shared: [
    { kind: 'identical-file', splits: ['train', 'test'], shared: 0, clips: [0, 0] },
    { kind: 'track', splits: ['train', 'test'], shared: 1, clips: [1, 2] },
  ],
} as unknown as LeaksPage;

it('says which splits share what', () => {
  expect(leakHeadline(page)).toBe('train and test have something in common');
  expect(leakSentences(page)).toEqual(['track: 1 between train and test, with 1 clip of train and 2 of test.']);
  expect(csvText(leakPicture(page)!.table)).toBe(
    'kind,split,shares with,clips,share of the split\r\nidentical-file,train,test,0,0\r\nidentical-file,test,train,0,0\r\ntrack,train,test,1,0.1\r\ntrack,test,train,2,0.5\r\n',
  );
});

it('says that nothing is shared where nothing is', () => {
  const clean = { ...page, shared: page.shared.slice(0, 1) };
  expect(leakHeadline(clean)).toBe('The splits share nothing that was looked for');
  expect(leakSentences(clean)).toEqual([]);
  expect(leakPicture(clean)).toBeUndefined();
});
