import type { FileHandle } from 'node:fs/promises';

// One read call of Node takes less than 2 GiB.
const CHUNK_BYTES = 2 ** 30;

/** The `length` bytes of a file from `position` on, in memory of their own; fewer where the file ends before. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(CHUNK_BYTES, length - done), position + done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}
