import { constants } from 'node:buffer';
import type { Readable } from 'node:stream';

/** Where the header of a wav file tells the channels (16 bits) and the rate (32 bits), as ffmpeg writes it: format chunk first. */
const HEADER = { channels: 22, sampleRate: 24, length: 28 };
const HEADER_SLACK = 4096;

/** The wav file that comes out of a pipe. */
export interface WavOutput {
  /** All that has come so far. */
  bytes(): Uint8Array;
}

/**
 * Gathers what ffmpeg writes to `pipe`. `onExcess` is called when that is longer than `maxSeconds` of audio, or than memory can hold in one
 * piece, 4 GiB; nothing more is kept then.
 */
export function gatherWav(pipe: Readable, maxSeconds: number, onExcess: () => void): WavOutput {
  const chunks: Buffer[] = [];
  let size = 0;
  let largest: number | undefined;
  pipe.on('data', (chunk: Buffer) => {
    if (size > (largest ?? Number.POSITIVE_INFINITY)) return;
    chunks.push(chunk);
    size += chunk.length;
    if (largest === undefined && size >= HEADER.length) largest = largestSize(Buffer.concat(chunks), maxSeconds);
    if (size > (largest ?? Number.POSITIVE_INFINITY)) {
      chunks.length = 0;
      onExcess();
    }
  });
  // What the pipe has to say of a process that was killed is known already.
  pipe.on('error', () => {});
  return { bytes: () => Buffer.concat(chunks) };
}

function largestSize(header: Buffer, maxSeconds: number): number {
  const frameSize = header.readUInt16LE(HEADER.channels) * Float32Array.BYTES_PER_ELEMENT;
  const audio = maxSeconds * header.readUInt32LE(HEADER.sampleRate) * frameSize;
  return Math.min(audio + HEADER_SLACK, constants.MAX_LENGTH);
}
