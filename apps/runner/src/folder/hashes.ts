import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Clip, type Dataset, type Matrix, rowOf } from '@refrain/core';

/** SHA-256 of a file, hexadecimal, read in pieces. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/**
 * SHA-256 of the clip's file, and of which piece of it the clip is; undefined where the file cannot be read, or is no file but a folder or a
 * device.
 */
export async function contentHash(clip: Clip, dataset: Pick<Dataset, 'readBytes'>): Promise<string | undefined> {
  const { path, piece } = clip;
  try {
    const whole =
      dataset.readBytes !== undefined
        ? createHash('sha256')
            .update(await dataset.readBytes(clip))
            .digest('hex')
        : (await stat(path)).isFile()
          ? await fileHash(path)
          : undefined;
    if (whole === undefined || piece === undefined) return whole;
    return createHash('sha256').update(`${whole} ${piece.start} ${piece.seconds}`).digest('hex');
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
