import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Clip, type Matrix, rowOf } from '@refrain/core';

/** SHA-256 of a file, hexadecimal, read in pieces. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** SHA-256 of the clip's file; undefined where that cannot be read, or is no file but a folder or a device. */
export async function contentHash({ path }: Clip): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await fileHash(path) : undefined;
  } catch {
    // Why it cannot be read is told when it is decoded.
    return undefined;
  }
}

/** SHA-256 over the float32 bytes of one row, hexadecimal, shortened to 128 bits. */
export function rowHash(matrix: Matrix, index: number): string {
  const row = rowOf(matrix, index);
  return createHash('sha256')
    .update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
    .digest('hex')
    .slice(0, 32);
}
