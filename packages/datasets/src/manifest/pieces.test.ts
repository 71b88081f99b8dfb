import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { cutPiece, pieceOf } from './pieces.ts';

const refuse = (reason: string): never => {
  throw new Error(reason);
};

describe('the piece of a row', () => {
  it('needs an offset; a duration alone says how long the file is', () => {
    expect(pieceOf(undefined, 29.1, refuse)).toBeUndefined();
    expect(pieceOf('', '29.1', refuse)).toBeUndefined();
    expect(pieceOf(null, 29.1, refuse)).toBeUndefined();
    expect(pieceOf(0, 29.1, refuse)).toEqual({ start: 0, seconds: 29.1 });
    expect(pieceOf('1.5', ' 2e0 ', refuse)).toEqual({ start: 1.5, seconds: 2 });
  });

  it.each([
    [-1, 2, /offset in seconds, 0 or more, found -1/],
    ['Infinity', 2, /offset/],
    ['soon', 2, /offset/],
    [true, 2, /offset/],
    [1, undefined, /duration.*found nothing/],
    [1, 0, /duration/],
    [1, 'x', /duration.*found "x"/],
  ])('is refused: %j, %j', (offset, duration, message) => {
    expect(() => pieceOf(offset, duration, refuse)).toThrow(message);
  });
});

describe('a piece of audio', () => {
  const clip = { id: 'c', path: 'a.wav', split: 'train', labels: [] } as const;
  const second = { samples: Float32Array.from({ length: 1000 }, (_, n) => n), sampleRate: 1000 };
  const ends = (start: number, seconds: number) => {
    const { samples, sampleRate } = cutPiece(second, { start, seconds }, clip);
    return [samples[0], samples.at(-1), samples.length, sampleRate];
  };

  it('begins and ends at the nearest sample', () => {
    expect(ends(0, 1)).toEqual([0, 999, 1000, 1000]);
    expect(ends(0.25, 0.5)).toEqual([250, 749, 500, 1000]);
    // 0.1004 s and 0.1004 + 0.2002 = 0.3006 s are nearest to samples 100 and 301.
    expect(ends(0.1004, 0.2002)).toEqual([100, 300, 201, 1000]);
  });

  it('may end a tenth of a second behind the file', () => {
    expect(ends(0.5, 0.6)).toEqual([500, 999, 500, 1000]);
    expect(() => ends(0.5, 0.602)).toThrow(/a.wav: the clip c is 0.5 to 1.10\d* s of it, but it is 1.000 s long/);
  });

  it('is refused outside of the file, or within one sample', () => {
    expect(() => ends(1, 0.05)).toThrow(DataError);
    expect(() => ends(0.5, 0.0001)).toThrow(/shorter than a sample/);
  });

  it('is no view of the file, which can go', () => {
    expect(cutPiece(second, { start: 0, seconds: 0.5 }, clip).samples.buffer.byteLength).toBe(2000);
  });
});
