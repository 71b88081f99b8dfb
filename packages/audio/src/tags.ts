import { textAt, viewOf } from './bytes.ts';

const ID3V1_LENGTH = 128;
const APE_MARK = 'APETAGEX';
const APE_HEADER_LENGTH = 32;

/**
 * Where the audio starts: behind any ID3v2 and APEv2 tags, in any order, and the zeros before, between and behind them (id3.org, ID3v2.4.0
 * structure, 3.1; APEv2 specification, Hydrogenaudio). The length of the file when a tag claims more than that. Sizes of tags are often wrong:
 * only what is found there tells whether this one is right.
 */
export function offsetAfterTags(bytes: Uint8Array): number {
  return offsetAfter(bytes, skipZeros(bytes, 0), (offset) => apeTagLength(bytes, offset) || id3v2Length(bytes, offset));
}

/** The same where nothing but ID3v2 tags may stand in front, with zeros behind them. */
export function offsetAfterId3v2(bytes: Uint8Array): number {
  return offsetAfter(bytes, 0, (offset) => id3v2Length(bytes, offset));
}

/** Whether an ID3v2 or APEv2 tag stands at the front. */
export function isTagged(bytes: Uint8Array): boolean {
  return (id3v2Length(bytes, 0) || apeTagLength(bytes, 0)) > 0;
}

/** The bytes without the ID3v1 and APEv2 tags at their end. Of an APEv2 tag the header must be where its footer says: sizes are often wrong. */
export function withoutTrailingTags(bytes: Uint8Array): Uint8Array {
  const id3v1 = bytes.length - ID3V1_LENGTH;
  const end = id3v1 >= 0 && textAt(bytes, id3v1, 3) === 'TAG' ? id3v1 : bytes.length;
  const footer = end - APE_HEADER_LENGTH;
  const start = footer >= 0 && textAt(bytes, footer, 8) === APE_MARK ? end - apeLength(bytes, footer) : -1;
  return bytes.subarray(0, start >= 0 && textAt(bytes, start, 8) === APE_MARK ? start : end);
}

function offsetAfter(bytes: Uint8Array, from: number, tagLength: (offset: number) => number): number {
  let offset = from;
  for (let length = tagLength(offset); length > 0; length = tagLength(offset)) {
    offset = skipZeros(bytes, offset + length);
  }
  return Math.min(offset, bytes.length);
}

/** Bytes of the ID3v2 tag at `offset`; 0 where there is none. */
function id3v2Length(bytes: Uint8Array, offset: number): number {
  if (offset + 10 > bytes.length || textAt(bytes, offset, 3) !== 'ID3') return 0;
  const hasFooter = (bytes[offset + 5]! & 0x10) !== 0;
  return 10 + sevenBitSize(bytes, offset + 6) + (hasFooter ? 10 : 0);
}

/** Bytes of the APEv2 tag at `offset`; 0 where there is none. */
function apeTagLength(bytes: Uint8Array, offset: number): number {
  const isTag = offset + APE_HEADER_LENGTH <= bytes.length && textAt(bytes, offset, 8) === APE_MARK;
  return isTag ? apeLength(bytes, offset) : 0;
}

/** Bytes of an APEv2 tag that has both a header and a footer, by either of them. */
function apeLength(bytes: Uint8Array, offset: number): number {
  return APE_HEADER_LENGTH + viewOf(bytes).getUint32(offset + 12, true);
}

function skipZeros(bytes: Uint8Array, from: number): number {
  let offset = from;
  while (bytes[offset] === 0) offset++;
  return offset;
}

function sevenBitSize(bytes: Uint8Array, offset: number): number {
  let size = 0;
  for (let i = 0; i < 4; i++) size = size * 128 + (bytes[offset + i]! & 0x7f);
  return size;
}
