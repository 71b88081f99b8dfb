import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { crc32 } from 'node:zlib';

const KEPT = /\.(clips|evaluation|histogram|scores|pairs)$/;
const MAGIC = 'Refn';
const HEAD_BYTES = 16;

/** Whether a file of the cache is one of its kinds, and whole by its own checksums. */
export function isWhole(path: string, bytes: Buffer): boolean {
  if (KEPT.test(path)) return isKept(bytes);
  // What is kept under the hash of its content.
  const [hash] = /^[0-9a-f]{64}/.exec(basename(path)) ?? [];
  return hash !== undefined && createHash('sha256').update(bytes).digest('hex') === hash;
}

/** "Refn", the version, the length and the CRC-32 of a description, the description, and sections of numbers without gaps, which it lists. */
function isKept(bytes: Buffer): boolean {
  if (bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) return false;
  const end = HEAD_BYTES + bytes.readUInt32LE(8);
  const description = bytes.subarray(HEAD_BYTES, end);
  if (crc32(description) !== bytes.readUInt32LE(12)) return false;
  const { sections } = JSON.parse(description.toString()) as {
    readonly sections: readonly { readonly bytes: number; readonly checksum: number }[];
  };
  let at = end;
  for (const { bytes: length, checksum } of sections) {
    if (crc32(bytes.subarray(at, at + length)) !== checksum) return false;
    at += length;
  }
  return at === bytes.length;
}
