import type { AudioPiece } from './decodeFile.ts';

const HEADER_LENGTH = 44;
const IEEE_FLOAT = 3;

/** The bytes of a wav file of 32-bit floats with these pieces of one recording, at least one, one after the other: every sample as it is. */
export function floatWav(pieces: readonly AudioPiece[]): Uint8Array {
  const { sampleRate, channels } = pieces[0]!;
  const audio = pieces.map(({ samples }) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  const size = audio.reduce((sum, { length }) => sum + length, 0);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER_LENGTH - 8 + size, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(IEEE_FLOAT, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 4 * channels, 28);
  header.writeUInt16LE(4 * channels, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(size, 40);
  return Buffer.concat([header, ...audio]);
}
