import { DataError } from '@refrain/core';

/** An mp3 file in its parts. */
export interface Mp3 {
  /** What stands before the first frame of audio: a tag, and the frame that says how many frames there are. */
  readonly head: Buffer;
  readonly frames: readonly Buffer[];
  /** What all frames must share with those of another file to be put behind one another: version, sample rate, channels. */
  readonly form: string;
}

const KBPS = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const HERTZ = [44_100, 48_000, 32_000];
/** In the first two bits of the version: MPEG 2.5, none, MPEG 2, MPEG 1. */
const VERSIONS = [2.5, undefined, 2, 1] as const;

/** The frames of an mp3 file (ISO 11172-3 and 13818-3, layer III); `file` names it in errors. Throws a DataError where it has none. */
export function mp3Of(bytes: Buffer, file: string): Mp3 {
  let at = tagLength(bytes);
  const start = at;
  const all: Buffer[] = [];
  for (
    let length = frameLength(bytes, at);
    length > 0 && at + length <= bytes.length;
    length = frameLength(bytes, at)
  ) {
    all.push(bytes.subarray(at, at + length));
    at += length;
  }
  const first = all[0];
  if (first === undefined)
    throw new DataError(file, `${file}: expected frames of mp3 after ${start} bytes, found none.`);
  const counts = ['Info', 'Xing'].some((name) => first.subarray(0, 48).includes(name)) ? 1 : 0;
  const head = bytes.subarray(0, start + (counts === 1 ? first.length : 0));
  return { head, frames: all.slice(counts), form: `${first[1]} ${first[2]! & 0x0c} ${first[3]! & 0xc0}` };
}

/**
 * As long as `first`, and made of it up to frame `cut`, then of `second`. A frame may hold a part of the next ones' numbers, so that one or two after the cut
 * are silent.
 */
export function spliced(first: Mp3, second: Mp3, cut: number): Buffer {
  const count = Math.min(first.frames.length, second.frames.length);
  return Buffer.concat([first.head, ...first.frames.slice(0, cut), ...second.frames.slice(cut, count)]);
}

/** Of an ID3v2 tag at the beginning; its length stands in four times seven bits. */
function tagLength(bytes: Buffer): number {
  if (bytes.subarray(0, 3).toString('latin1') !== 'ID3') return 0;
  return 10 + bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + byte, 0);
}

/** 0 where no frame of layer III begins. */
function frameLength(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe6) !== 0xe2) return 0;
  const version = VERSIONS[(bytes[at + 1]! >> 3) & 3];
  const rate = HERTZ[(bytes[at + 2]! >> 2) & 3];
  if (version === undefined || rate === undefined) return 0;
  const kbps = KBPS[version === 1 ? 1 : 2][bytes[at + 2]! >> 4] ?? 0;
  const padding = (bytes[at + 2]! >> 1) & 1;
  const samples = version === 1 ? 144 : 72;
  const hertz = rate / (version === 1 ? 1 : version === 2 ? 2 : 4);
  return kbps === 0 ? 0 : Math.floor((samples * kbps * 1000) / hertz) + padding;
}
