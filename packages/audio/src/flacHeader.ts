import { DataError } from '@refrain/core';
import { joinBytes, viewOf } from './bytes.ts';
import { offsetAfterTags } from './tags.ts';
import type { AudioHeader } from './waveformChecks.ts';

const MARK_LENGTH = 4;
const BLOCK_HEADER_LENGTH = 4;
const STREAM_INFO_LENGTH = 34;

/** The mark, and the header of a last metadata block that holds the stream info. */
const STREAM_INFO_START = Uint8Array.from([...Buffer.from('fLaC', 'latin1'), 0x80, 0, 0, STREAM_INFO_LENGTH]);

/** What a FLAC file says about its audio, and where its frames are. */
export interface FlacHeader extends AudioHeader {
  /** Bits per sample, 4–32. */
  readonly bits: number;
  /** Byte offset of the first frame, if the lengths of the metadata blocks are right. */
  readonly frames: number;
  /** Byte offset of what follows the stream info. */
  readonly infoEnd: number;
  /** The smallest FLAC file with this header and no frame. */
  readonly streamInfo: Uint8Array;
}

/** Reads the metadata blocks of a FLAC file, behind tags or not (RFC 9639, section 8). Throws a DataError when they are cut off. */
export function flacHeader(bytes: Uint8Array, source: string): FlacHeader {
  const info = offsetAfterTags(bytes) + MARK_LENGTH + BLOCK_HEADER_LENGTH;
  if (info + STREAM_INFO_LENGTH > bytes.length) throw new DataError(source, `${source}: its FLAC header is cut off.`);
  const view = viewOf(bytes);
  const packed = view.getUint32(info + 10, false);
  const sampleRate = packed >>> 12;
  const channels = ((packed >>> 9) & 7) + 1;
  const bits = ((packed >>> 4) & 31) + 1;
  const samples = (view.getUint8(info + 13) & 15) * 2 ** 32 + view.getUint32(info + 14, false);
  let frames = info - BLOCK_HEADER_LENGTH;
  for (let isLast = false; !isLast && frames + BLOCK_HEADER_LENGTH <= bytes.length; ) {
    const header = view.getUint32(frames, false);
    isLast = header >>> 31 === 1;
    frames += BLOCK_HEADER_LENGTH + (header & 0xffffff);
  }
  const streamInfo = joinBytes([STREAM_INFO_START, bytes.subarray(info, info + STREAM_INFO_LENGTH)]);
  const header = { sampleRate, channels, bits, frames, infoEnd: info + STREAM_INFO_LENGTH, streamInfo };
  // 0 samples means that the encoder did not know.
  return samples === 0 ? header : { ...header, samples };
}
