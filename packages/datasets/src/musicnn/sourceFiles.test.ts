import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptLines } from './sourceFiles.ts';

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
