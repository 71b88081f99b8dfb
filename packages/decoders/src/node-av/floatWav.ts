import type { Waveform } from '@refrain/core';

const HEADER_LENGTH = 44;
const IEEE_FLOAT = 3;

/** The bytes of a mono wav file of 32-bit floats with these pieces of one waveform, at least one, one after the other: every sample as it is. */
export function floatWav(pieces: readonly Waveform[]): Uint8Array {
  const { sampleRate } = pieces[0]!;
  const audio = pieces.map(({ samples }) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  const size = audio.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER_LENGTH - 8 + size, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(IEEE_FLOAT, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(size, 40);
  return Buffer.concat([header, ...audio]);
}
