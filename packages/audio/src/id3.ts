import { textAt } from './bytes.ts';

const ID3V1_LENGTH = 128;

/**
 * Where the audio starts: behind any ID3v2 tags and the zeros some writers pad them with (id3.org, ID3v2.4.0 structure, 3.1).
 * 0 without a tag; the length of the file when a tag claims more than that.
 */
export function offsetAfterId3v2(bytes: Uint8Array): number {
  let offset = 0;
  while (textAt(bytes, offset, 3) === 'ID3' && offset + 10 <= bytes.length) {
    const hasFooter = (bytes[offset + 5]! & 0x10) !== 0;
    offset += 10 + sevenBitSize(bytes, offset + 6) + (hasFooter ? 10 : 0);
  }
  if (offset > 0) while (offset < bytes.length && bytes[offset] === 0) offset++;
  return Math.min(offset, bytes.length);
}

/** The bytes without an ID3v1 tag in the last 128 of them. */
export function withoutId3v1(bytes: Uint8Array): Uint8Array {
  const start = bytes.length - ID3V1_LENGTH;
  return start >= 0 && textAt(bytes, start, 3) === 'TAG' ? bytes.subarray(0, start) : bytes;
}

function sevenBitSize(bytes: Uint8Array, offset: number): number {
  let size = 0;
  for (let i = 0; i < 4; i++) size = size * 128 + (bytes[offset + i]! & 0x7f);
  return size;
}
