import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { cutPiece, pieceOf } from './clipAudio.ts';

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
  const second = { samples: Float32Array.from({ length: 1000 }, (_, n) => n) };
  // In pieces of odd lengths, two channels of which the second is silent.
  async function* pieces() {
    for (const [from, to] of [
      [0, 1],
      [1, 250],
      [250, 700],
      [700, 1000],
    ] as const) {
      const left = second.samples.slice(from, to);
      yield [left, new Float32Array(left.length)];
    }
  }
  const cut = async (start: number, seconds: number) => {
    const channels: number[][] = [[], []];
    const file = { sampleRate: 1000, pieces: pieces() };
    for await (const piece of cutPiece(file, { start, seconds }, clip)) {
      for (const [i, samples] of piece.entries()) channels[i]!.push(...samples);
    }
    return channels;
  };
  const ends = async (start: number, seconds: number) => {
    const [left, right] = await cut(start, seconds);
    expect(right).toHaveLength(left!.length);
    return [left![0], left!.at(-1), left!.length];
  };

  it('begins and ends at the nearest sample', async () => {
    expect(await ends(0, 1)).toEqual([0, 999, 1000]);
    expect(await ends(0.25, 0.5)).toEqual([250, 749, 500]);
    // 0.1004 s and 0.1004 + 0.2002 = 0.3006 s are nearest to samples 100 and 301.
    expect(await ends(0.1004, 0.2002)).toEqual([100, 300, 201]);
    expect((await cut(0.2, 0.6))[0]).toEqual(Array.from({ length: 600 }, (_, i) => 200 + i));
  });

  it('may end a tenth of a second behind the file', async () => {
    expect(await ends(0.5, 0.6)).toEqual([500, 999, 500]);
    await expect(ends(0.5, 0.602)).rejects.toThrow(
      /a.wav: the clip c is 0.5 to 1.10\d* s of it, but it is 1.000 s long/,
    );
  });

  it('is refused outside of the file, or within one sample', async () => {
    await expect(ends(1, 0.05)).rejects.toThrow(DataError);
    await expect(ends(0.5, 0.0001)).rejects.toThrow(/shorter than a sample/);
  });

  it('is no view of the file, which can go', async () => {
    const file = { sampleRate: 1000, pieces: pieces() };
    for await (const [left] of cutPiece(file, { start: 0.3, seconds: 0.2 }, clip)) {
      expect(left!.buffer.byteLength).toBe(800);
    }
  });
});
