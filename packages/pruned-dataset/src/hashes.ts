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
 * What gives the SHA-256 of a clip's file, and of which piece of it the clip is; undefined where the file cannot be read, or is no file but a
 * folder or a device. Pieces of one file that follow each other read it once, as long as it stays as it is.
 */
export function contentHasher(dataset: Pick<Dataset, 'readBytes'>): (clip: Clip) => Promise<string | undefined> {
  let last: { readonly path: string; readonly version: string; readonly hash: string | undefined } | undefined;
  return async (clip) => {
    const { path, piece } = clip;
    if (piece === undefined) return wholeHash(clip, dataset);
    const version = await versionOf(path);
    if (last?.path !== path || last.version !== version) {
      last = { path, version, hash: await wholeHash(clip, dataset) };
    }
    return last.hash && createHash('sha256').update(`${last.hash} ${piece.start} ${piece.seconds}`).digest('hex');
  };
}

/** Equal for two moments between which a file was not changed. */
async function versionOf(path: string): Promise<string> {
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  return `${info?.ino} ${info?.size} ${info?.mtimeNs} ${info?.ctimeNs}`;
}

async function wholeHash(clip: Clip, dataset: Pick<Dataset, 'readBytes'>): Promise<string | undefined> {
  try {
    if (dataset.readBytes !== undefined) {
      return createHash('sha256')
        .update(await dataset.readBytes(clip))
        .digest('hex');
    }
    return (await stat(clip.path)).isFile() ? await fileHash(clip.path) : undefined;
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
