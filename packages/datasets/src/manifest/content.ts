import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { DataError, messageOf } from '@refrain/core';

const GIB = 2 ** 30;
const MAX_BYTES = 4 * GIB - 1;

// Text compresses some five- to twentyfold; only long runs of one byte come near deflate's limit of 1,032.
const MAX_RATIO = 1000;

/** The bytes of a manifest, unpacked where it was compressed. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly gzipped: boolean;
}

/**
 * Reads a file whole; gzip, told by its first bytes, is unpacked. Throws a DataError when it can't be read, is larger than 4 GiB (as it
 * lies or unpacked), is damaged, or unpacks to more than a thousand times its size: unpacking stops there.
 */
export async function readContent(path: string): Promise<FileContent> {
  const file = await open(path).catch((cause: unknown) => {
    throw new DataError(path, `${path}: can't be read: ${messageOf(cause)}.`, { cause });
  });
  try {
    const { size } = await file.stat();
    const start = await readBytes(file, Math.min(size, 2));
    if (start[0] === 0x1f && start[1] === 0x8b) return { bytes: await unpacked(path, size, MAX_BYTES), gzipped: true };
    if (size > MAX_BYTES)
      throw new DataError(path, `${path}: ${(size / GIB).toFixed(1)} GiB, expected at most 4. Split the table.`);
    return { bytes: await readBytes(file, size), gzipped: false };
  } finally {
    await file.close();
  }
}

async function readBytes(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(size - filled, GIB), filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** The unpacked bytes of a gzip file of `size` bytes; a DataError beyond `maxBytes` or the ratio. */
export async function unpacked(path: string, size: number, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  const isTooLarge = () => total > maxBytes || total > size * MAX_RATIO;
  try {
    await pipeline(createReadStream(path), createGunzip(), async (stream: AsyncIterable<Buffer>) => {
      for await (const chunk of stream) {
        total += chunk.length;
        if (isTooLarge()) break;
        chunks.push(chunk);
      }
    });
  } catch (cause) {
    // Leaving the loop early is an error to the pipeline as well.
    if (isTooLarge()) throw tooLarge(path, size, total);
    throw new DataError(path, `${path}: can't be unpacked as gzip: ${messageOf(cause)}. Is it whole?`, { cause });
  }
  if (isTooLarge()) throw tooLarge(path, size, total);
  return Buffer.concat(chunks, total);
}

function tooLarge(path: string, size: number, total: number): DataError {
  return new DataError(
    path,
    `${path}: its ${size} bytes unpack to ${total} and more; accepted are 4 GiB and a thousand times the size. If that is honest data, unpack it and split the table.`,
  );
}

/** The bytes as gzip. Equal bytes give an equal file: it holds no time stamp. */
export const packed: (bytes: Uint8Array) => Promise<Buffer> = promisify(gzip);
