import { type CopyPair, copyRecords } from '@refrain/pipeline';
import { describe, expect, it } from 'vitest';
import { WRITERS } from './duplicates.ts';

const clips = [
  { id: 'a', path: '/music/a.mp3', split: 'train' },
  { id: '=1+1', path: '/music/b, "live".mp3', split: 'test' },
  { id: 'c', path: '/music/deep/c\u001b[2J.wav', split: 'train' },
] as const;
const pair = { isNearIdentical: false, isSameRecording: true };
const pairs: readonly CopyPair[] = [
  { i: 0, j: 1, level: 'near-identical', similarity: 0.99995, ...pair },
  { i: 0, j: 2, level: 'same-recording', similarity: 0.5, shift: -0.74, overlap: 28.36, ...pair },
];

describe('a list of copies', () => {
  const records = copyRecords(clips, pairs, [[0, 1, 2]]);

  it('names both clips of a pair, the surest pair of a set first', () => {
    expect(records).toEqual([
      {
        ...{ set: 1, level: 'same-recording', similarity: 0.5, shift_s: -0.74, overlap_s: 28.36 },
        ...{ id: 'a', path: '/music/a.mp3', split: 'train' },
        ...{ copy_id: 'c', copy_path: clips[2].path, copy_split: 'train' },
      },
      {
        ...{ set: 1, level: 'near-identical', similarity: 0.99995 },
        ...{ id: 'a', path: '/music/a.mp3', split: 'train' },
        ...{ copy_id: '=1+1', copy_path: '/music/b, "live".mp3', copy_split: 'test' },
      },
    ]);
  });

  it('is JSON Lines', () => {
    const lines = WRITERS.jsonl(records, clips).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(records);
    expect(WRITERS.jsonl([], clips)).toBe('');
  });

  it('is CSV that a spreadsheet may open', () => {
    expect(WRITERS.csv(records.slice(1), clips)).toBe(
      [
        'set,level,similarity,shift_s,overlap_s,id,path,split,copy_id,copy_path,copy_split\r\n',
        `1,near-identical,0.99995,,,a,/music/a.mp3,train,'=1+1,"/music/b, ""live"".mp3",test\r\n`,
      ].join(''),
    );
  });

  it('is a table with the files as seen from their folder, for a terminal', () => {
    const [place, header, , ...rows] = WRITERS.table(records, clips).trimEnd().split('\n');
    expect(place).toBe('files in /music');
    expect(header).toMatch(/^set +level +similarity +shift +overlap +clip +its copy$/);
    expect(rows).toEqual([
      expect.stringMatching(/^ +1 +same-recording +0\.500000 +-0\.74 s +28\.4 s +a\.mp3 +deep\/c\\x1b\[2J\.wav$/),
      expect.stringMatching(/^ +1 +near-identical +0\.999950 +a\.mp3 +b, "live"\.mp3$/),
    ]);
    expect(WRITERS.table([], clips)).toBe('');
    const bare = clips.map(({ id }) => ({ id }));
    expect(WRITERS.table(copyRecords(bare, pairs, [[0, 1, 2]]), bare)).toMatch(/a +=1\+1\n$/);
  });
});
